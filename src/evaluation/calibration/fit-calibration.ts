import { isotonic, isotonicAt, platt } from '../../kernel/statistics/index.ts'

/** How scores become probabilities. */
export type Calibration =
  | { readonly kind: 'none' }
  /** 1 / (1 + e^(a·log-odds + b)) of the score. */
  | { readonly kind: 'platt'; readonly a: number; readonly b: number }
  /** Linear between knots, constant outside. */
  | { readonly kind: 'isotonic'; readonly x: readonly number[]; readonly fitted: readonly number[] }

export type CalibrationKind = Calibration['kind']

interface CalibrationRows {
  /** Probabilities that are off. */
  readonly scores: Float64Array
  /** 0 or 1. */
  readonly labels: Float64Array
}

/**
 * Fits a calibration on rows that judge nothing afterwards. Undefined without rows, and for Platt where one class is missing.
 */
export function fitCalibration(
  kind: CalibrationKind,
  { scores, labels }: CalibrationRows,
): Calibration | { readonly undefined: string } {
  if (kind === 'none') return { kind }
  if (kind === 'platt') {
    const fit = platt({ scores: scores.map(logOdds), labels })
    return 'undefined' in fit ? fit : { kind, ...fit }
  }
  const fit = isotonic({ x: scores, y: labels })
  return 'undefined' in fit ? fit : { kind, x: [...fit.x], fitted: [...fit.fitted] }
}

/** Calibrated scores, in the order given. */
export function calibrated(calibration: Calibration, scores: Float64Array): Float64Array {
  switch (calibration.kind) {
    case 'none':
      return scores
    case 'platt':
      return scores.map(score => 1 / (1 + Math.exp(calibration.a * logOdds(score) + calibration.b)))
    case 'isotonic': {
      const fit = { x: Float64Array.from(calibration.x), fitted: Float64Array.from(calibration.fitted) }
      return scores.map(score => isotonicAt(fit, score))
    }
  }
}

const edge = 1e-12

/** Kept finite at 0 and 1. */
function logOdds(score: number): number {
  const p = Math.min(1 - edge, Math.max(edge, score))
  return Math.log(p / (1 - p))
}
