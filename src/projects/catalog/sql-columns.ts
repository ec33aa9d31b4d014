import { type ColumnOf, NotFollowed, type SqlOutput, type Tree, tablesOf } from './sql-tables.ts'

/** Where the columns of a SELECT come from; `rows`: columns that decide which rows there are. */
export type SqlColumns =
  | { readonly outputs: readonly SqlOutput[]; readonly rows: readonly ColumnOf[] }
  | { readonly unknown: string }

/**
 * Follows the columns of a parsed SELECT (the JSON that `json_serialize_sql` of DuckDB gives) back to the tables it reads.
 * `columnsOf` names the columns of a table. What cannot be followed is said, never guessed.
 */
export function sqlColumns(
  parsed: unknown,
  columnsOf: (table: string) => readonly string[] | undefined,
): SqlColumns {
  const { error, error_message: message, statements } = parsed as Tree
  if (error === true) return { unknown: `the statement does not parse: ${String(message)}` }
  const [first] = Array.isArray(statements) ? (statements as readonly Tree[]) : []
  try {
    return tablesOf(columnsOf).statement(first?.['node'] as Tree)
  } catch (failure) {
    if (failure instanceof NotFollowed) return { unknown: failure.message }
    throw failure
  }
}
