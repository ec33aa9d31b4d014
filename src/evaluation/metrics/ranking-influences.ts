import type { CellRows } from './cell-rows.ts'
import { type Influence, type Influences, meanInfluence } from './influence.ts'

/** One query's value by metric; undefined where the query has nothing relevant. */
interface QueryValues {
  readonly ndcg: number
  readonly map: number
  readonly mrr: number
}

/**
 * Means over queries. ndcg@k with gains 2^relevance − 1 and discount log₂(position + 1), tied scores sharing the mean of
 * their gains (McSherry & Najork 2008); map steps down the distinct scores; mrr counts tied rows as ahead. A query without
 * a relevant row is left out.
 */
export function rankingInfluences(cell: CellRows, k: number): Influences {
  const byQuery = rowsByQuery(cell)
  const measured: QueryValues[] = []
  const firstRows: number[] = []
  for (const rows of byQuery) {
    const values = queryValues(cell, rows, k)
    if (!values) continue
    measured.push(values)
    firstRows.push(rows[0] ?? 0)
  }
  const mean = (value: (query: QueryValues) => number): Influence => {
    const weights = cell.weights ? Float64Array.from(firstRows, row => cell.weights?.[row] ?? 1) : null
    const found = meanInfluence(Float64Array.from(measured, value), weights)
    if (found.influence === null) {
      const reason = byQuery.length === 0 ? 'no-rows' : 'no-positives'
      return { ...found, value: { undefined: reason }, n: 0 }
    }
    const influence = new Float64Array(cell.labels.length)
    firstRows.forEach((row, query) => {
      influence[row] = found.influence?.[query] ?? 0
    })
    return { ...found, influence }
  }
  return { ndcg: mean(query => query.ndcg), map: mean(query => query.map), mrr: mean(query => query.mrr) }
}

/** Rows of each query, in row order; rows without a query are left out. */
function rowsByQuery({ queries, labels }: CellRows): number[][] {
  const groups = new Map<number, number[]>()
  for (let row = 0; row < labels.length; row++) {
    const query = queries?.[row] ?? -1
    if (query < 0) continue
    const group = groups.get(query)
    if (group) group.push(row)
    else groups.set(query, [row])
  }
  return [...groups.values()]
}

function queryValues(
  { labels, scores }: CellRows,
  rows: readonly number[],
  k: number,
): QueryValues | undefined {
  const relevance = (row: number) => labels[row] ?? 0
  const relevant = rows.reduce((count, row) => count + (relevance(row) > 0 ? 1 : 0), 0)
  if (relevant === 0) return undefined
  const falling = [...rows].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0))
  let [gain, precision, found, first] = [0, 0, 0, 0]
  for (let from = 0; from < falling.length; ) {
    let to = from
    let [gains, hits] = [0, 0]
    for (; to < falling.length && scores[falling[to] ?? 0] === scores[falling[from] ?? 0]; to++) {
      const own = relevance(falling[to] ?? 0)
      gains += 2 ** own - 1
      hits += own > 0 ? 1 : 0
    }
    gain += (gains / (to - from)) * discounts(from, Math.min(to, k))
    found += hits
    precision += hits * (found / to)
    if (first === 0 && hits > 0) first = to - hits + 1
    from = to
  }
  const ideal = [...rows].map(relevance).sort((a, b) => b - a)
  const best = ideal.slice(0, k).reduce((sum, own, at) => sum + (2 ** own - 1) * discounts(at, at + 1), 0)
  return { ndcg: gain / best, map: precision / relevant, mrr: 1 / first }
}

/** Σ 1/log₂(position + 1) over positions from + 1 … to. */
function discounts(from: number, to: number): number {
  let sum = 0
  for (let at = from; at < to; at++) sum += 1 / Math.log2(at + 2)
  return sum
}
