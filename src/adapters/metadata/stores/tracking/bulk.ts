import { CompiledQuery, type Kysely, type RawBuilder, sql } from 'kysely'
import type { DatabaseKind } from '../../columns.ts'
import type { Schema } from '../../schema.ts'

/** A connection, and which database's SQL it takes. */
export interface Connection {
  readonly db: Kysely<Schema>
  readonly kind: DatabaseKind
}

export type Value = string | number | bigint | null | Uint8Array

export interface BulkInsert {
  readonly table: keyof Schema
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Value[])[]
  /** Ends the statement: `on conflict …`. */
  readonly conflict?: string
  /** Whether all columns are integers. */
  readonly integers?: boolean
}

/** Few lengths, so that few statements are prepared and all of them again and again. */
const blocks = [1_024, 256, 64, 16, 4, 1]
const statements = new Map<string, CompiledQuery>()

/** A statement whose text is one of a few: putting it together each time costs several times what running it does. */
export async function runFixed<Row>(
  { db, kind }: Connection,
  name: string,
  { text, parameters }: { text(): string; readonly parameters: readonly Value[] },
): Promise<readonly Row[]> {
  const key = `${kind} ${name}`
  let known = statements.get(key)
  if (known === undefined) {
    known = CompiledQuery.raw(text())
    statements.set(key, known)
  }
  const { sql, query, queryId } = known
  const { rows } = await db.executeQuery<Row>({ sql, query, queryId, parameters } as CompiledQuery<Row>)
  return rows
}

/** `(…)` of the JSON list that is the first parameter of a fixed statement. */
export function fixedList(kind: DatabaseKind, type: 'bigint' | 'text'): string {
  return kind === 'sqlite'
    ? '(select value from json_each(?1))'
    : `(select cast(value as ${type}) from json_array_elements_text(cast($1 as json)))`
}

/**
 * Inserts rows by statements of many rows each. The text is put together once per length: building it from parts each
 * time costs several times what the rows cost.
 */
export function insertRows(connection: Connection, insert: BulkInsert): Promise<void> {
  const { table, columns, conflict = '' } = insert
  const into = `insert into ${table} (${columns.join(', ')})`
  const name = `insert ${table} ${conflict}`
  if (insert.integers === true && connection.kind === 'postgres')
    return inColumns(connection, {
      ...{ rows: insert.rows, name },
      text: given => `${into} select * from ${given} ${conflict}`,
    })
  return inBlocks(connection, {
    ...{ rows: insert.rows, name },
    text: values => `${into} values ${values} ${conflict}`,
  })
}

export interface BulkUpdate {
  readonly table: keyof Schema
  /** Integers, first in each row. */
  readonly keys: readonly string[]
  /** Integers. */
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Value[])[]
}

/** Updates rows that are there by statements of many rows each. */
export function updateRows(connection: Connection, update: BulkUpdate): Promise<void> {
  const { table, keys, columns } = update
  const names = [...keys, ...columns].map(column => `new_${column}`).join(', ')
  const set = columns.map(column => `${column} = new_${column}`).join(', ')
  const match = keys.map(key => `${table}.${key} = given.new_${key}`).join(' and ')
  const name = `update ${table}`
  if (connection.kind === 'postgres')
    return inColumns(connection, {
      ...{ rows: update.rows, name },
      text: given => `update ${table} set ${set} from ${given} as given (${names}) where ${match}`,
    })
  return inBlocks(connection, {
    ...{ rows: update.rows, name },
    text: values => `with given (${names}) as (values ${values})
      update ${table} set ${set} from given where ${match}`,
  })
}

interface ManyRows {
  readonly rows: readonly (readonly Value[])[]
  /** Names the statement, whatever its length. */
  readonly name: string
  /** Around the rows. */
  text(given: string): string
}

/** Integers column by column, an array each: Postgres would parse and plan a statement of many values for longer than it runs. */
async function inColumns(connection: Connection, { rows, name, text }: ManyRows): Promise<void> {
  if (rows.length === 0) return
  const width = rows[0]?.length ?? 0
  const arrays = Array.from({ length: width }, (_, column) => `$${column + 1}::bigint[]`)
  await runFixed(connection, name, {
    text: () => text(`unnest(${arrays.join(', ')})`),
    parameters: Array.from({ length: width }, (_, at) => `{${rows.map(row => row[at] ?? 'NULL').join()}}`),
  })
}

async function inBlocks(connection: Connection, { rows, name, text }: ManyRows): Promise<void> {
  let from = 0
  while (from < rows.length) {
    const length = blocks.find(block => block <= rows.length - from) ?? 1
    const width = rows[from]?.length ?? 0
    const parameters: Value[] = new Array(length * width)
    for (let row = 0; row < length; row++)
      for (let column = 0; column < width; column++)
        parameters[row * width + column] = rows[from + row]?.[column] ?? null
    await runFixed(connection, `${length} ${name}`, {
      text: () => text(placeholders(connection.kind, length, width)),
      parameters,
    })
    from += length
  }
}

function placeholders(kind: DatabaseKind, length: number, width: number): string {
  const cell = (index: number) => (kind === 'sqlite' ? '?' : `$${index + 1}`)
  const row = (from: number) => `(${Array.from({ length: width }, (_, i) => cell(from + i)).join(', ')})`
  return Array.from({ length }, (_, i) => row(i * width)).join(', ')
}

/** `… in (…)` of one parameter, however long the list. */
export function isIn(
  { kind }: Connection,
  column: RawBuilder<unknown>,
  values: readonly (string | number)[],
): RawBuilder<boolean> {
  // An empty list has no type.
  if (values.length === 0) return sql`1 = 0`
  const list = JSON.stringify(values)
  if (kind === 'sqlite') return sql`${column} in (select value from json_each(${list}))`
  const type = typeof values[0] === 'number' ? sql`bigint` : sql`text`
  return sql`${column} in (select cast(value as ${type}) from json_array_elements_text(cast(${list} as json)))`
}

/** A table `given` of integer columns `c0`, `c1` … out of one parameter. Bigints keep all their digits. */
export function givenIntegers(
  { kind }: Connection,
  rows: readonly (readonly (number | bigint)[])[],
): RawBuilder<unknown> {
  const list = `[${rows.map(row => `[${row.join()}]`).join()}]`
  const width = rows[0]?.length ?? 0
  const columns = Array.from({ length: width }, (_, index) =>
    kind === 'sqlite'
      ? sql`value ->> ${sql.lit(index)} as ${sql.ref(`c${index}`)}`
      : sql`cast(value ->> ${sql.lit(index)} as bigint) as ${sql.ref(`c${index}`)}`,
  )
  const each =
    kind === 'sqlite' ? sql`json_each(${list})` : sql`json_array_elements(cast(${list} as json)) as value`
  return sql`(select ${sql.join(columns)} from ${each}) as given`
}

/** Rows by the number in one of their columns. */
export function groupRows<Row, Item>(
  rows: readonly Row[],
  group: (row: Row) => number,
  item: (row: Row) => Item,
): Map<number, Item[]> {
  const groups = new Map<number, Item[]>()
  for (const row of rows) {
    const known = groups.get(group(row))
    if (known === undefined) groups.set(group(row), [item(row)])
    else known.push(item(row))
  }
  return groups
}
