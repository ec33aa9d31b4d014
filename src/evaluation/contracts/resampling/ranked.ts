import type { ContractMetric } from '../../../definitions/index.ts'
import { argsort, type Quantity, undefinedBecause } from '../../../kernel/statistics/index.ts'
import { deleteOneAuc } from './delete-one-auc.ts'
import type { EntityMetric, MetricRows } from './metric-rows.ts'

/** Rows by rising score: sorted once, so that every replicate is one pass. */
export interface SortedRows {
  readonly count: number
  readonly units: number
  /** Entity, label (1 or 0) and weight of each row in the order of scores. */
  readonly unit: Int32Array
  readonly positive: Uint8Array
  readonly weight: Float64Array | null
  readonly score: Float64Array
  /** 1 where the next score is another. */
  readonly ends: Uint8Array
}

export function sortRows({ rows, scores, labels, weights, units }: MetricRows): SortedRows {
  const order = argsort(scores)
  const score = Float64Array.from(order, row => scores[row] as number)
  return {
    count: rows,
    units: units.count,
    unit: Int32Array.from(order, row => units.of[row] as number),
    positive: Uint8Array.from(order, row => (labels[row] === 1 ? 1 : 0)),
    weight: weights ? Float64Array.from(order, row => weights[row] as number) : null,
    score,
    ends: Uint8Array.from(score, (each, at) => (at + 1 === rows || score[at + 1] !== each ? 1 : 0)),
  }
}

/** A metric of sorted rows with entity g counted `times[g]` times. */
type Pass = (sorted: SortedRows, times: Uint32Array) => Quantity

/** P(s⁺ > s⁻) + ½ P(s⁺ = s⁻). */
export const rocAucPass: Pass = ({ count, unit, positive, weight, ends }, times) => {
  let [negatives, positives, below] = [0, 0, 0]
  let [tiedPositives, tiedNegatives] = [0, 0]
  for (let at = 0; at < count; at++) {
    const own = (times[unit[at] as number] as number) * (weight === null ? 1 : (weight[at] as number))
    if (positive[at] === 1) tiedPositives += own
    else tiedNegatives += own
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

/** Average precision: Σ (Rᵢ − Rᵢ₋₁)·Pᵢ over distinct scores, falling. */
const averagePrecisionPass: Pass = ({ count, unit, positive, weight, ends }, times) => {
  let [positives, rows, area] = [0, 0, 0]
  let [tiedPositives, tied] = [0, 0]
  for (let at = count - 1; at >= 0; at--) {
    const own = (times[unit[at] as number] as number) * (weight === null ? 1 : (weight[at] as number))
    tied += own
    if (positive[at] === 1) tiedPositives += own
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
function calibrationPass(): Pass {
  const gaps = new Float64Array(calibrationBins)
  return ({ count, unit, positive, weight, score, ends }, times) => {
    let rows = 0
    for (let at = 0; at < count; at++)
      rows += (times[unit[at] as number] as number) * (weight === null ? 1 : (weight[at] as number))
    if (rows < calibrationBins) return undefinedBecause(rows > 0 ? 'too-few' : 'no-rows')
    gaps.fill(0)
    let [below, tied, tiedPositives, bin] = [0, 0, 0, 0]
    for (let at = 0; at < count; at++) {
      const own = (times[unit[at] as number] as number) * (weight === null ? 1 : (weight[at] as number))
      tied += own
      if (positive[at] === 1) tiedPositives += own
      if (ends[at] === 0) continue
      while (bin < calibrationBins - 1 && calibrationBins * (below + tied / 2) >= (bin + 1) * rows) bin++
      gaps[bin] = (gaps[bin] as number) + tied * (score[at] as number) - tiedPositives
      below += tied
      tied = 0
      tiedPositives = 0
    }
    return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / rows
  }
}

/** Metrics of the order of scores: each replicate is one pass over rows that were sorted once. Undefined for the others. */
export function rankedMetric(rows: MetricRows, metric: ContractMetric): EntityMetric | undefined {
  if (metric !== 'roc_auc' && metric !== 'pr_auc' && metric !== 'ece') return undefined
  const sorted = sortRows(rows)
  if (metric === 'roc_auc')
    return { value: times => rocAucPass(sorted, times), deleteOne: () => deleteOneAuc(sorted) }
  const pass = metric === 'pr_auc' ? averagePrecisionPass : calibrationPass()
  return { value: times => pass(sorted, times), deleteOne: () => deleteGroups(sorted, pass) }
}

/** Row visits that a jackknife may take. */
const jackknifeVisits = 5e7

/** The metric without one entity each, or without one of as many equal groups of them as can be afforded. */
function deleteGroups(sorted: SortedRows, pass: Pass): Quantity[] {
  const { units, count } = sorted
  const groups = Math.min(units, Math.max(200, Math.floor(jackknifeVisits / count)))
  const times = new Uint32Array(units).fill(1)
  return Array.from({ length: groups }, (_, group) => {
    const [from, to] = [Math.floor((group * units) / groups), Math.floor(((group + 1) * units) / groups)]
    times.fill(0, from, to)
    const value = pass(sorted, times)
    times.fill(1, from, to)
    return value
  })
}
