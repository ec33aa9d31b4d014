import type { ContractMetric } from '../../../definitions/index.ts'
import { type Quantity, undefinedBecause } from '../../../kernel/statistics/index.ts'
import { countedSum } from './additive.ts'
import { countedAuc, countRows } from './counted-auc.ts'
import { countedPrecision, fallingRows } from './counted-precision.ts'
import { deleteOneAuc } from './delete-one-auc.ts'
import type { EntityMetric, MetricRows } from './metric-rows.ts'
import { type SortedRows, sortRows } from './sorted-rows.ts'

/** A metric of sorted rows with entity g counted `times[g]` times. */
type Pass = (sorted: SortedRows, times: Uint8Array) => Quantity

/** P(s⁺ > s⁻) + ½ P(s⁺ = s⁻) of weighted rows. */
const weightedAucPass: Pass = ({ count, unit, positive, weight, ends }, times) => {
  let [negatives, positives, below] = [0, 0, 0]
  let [tiedPositives, tiedNegatives] = [0, 0]
  for (let at = 0; at < count; at++) {
    const own = (times[unit[at] as number] as number) * (weight === null ? 1 : (weight[at] as number))
    const ofPositive = own * (positive[at] as number)
    tiedPositives += ofPositive
    tiedNegatives += own - ofPositive
    if (ends[at] === 0) continue
    below += tiedPositives * (negatives + tiedNegatives / 2)
    positives += tiedPositives
    negatives += tiedNegatives
    tiedPositives = 0
    tiedNegatives = 0
  }
  if (!(positives > 0)) return undefinedBecause('no-positives')
  return negatives > 0 ? below / (positives * negatives) : undefinedBecause('no-negatives')
}

/** Average precision of weighted rows: Σ (Rᵢ − Rᵢ₋₁)·Pᵢ over distinct scores, falling. */
const weightedPrecisionPass: Pass = ({ count, unit, positive, weight, ends }, times) => {
  let [positives, rows, area] = [0, 0, 0]
  let [tiedPositives, tied] = [0, 0]
  for (let at = count - 1; at >= 0; at--) {
    const own = (times[unit[at] as number] as number) * (weight === null ? 1 : (weight[at] as number))
    tied += own
    tiedPositives += own * (positive[at] as number)
    if (at > 0 && ends[at - 1] === 0) continue
    positives += tiedPositives
    rows += tied
    if (tiedPositives > 0) area += (tiedPositives * positives) / rows
    tiedPositives = 0
    tied = 0
  }
  return positives > 0 ? area / positives : undefinedBecause('no-positives')
}

const calibrationBins = 15

/** Σ (nₖ/n)·|mean p − mean y| over 15 bins of equal count, ties kept together by the middle of their ranks. */
function calibrationPass(
  { count, unit, positive, weight, score, ends }: SortedRows,
  { times, rows }: { readonly times: Uint8Array; readonly rows: number },
): Quantity {
  if (rows < calibrationBins) return undefinedBecause(rows > 0 ? 'too-few' : 'no-rows')
  let [below, tied, tiedPositives, bin, gap, gaps] = [0, 0, 0, 0, 0, 0]
  for (let at = 0; at < count; at++) {
    const own = (times[unit[at] as number] as number) * (weight === null ? 1 : (weight[at] as number))
    tied += own
    tiedPositives += own * (positive[at] as number)
    if (ends[at] === 0) continue
    while (bin < calibrationBins - 1 && calibrationBins * (below + tied / 2) >= (bin + 1) * rows) {
      gaps += Math.abs(gap)
      gap = 0
      bin++
    }
    gap = gap + tied * (score[at] as number) - tiedPositives
    below += tied
    tied = 0
    tiedPositives = 0
  }
  return (gaps + Math.abs(gap)) / rows
}

/** Sum of weights, in the order of the rows. */
function countedWeight({ count, unit, weight }: SortedRows, times: Uint8Array): number {
  let rows = 0
  for (let at = 0; at < count; at++) rows += (times[unit[at] as number] as number) * (weight?.[at] ?? 1)
  return rows
}

function rowsByUnit({ count, units, unit }: SortedRows): Float64Array {
  const rows = new Float64Array(units)
  for (let at = 0; at < count; at++) rows[unit[at] as number] = (rows[unit[at] as number] as number) + 1
  return rows
}

/** Metrics of the order of scores: each replicate is one pass over rows that were sorted once. Undefined for the others. */
export function rankedMetric(rows: MetricRows, metric: ContractMetric): EntityMetric | undefined {
  if (metric !== 'roc_auc' && metric !== 'pr_auc' && metric !== 'ece') return undefined
  const sorted = sortRows(rows)
  const value = passOver(sorted, metric)
  return {
    value,
    deleteOne: () => (metric === 'roc_auc' ? deleteOneAuc(sorted) : deleteGroups(sorted, value)),
  }
}

/** Rows without weights have a faster way, whose sums are of whole numbers and so the same. */
function passOver(sorted: SortedRows, metric: 'roc_auc' | 'pr_auc' | 'ece'): EntityMetric['value'] {
  if (metric === 'ece') {
    if (sorted.weight) return times => calibrationPass(sorted, { times, rows: countedWeight(sorted, times) })
    const byUnit = rowsByUnit(sorted)
    return times => calibrationPass(sorted, { times, rows: countedSum(byUnit, times) })
  }
  if (metric === 'roc_auc') {
    if (sorted.weight) return times => weightedAucPass(sorted, times)
    const counted = countRows(sorted)
    return times => countedAuc(counted, times)
  }
  if (sorted.weight) return times => weightedPrecisionPass(sorted, times)
  const falling = fallingRows(sorted)
  return times => countedPrecision(falling, times)
}

/** Row visits that a jackknife may take. */
const jackknifeVisits = 5e7

/** The metric without one entity each, or without one of as many equal groups of them as can be afforded. */
function deleteGroups({ units, count }: SortedRows, value: EntityMetric['value']): Quantity[] {
  const groups = Math.min(units, Math.max(200, Math.floor(jackknifeVisits / count)))
  const times = new Uint8Array(units).fill(1)
  return Array.from({ length: groups }, (_, group) => {
    const [from, to] = [Math.floor((group * units) / groups), Math.floor(((group + 1) * units) / groups)]
    times.fill(0, from, to)
    const left = value(times)
    times.fill(1, from, to)
    return left
  })
}
