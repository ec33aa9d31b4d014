import { calibrationEqualCount } from '../calibration-error.ts'
import { isotonic, isotonicAt } from '../calibration-fit.ts'
import { type LabelledScores, rankScores } from '../labelled-scores.ts'
import { isDefined, type Quantity } from '../quantity.ts'

const folds = 3
const bins = 10

/** Whether scores are calibrated before performance is estimated from them, and why. */
export interface CalibrationChoice {
  readonly kept: boolean
  /** Expected calibration error of the scores as they are. */
  readonly raw: Quantity
  /** The same after isotonic regression on the other folds. */
  readonly calibrated: Quantity
  /** Probability of label 1 by score: isotonic regression on the whole reference, or the score itself. */
  probability(score: number): number
}

/**
 * Isotonic regression on the reference, kept only if its 3-fold cross-validated ECE (fold = row mod 3, so rows come in
 * order of event time and prediction id; 10 equal-count bins) is lower than the scores' own (monitoring.md §4).
 */
export function chooseCalibration({ labels, scores }: LabelledScores): CalibrationChoice {
  const raw = calibrationEqualCount(rankScores({ labels, scores }), bins).ece
  const mapped = new Float64Array(scores.length)
  for (let fold = 0; fold < folds; fold++) {
    const predict = fitted({ labels, scores }, row => row % folds !== fold)
    for (let row = fold; row < scores.length; row += folds) mapped[row] = predict(scores[row] ?? 0)
  }
  const calibrated = calibrationEqualCount(rankScores({ labels, scores: mapped }), bins).ece
  const kept = isDefined(raw) && isDefined(calibrated) && calibrated < raw
  return {
    kept,
    raw,
    calibrated,
    probability: kept ? fitted({ labels, scores }, () => true) : score => score,
  }
}

function fitted(
  { labels, scores }: LabelledScores,
  taken: (row: number) => boolean,
): (score: number) => number {
  const rows = Array.from({ length: scores.length }, (_, row) => row).filter(taken)
  const fit = isotonic({ x: rows.map(row => scores[row] ?? 0), y: rows.map(row => labels[row] ?? 0) })
  return 'undefined' in fit ? score => score : score => isotonicAt(fit, score)
}
