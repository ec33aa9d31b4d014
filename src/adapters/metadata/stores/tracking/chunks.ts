import type { Chunk, Pair, SeriesRows, StoredChunk } from '../../../../experiments/ports.ts'
import { micros } from '../../columns.ts'
import { type Connection, insertRows } from './bulk.ts'

const columns = ['run', 'key', 'seq', 'points', 'from_step', 'to_step', 'from_at', 'to_at', 'body']

export function writeChunks(connection: Connection, chunks: readonly StoredChunk[]): Promise<void> {
  return insertRows(connection, {
    table: 'metric_chunks',
    columns,
    rows: chunks.map(chunk => [
      ...[chunk.run, chunk.key, chunk.seq, chunk.points, chunk.fromStep, chunk.toStep],
      ...[chunk.fromAt, chunk.toAt, chunk.body],
    ]),
  })
}

export async function readChunks(
  { db }: Connection,
  [run, key]: Pair,
  bounds: Parameters<SeriesRows['chunks']>[1] = {},
): Promise<readonly Chunk[]> {
  let query = db.selectFrom('metric_chunks').selectAll().where('run', '=', run).where('key', '=', key)
  if (bounds.fromStep !== undefined) query = query.where('to_step', '>=', bounds.fromStep)
  if (bounds.toStep !== undefined) query = query.where('from_step', '<=', bounds.toStep)
  if (bounds.fromAt !== undefined) query = query.where('to_at', '>=', bounds.fromAt)
  if (bounds.toAt !== undefined) query = query.where('from_at', '<=', bounds.toAt)
  const rows = await query.orderBy('from_at').orderBy('seq').execute()
  return rows.map(row => ({
    points: row.points,
    fromStep: row.from_step,
    toStep: row.to_step,
    fromAt: micros(row.from_at),
    toAt: micros(row.to_at),
    body: row.body,
  }))
}
