import { confusionAt, type LabelledScores, type RankedScores, rates } from '../kernel/statistics/index.ts'
import { type ErrorCosts, independentEstimates } from './metrics/confusion-estimates.ts'
import { intervalOf } from './metrics/estimate.ts'
import type { MetricName } from './metrics/metric-table.ts'
import type { ThresholdReport } from './report.ts'

/** Decisions at ½, at the base rate, and at given thresholds. */
export function thresholdsOf(
  rows: LabelledScores,
  ranked: RankedScores,
  options: { readonly thresholds?: readonly number[]; readonly costs?: ErrorCosts } = {},
): ThresholdReport[] {
  return [
    thresholdReport(rows, { at: 'half', threshold: 0.5 }, options.costs),
    thresholdReport(rows, { at: 'base-rate', threshold: baseRateThreshold(ranked) }, options.costs),
    ...(options.thresholds ?? []).map(threshold =>
      thresholdReport(rows, { at: 'given', threshold }, options.costs),
    ),
  ]
}

function thresholdReport(
  rows: LabelledScores,
  at: Pick<ThresholdReport, 'at' | 'threshold'>,
  costs: ErrorCosts | undefined,
): ThresholdReport {
  const confusion = confusionAt(rows.labels, rows.scores, at.threshold)
  const estimates = Object.entries(independentEstimates(confusion, costs))
  const intervals = estimates.map(([name, estimate]) => [name, intervalOf(name as MetricName, estimate)])
  return { ...at, confusion, rates: rates(confusion), intervals: Object.fromEntries(intervals) }
}

/** The score that as many rows exceed as there are positives, or fewer where ties forbid it; 1 without rows. */
function baseRateThreshold({ positives, negatives }: RankedScores): number {
  const scores = new Float64Array(positives.length + negatives.length)
  scores.set(positives)
  scores.set(negatives, positives.length)
  return scores.sort()[negatives.length - 1] ?? (scores.length === 0 ? 1 : 0)
}
