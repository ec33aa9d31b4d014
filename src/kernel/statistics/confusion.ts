import { FettleError } from '../errors/index.ts'
import type { Quantity } from './quantity.ts'
import { isDefined, ratio, undefinedBecause } from './quantity.ts'
import { checkWeights } from './weights.ts'

/** Counts, or sums of weights, of decisions against outcomes. */
export interface Confusion {
  readonly tp: number
  readonly fp: number
  readonly fn: number
  readonly tn: number
}

/** Counts rows by label and action (both 0 or 1), weighted when weights are given. */
export function confusion(rows: {
  readonly labels: ArrayLike<number>
  readonly actions: ArrayLike<number>
  readonly weights?: ArrayLike<number> | undefined
}): Confusion {
  const { labels, actions, weights } = rows
  if (labels.length !== actions.length) {
    throw new FettleError(
      'LENGTH_MISMATCH',
      `There are ${labels.length} labels and ${actions.length} actions`,
    )
  }
  if (weights) checkWeights(weights, labels.length)
  const cells = [0, 0, 0, 0]
  for (let row = 0; row < labels.length; row++) {
    const [label, action] = [labels[row] ?? Number.NaN, actions[row] ?? Number.NaN]
    if ((label !== 0 && label !== 1) || (action !== 0 && action !== 1))
      throw new FettleError('NOT_BINARY', `Row ${row} has a label or action that is not 0 or 1`)
    const cell = label * 2 + action
    cells[cell] = (cells[cell] ?? 0) + (weights ? (weights[row] ?? 0) : 1)
  }
  const [tn = 0, fp = 0, fn = 0, tp = 0] = cells
  return { tp, fp, fn, tn }
}

/** The decision is to act iff score > threshold. */
export function confusionAt(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  threshold: number,
): Confusion {
  const actions = new Uint8Array(scores.length)
  for (let row = 0; row < scores.length; row++) actions[row] = (scores[row] ?? 0) > threshold ? 1 : 0
  return confusion({ labels, actions })
}

export type RateName =
  | 'accuracy'
  | 'precision'
  | 'recall'
  | 'specificity'
  | 'fpr'
  | 'fnr'
  | 'npv'
  | 'f1'
  | 'f2'
  | 'f05'
  | 'selection_rate'
  | 'base_rate'
  | 'balanced_accuracy'
  | 'mcc'
  | 'kappa'

/** Every rate of a confusion table. F_β = (1+β²)TP / ((1+β²)TP + β²FN + FP); κ by Cohen 1960. */
export function rates(table: Confusion): Record<RateName, Quantity> {
  const { tp, fp, fn, tn } = table
  const n = tp + fp + fn + tn
  const recall = ratio(tp, tp + fn, 'no-positives')
  const specificity = ratio(tn, tn + fp, 'no-negatives')
  return {
    accuracy: ratio(tp + tn, n, 'no-rows'),
    precision: ratio(tp, tp + fp, 'no-predicted-positives'),
    recall,
    specificity,
    fpr: ratio(fp, tn + fp, 'no-negatives'),
    fnr: ratio(fn, tp + fn, 'no-positives'),
    npv: ratio(tn, tn + fn, 'no-predicted-negatives'),
    f1: fScore(table, 1),
    f2: fScore(table, 2),
    f05: fScore(table, 0.5),
    selection_rate: ratio(tp + fp, n, 'no-rows'),
    base_rate: ratio(tp + fn, n, 'no-rows'),
    balanced_accuracy: meanOfTwo(recall, specificity),
    mcc: matthews(table),
    kappa: kappa(table),
  }
}

function fScore({ tp, fp, fn }: Confusion, beta: number): Quantity {
  const square = beta * beta
  return ratio((1 + square) * tp, (1 + square) * tp + square * fn + fp, 'no-positives-anywhere')
}

function meanOfTwo(a: Quantity, b: Quantity): Quantity {
  if (!isDefined(a)) return a
  return isDefined(b) ? (a + b) / 2 : b
}

function matthews({ tp, fp, fn, tn }: Confusion): Quantity {
  const margins = Math.sqrt(tp + fp) * Math.sqrt(tp + fn) * Math.sqrt(tn + fp) * Math.sqrt(tn + fn)
  return ratio(tp * tn - fp * fn, margins, 'empty-margin')
}

function kappa({ tp, fp, fn, tn }: Confusion): Quantity {
  const n = tp + fp + fn + tn
  if (n === 0) return undefinedBecause('no-rows')
  const observed = (tp + tn) / n
  const chance = ((tp + fp) * (tp + fn) + (tn + fn) * (tn + fp)) / (n * n)
  return chance === 1 ? undefinedBecause('chance-agreement-is-one') : (observed - chance) / (1 - chance)
}
