import type { ChunkBounds, Pair, SeriesPoint, StoredParts } from '../../../../experiments/ports.ts'
import { micros } from '../../columns.ts'
import { type Connection, runFixed } from './bulk.ts'
import { toPoint } from './points.ts'

const least = -(2n ** 63n)
const greatest = 2n ** 63n - 1n

/** One row of a chunk (1), of the tail (2), of a block (3): columns by their place. */
type Part =
  | {
      readonly kind: 1
      readonly a: number
      readonly b: number
      readonly c: number
      readonly d: number | bigint
      readonly e: number | bigint
      readonly body: Uint8Array
    }
  | {
      readonly kind: 2
      readonly a: number
      readonly b: number
      readonly c: number
      readonly d: number | bigint
      readonly e: number | bigint
      readonly body: null
    }
  | { readonly kind: 3; readonly body: Uint8Array }

/**
 * Everything of a series in one statement, which sees one moment: between two, points could move from rows and blocks
 * into a chunk, and be seen twice or not at all.
 */
export async function readStored(
  connection: Connection,
  [run, key]: Pair,
  bounds: ChunkBounds = {},
): Promise<StoredParts> {
  const at = (place: number) => (connection.kind === 'sqlite' ? `?${place}` : `$${place}`)
  const rows = await runFixed<Part>(connection, 'stored series', {
    text: () => `
      select 1 as kind, points as a, from_step as b, to_step as c, from_at as d, to_at as e, seq as f, body
        from metric_chunks where run = ${at(1)} and key = ${at(2)}
        and to_step >= ${at(3)} and from_step <= ${at(4)} and to_at >= ${at(5)} and from_at <= ${at(6)}
      union all select 2, nan, step, 0, at, value, 0, null from metric_tail where run = ${at(1)} and key = ${at(2)}
      union all select 3, 0, 0, 0, 0, 0, seq, body from metric_blocks where run = ${at(1)}
      order by kind, d, f`,
    parameters: [
      ...[run, key, bounds.fromStep ?? Number.MIN_SAFE_INTEGER, bounds.toStep ?? Number.MAX_SAFE_INTEGER],
      ...[bounds.fromAt ?? least, bounds.toAt ?? greatest],
    ],
  })
  const parts = {
    chunks: [] as StoredParts['chunks'][number][],
    rows: [] as SeriesPoint[],
    blocks: [] as Uint8Array[],
  }
  for (const part of rows) {
    if (part.kind === 3) parts.blocks.push(part.body)
    else if (part.kind === 2) parts.rows.push(toPoint(part.b, part.d, part.a, part.e))
    else
      parts.chunks.push({
        ...{ points: part.a, fromStep: part.b, toStep: part.c },
        ...{ fromAt: micros(part.d), toAt: micros(part.e), body: part.body },
      })
  }
  return parts
}
