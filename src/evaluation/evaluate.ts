import {
  calibrationEqualCount,
  confusionAt,
  type RankedScores,
  rates,
  wilson,
} from '../kernel/statistics/index.ts'
import { calibrationBins, intervalAlpha, measure } from './measure.ts'
import { type CodedColumn, metricsBySlice } from './metrics-by-slice.ts'
import type { EvaluationReport, ReliabilityBin, ThresholdReport } from './report.ts'

export interface EvaluationInput {
  readonly split: string
  /** 0 or 1. */
  readonly labels: Uint8Array
  /** Probabilities of the positive class, as the scorer gave them. */
  readonly scores: Float64Array
  readonly unlabelled: number
  readonly slices: readonly {
    readonly column: string
    readonly values: CodedColumn
    readonly order: 'time' | 'rows'
  }[]
  readonly scorer: { readonly kind: string; readonly build: string }
}

/** Slices may hold fewer values than this when the report would grow too large. */
const sliceLimit = 50
const leastSliceLimit = 5
const reportBytes = 62 * 1024

/** Judges scores against labels: overall, at two thresholds, by calibration bin and by slice. */
export function evaluate(input: EvaluationInput): EvaluationReport {
  const { ranked, ...all } = measure(input)
  const base = {
    schema: 1 as const,
    split: input.split,
    all,
    unlabelled: input.unlabelled,
    thresholds: [
      thresholdReport(input, 'half', 0.5),
      thresholdReport(input, 'base-rate', baseRateThreshold(ranked)),
    ],
    calibration: { binning: 'equal_count' as const, bins: reliability(ranked) },
    scorer: input.scorer,
  }
  for (let limit = sliceLimit; ; limit = Math.max(leastSliceLimit, Math.floor(limit * 0.7))) {
    const report = { ...base, slices: input.slices.map(slice => metricsBySlice(input, { ...slice, limit })) }
    if (limit === leastSliceLimit || JSON.stringify(report).length <= reportBytes) return report
  }
}

function thresholdReport(
  input: EvaluationInput,
  at: ThresholdReport['at'],
  threshold: number,
): ThresholdReport {
  const confusion = confusionAt(input.labels, input.scores, threshold)
  return { at, threshold, confusion, rates: rates(confusion) }
}

/** The score that as many rows exceed as there are positives, or fewer where ties forbid it; 1 without rows. */
function baseRateThreshold({ positives, negatives }: RankedScores): number {
  const scores = new Float64Array(positives.length + negatives.length)
  scores.set(positives)
  scores.set(negatives, positives.length)
  return scores.sort()[negatives.length - 1] ?? (scores.length === 0 ? 1 : 0)
}

function reliability(ranked: RankedScores): ReliabilityBin[] {
  return calibrationEqualCount(ranked, calibrationBins).bins.map(bin => ({
    ...bin,
    interval: wilson(bin.positives, bin.n, intervalAlpha),
  }))
}
