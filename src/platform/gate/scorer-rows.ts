import type { GateRow } from '../../deployments/index.ts'
import type { TreeEnsemble } from '../../evaluation/index.ts'
import { randomFrom } from '../../kernel/statistics/index.ts'
import type { Release } from '../../registry/index.ts'

/** Fewer would not show where two scorers part. */
const leastParityRows = 10_000
const mostEdgeRows = 8_000
/** Of the cells of rows that are put together, where the column may be missing. */
const missingShare = 0.05

/** Vectors, row-major, NaN = missing. */
export interface ParityRows {
  readonly vectors: Float64Array
  readonly rows: number
}

/**
 * Rows two scorers must agree on: those that were logged or come with the release; the same with a column on a split of a
 * tree, one float32 beside it, or missing; and rows whose columns come from different ones. The same release gives the same.
 */
export function parityRows(
  { digest, signature }: Pick<Release, 'digest' | 'signature'>,
  known: readonly GateRow[],
  trees: TreeEnsemble | undefined,
): ParityRows {
  const random = randomFrom(`parity of ${digest}`)
  const given = known.map(({ vector }) => vector.map(value => value ?? Number.NaN))
  const base = given.length > 0 ? given : [signature.inputs.map(() => 0)]
  const pick = (): readonly number[] => base[random.index(base.length)] as readonly number[]
  const rows: (readonly number[])[] = base.slice(0, leastParityRows)
  const edges = trees ? random.shuffle(edgesOf(trees)).slice(0, mostEdgeRows) : []
  for (const { feature, value } of edges) rows.push(pick().with(feature, value))
  const mayMiss = signature.inputs.map(({ nullable }) => nullable)
  while (rows.length < leastParityRows + base.length) {
    rows.push(
      mayMiss.map((nullable, column) =>
        nullable && random.unit() < missingShare ? Number.NaN : (pick()[column] ?? Number.NaN),
      ),
    )
  }
  return { vectors: Float64Array.from(rows.flat()), rows: rows.length }
}

interface Edge {
  readonly feature: number
  readonly value: number
}

function edgesOf({ feature, threshold, left }: TreeEnsemble): Edge[] {
  const edges: Edge[] = []
  left.forEach((child, node) => {
    if (child < 0) return
    const at = Math.fround(threshold[node] as number)
    for (const value of [at, besideOf(at, 1), besideOf(at, -1), Number.NaN])
      edges.push({ feature: feature[node] as number, value })
  })
  return edges
}

/** The next float32 above or below. */
function besideOf(value: number, direction: 1 | -1): number {
  const floats = Float32Array.of(value)
  const bits = new Int32Array(floats.buffer)
  if (value === 0) return direction * 2 ** -149
  bits[0] = (bits[0] as number) + (value > 0 === (direction === 1) ? 1 : -1)
  return floats[0] as number
}
