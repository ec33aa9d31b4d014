import { type Field, runValues, type Value } from '../../kernel/values/index.ts'
import type { Batch } from './ports.ts'

/** All rows of a stream of batches: for results that are small. */
export async function collectRows(
  batches: AsyncIterable<Batch>,
  fields: readonly Field[],
): Promise<Value[][]> {
  const rows: Value[][] = []
  for await (const batch of batches) {
    const columns = batch.columns.map((run, index) => runValues(run, fields[index]?.type ?? 'string'))
    for (let row = 0; row < batch.rows; row++) rows.push(columns.map(values => values[row] ?? null))
  }
  return rows
}
