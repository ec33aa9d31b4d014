import { access } from 'node:fs/promises'
import { createColumnReader } from '../../adapters/engines/duckdb/read-columns.ts'
import { columnsRead, type PredictionColumns, type PredictionsTable } from '../../evaluation/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'

/** Columns of a file, with others that are not of predictions. SOURCE_UNREADABLE, COLUMN_MISSING, NO_ROWS_LEFT. */
export async function readTable(
  file: string,
  columns: PredictionColumns,
  others: readonly string[] = [],
): Promise<PredictionsTable> {
  if (!(await isFile(file)))
    throw new FettleError('SOURCE_UNREADABLE', `There is no file ${file}`, {
      hint: 'Give a Parquet, CSV or JSON-lines file.',
    })
  const { id, entity, query } = columns
  const table = await createColumnReader({ what: 'table' }).readColumns({
    files: [file],
    columns: [...new Set([...columnsRead(columns), ...others])],
    asText: [id, entity, query].filter(name => name !== undefined),
  })
  if (table.rows === 0)
    throw new FettleError('NO_ROWS_LEFT', `${file} has no rows`, { hint: 'Give a table with rows to judge.' })
  return table
}

export async function isFile(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
