import {
  aucInterval,
  brier,
  calibrationEqualCount,
  type LabelledScores,
  logLoss,
  prAuc,
  type RankedScores,
  rankScores,
  ratio,
  rocAuc,
  sumOver,
  wilson,
} from '../kernel/statistics/index.ts'
import type { Measurement } from './report.ts'

/** Bins of the expected calibration error (releases.md §2). */
export const calibrationBins = 15
/** One-sided: a two-sided 95 % interval. */
export const intervalAlpha = 0.025

/** Every metric of a set of labelled rows; scores are probabilities. */
export function measure(rows: LabelledScores): Measurement & { readonly ranked: RankedScores } {
  const ranked = rankScores(rows)
  const count = rows.labels.length
  const positives = ranked.positives.length
  return {
    rows: count,
    positives,
    baseRate: ratio(positives, count, 'no-rows'),
    scoreMean: ratio(
      sumOver(count, row => rows.scores[row] ?? 0),
      count,
      'no-rows',
    ),
    metrics: {
      roc_auc: rocAuc(ranked),
      pr_auc: prAuc(ranked),
      log_loss: logLoss(rows),
      brier: brier(rows),
      ece: calibrationEqualCount(ranked, calibrationBins).ece,
    },
    intervals: {
      roc_auc: aucInterval(ranked, intervalAlpha),
      base_rate: wilson(positives, count, intervalAlpha),
    },
    ranked,
  }
}

/** The measurement as stored, without the sorted scores. */
export function measurementOf(rows: LabelledScores): Measurement {
  const { ranked: _, ...measurement } = measure(rows)
  return measurement
}
