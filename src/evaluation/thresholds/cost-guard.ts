import type { ErrorCosts } from '../../kernel/statistics/index.ts'
import { clusterBootstrap, undefinedBecause } from '../../kernel/statistics/index.ts'
import type { JudgedRows } from '../rows.ts'
import type { Segments } from './segments.ts'
import { costAlpha, type TargetContext } from './target-rule.ts'

interface GuardedRows {
  readonly rows: JudgedRows
  readonly scores: Float64Array
  readonly segments: Segments
  readonly judge: Int32Array
}

/** More entities than this are drawn in so many groups: as sound, and the time stays bounded. */
const mostGroups = 2000

/**
 * Whether a move is surely cheaper on the judging half: the upper BCa bound of cost(new) − cost(old) per labelled row, by
 * the bootstrap over entities, is below 0. Too few entities are never sure.
 */
export function costGuard(
  { rows, scores, segments, judge }: GuardedRows,
  costs: ErrorCosts,
): TargetContext['surelyCheaper'] {
  let bySegment: ReadonlyMap<number, readonly number[]> | undefined
  return (codes, { former, candidate }) => {
    if (former === candidate) return false
    bySegment ??= labelledBySegment(rows, segments, judge)
    const groupOf = grouping(rows)
    const saved: number[] = []
    const counts: number[] = []
    for (const code of codes) {
      for (const row of bySegment.get(code) ?? []) {
        const score = scores[row] ?? Number.NaN
        const change = Number(score > candidate) - Number(score > former)
        const cost = rows.labels[row] === 1 ? -costs.falseNegative : costs.falsePositive
        const group = groupOf(row)
        saved[group] = (saved[group] ?? 0) + change * cost
        counts[group] = (counts[group] ?? 0) + 1
      }
    }
    const bound = clusterBootstrap({
      clusters: counts.length,
      statistic: times => weightedMean(times, saved, counts),
      seed: `fettle-bootstrap/1|${rows.hash}|threshold-cost|${codes.map(code => segments.names[code] ?? '').join('|')}`,
      alpha: costAlpha,
    })
    return 'upper' in bound && bound.upper < 0
  }
}

function weightedMean(times: Uint8Array, sums: readonly number[], counts: readonly number[]) {
  let sum = 0
  let count = 0
  for (let group = 0; group < times.length; group++) {
    const weight = times[group] ?? 0
    sum += weight * (sums[group] ?? 0)
    count += weight * (counts[group] ?? 0)
  }
  return count === 0 ? undefinedBecause('no-rows') : sum / count
}

/** Groups of entities, in the order in which they are met; a row without an entity is its own. */
function grouping({ entities }: Pick<JudgedRows, 'entities'>): (row: number) => number {
  const known = new Map<number, number>()
  let met = 0
  return row => {
    const entity = entities?.codes[row] ?? -1
    const found = entity < 0 ? undefined : known.get(entity)
    if (found !== undefined) return found
    const group = met++ % mostGroups
    if (entity >= 0) known.set(entity, group)
    return group
  }
}

function labelledBySegment(
  { labels }: JudgedRows,
  { codes }: Segments,
  judge: Int32Array,
): ReadonlyMap<number, readonly number[]> {
  const groups = new Map<number, number[]>()
  for (const row of judge) {
    if (labels[row] !== 0 && labels[row] !== 1) continue
    const code = codes[row] ?? -1
    const group = groups.get(code)
    if (group) group.push(row)
    else groups.set(code, [row])
  }
  return groups
}
