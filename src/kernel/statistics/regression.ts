import { FettleError } from '../errors/index.ts'
import { pearson, spearman } from './correlation.ts'
import { quantile } from './quantile.ts'
import type { Quantity } from './quantity.ts'
import { undefinedBecause } from './quantity.ts'
import { sumOver } from './sum.ts'

/** A finite label and prediction per row. */
export interface PredictedNumbers {
  readonly labels: ArrayLike<number>
  readonly predictions: ArrayLike<number>
}

export type RegressionMetric =
  | 'mae'
  | 'mse'
  | 'rmse'
  | 'bias'
  | 'median_ae'
  | 'max_error'
  | 'r2'
  | 'explained_variance'
  | 'mape'
  | 'rmsle'
  | 'pinball_0.1'
  | 'pinball_0.9'
  | 'pearson'
  | 'spearman'

/**
 * The usual metrics of predicted numbers; bias = mean(prediction − label), r2 against the mean label. Undefined without
 * rows. Throws LENGTH_MISMATCH, and NOT_A_NUMBER for a value that is not finite.
 */
export function regression(
  rows: PredictedNumbers,
): Readonly<Record<RegressionMetric, Quantity>> | { readonly undefined: string } {
  checkNumbers(rows)
  const { labels, predictions } = rows
  const n = labels.length
  if (n === 0) return undefinedBecause('no-rows')
  const label = (row: number) => labels[row] ?? 0
  const error = (row: number) => (predictions[row] ?? 0) - label(row)
  const mean = (value: (row: number) => number) => sumOver(n, value) / n
  const mse = mean(row => error(row) ** 2)
  const bias = mean(error)
  const absolute = Float64Array.from({ length: n }, (_, row) => Math.abs(error(row))).sort()
  const centre = mean(label)
  const spread = mean(row => (label(row) - centre) ** 2)
  return {
    mae: mean(row => Math.abs(error(row))),
    mse,
    rmse: Math.sqrt(mse),
    bias,
    median_ae: quantile(absolute, 0.5),
    max_error: absolute[n - 1] ?? 0,
    r2: explained(mse, spread, n),
    explained_variance: explained(
      mean(row => (error(row) - bias) ** 2),
      spread,
      n,
    ),
    mape: mape(rows),
    rmsle: rmsle(rows),
    'pinball_0.1': mean(row => pinball(-error(row), 0.1)),
    'pinball_0.9': mean(row => pinball(-error(row), 0.9)),
    pearson: pearson(labels, predictions),
    spearman: spearman(labels, predictions),
  }
}

/** NOT_A_NUMBER names the first row whose label or prediction is not finite. */
function checkNumbers({ labels, predictions }: PredictedNumbers): void {
  if (labels.length !== predictions.length) {
    throw new FettleError(
      'LENGTH_MISMATCH',
      `There are ${labels.length} labels and ${predictions.length} predictions`,
    )
  }
  for (let row = 0; row < labels.length; row++) {
    if (!Number.isFinite(labels[row]) || !Number.isFinite(predictions[row]))
      throw new FettleError('NOT_A_NUMBER', `The label or prediction of row ${row} is not a finite number`)
  }
}

function explained(error: number, spread: number, n: number): Quantity {
  if (n < 2) return undefinedBecause('too-few-rows')
  return spread === 0 ? undefinedBecause('constant-label') : 1 - error / spread
}

function mape({ labels, predictions }: PredictedNumbers): Quantity {
  const n = labels.length
  for (let row = 0; row < n; row++) if (labels[row] === 0) return undefinedBecause('zero-label')
  return sumOver(n, row => Math.abs(((predictions[row] ?? 0) - (labels[row] ?? 0)) / (labels[row] ?? 1))) / n
}

function rmsle({ labels, predictions }: PredictedNumbers): Quantity {
  const n = labels.length
  for (let row = 0; row < n; row++)
    if ((labels[row] ?? 0) <= -1 || (predictions[row] ?? 0) <= -1)
      return undefinedBecause('at-most-minus-one')
  const squared = (row: number) => (Math.log1p(predictions[row] ?? 0) - Math.log1p(labels[row] ?? 0)) ** 2
  return Math.sqrt(sumOver(n, squared) / n)
}

/** Pinball (quantile) loss of label − prediction at the quantile τ (Koenker & Bassett 1978). */
export function pinball(difference: number, tau: number): number {
  return Math.max(tau * difference, (tau - 1) * difference)
}
