import { isDefined, type Quantity } from '../../kernel/statistics/index.ts'
import type { MaybeInterval } from '../report.ts'

const reasons: Readonly<Record<string, string>> = {
  'no-rows': 'no rows',
  'no-positives': 'no positive rows',
  'no-negatives': 'no negative rows',
  'no-predicted-positives': 'nothing acted on',
  'no-predicted-negatives': 'everything acted on',
  'no-positives-anywhere': 'no positives, none predicted',
  'too-few': 'too few rows',
  'too-few-rows': 'too few rows',
  'no-spread': 'no spread to estimate from',
  'not-a-probability': 'scores are no probabilities',
  'empty-margin': 'nothing on one side',
  'nothing-acts': 'nothing acts',
  'not-compared': '–',
  'no-champion': 'nothing to compare with',
}

/** Four significant digits, or why there is no number. */
export function quantityText(quantity: Quantity | undefined): string {
  if (quantity === undefined) return '–'
  return isDefined(quantity) ? numberText(quantity) : (reasons[quantity.undefined] ?? quantity.undefined)
}

export function numberText(value: number): string {
  if (value < 0) return `−${numberText(-value)}`
  if (value !== 0 && value < 0.0001) return value.toExponential(1)
  return value >= 1000 ? countText(Math.round(value)) : String(Number(value.toPrecision(4)))
}

/** A difference with its sign. */
export function signedText(quantity: Quantity): string {
  if (!isDefined(quantity)) return quantityText(quantity)
  return `${quantity > 0 ? '+' : quantity < 0 ? '−' : '±'}${numberText(Math.abs(quantity))}`
}

export function intervalText(interval: MaybeInterval | null | undefined): string {
  if (!interval) return 'no interval'
  if ('undefined' in interval) return reasons[interval.undefined] ?? interval.undefined
  return `${numberText(interval.lower)} … ${numberText(interval.upper)}`
}

/** Thousands apart by a narrow blank. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ' ')
}

export function percentText(share: number): string {
  return `${numberText(Math.round(share * 1000) / 10)} %`
}

const names: Readonly<Record<string, string>> = {
  ...{
    roc_auc: 'ROC AUC',
    pr_auc: 'PR AUC',
    log_loss: 'Log loss',
    brier: 'Brier score',
    mcc: 'MCC',
    f1: 'F1',
  },
  ...{
    ece: 'Calibration error',
    fpr: 'False-positive rate',
    fnr: 'False-negative rate',
    npv: 'NPV',
    r2: 'R²',
  },
  ...{
    mae: 'Mean absolute error',
    rmse: 'RMSE',
    mape: 'MAPE',
    ndcg: 'NDCG',
    map: 'MAP',
    mrr: 'MRR',
    kappa: 'κ',
  },
}

export function metricText(metric: string): string {
  const text = metric.replaceAll('_', ' ')
  return names[metric] ?? text.charAt(0).toUpperCase() + text.slice(1)
}
