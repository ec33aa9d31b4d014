/** How the 95 % interval of a metric is made. */
export type IntervalMethod =
  /** Wilson's score interval, rows divided by the design effect. */
  | 'wilson'
  /** DeLong's variance of the AUC, normal. */
  | 'delong'
  /** Variance by the influence of each row (the infinitesimal jackknife), normal. */
  | 'delta'
  /** The same on the log-odds of the value, so that it stays between 0 and 1. */
  | 'delta-logit'
  /** Fisher's z with the standard error √((1 + ρ²/2)/(n − 3)) (Bonett & Wright 2000). */
  | 'fisher-z'
  /** Ranks of the sorted values by the binomial distribution, normal. */
  | 'order-statistics'
  /** |estimate − truth| ≤ Σ shares · |error of a bin|, whose sum of half-normals is bounded: conservative. */
  | 'bins'

export interface MetricInfo {
  readonly better: 'higher' | 'lower' | null
  readonly interval: IntervalMethod
  /** Values it can take, ends included. */
  readonly range: readonly [least: number, most: number]
}

const unit = [0, 1] as const
const correlation = [-1, 1] as const
const positive = [0, Number.POSITIVE_INFINITY] as const
const any = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const

function info(
  better: MetricInfo['better'],
  shape: { readonly interval: IntervalMethod; readonly range: MetricInfo['range'] },
): MetricInfo {
  return { better, ...shape }
}

const rate = { interval: 'wilson', range: unit } as const
const mean = { interval: 'delta', range: positive } as const

/** Every metric a report may hold, by its name (releases.md §2, monitoring.md §4). */
export const metricTable = {
  action_rate: info(null, rate),
  score_mean: info(null, { interval: 'delta', range: any }),
  base_rate: info(null, rate),
  accuracy: info('higher', rate),
  precision: info('higher', rate),
  recall: info('higher', rate),
  specificity: info('higher', rate),
  fpr: info('lower', rate),
  fnr: info('lower', rate),
  npv: info('higher', rate),
  balanced_accuracy: info('higher', { interval: 'delta', range: unit }),
  f1: info('higher', { interval: 'delta', range: unit }),
  mcc: info('higher', { interval: 'delta', range: correlation }),
  kappa: info('higher', { interval: 'delta', range: correlation }),
  cost: info('lower', mean),
  roc_auc: info('higher', { interval: 'delong', range: unit }),
  pr_auc: info('higher', { interval: 'delta-logit', range: unit }),
  log_loss: info('lower', mean),
  brier: info('lower', { interval: 'delta', range: unit }),
  ece: info('lower', { interval: 'bins', range: unit }),
  macro_f1: info('higher', { interval: 'delta', range: unit }),
  weighted_f1: info('higher', { interval: 'delta', range: unit }),
  macro_recall: info('higher', { interval: 'delta', range: unit }),
  mae: info('lower', mean),
  rmse: info('lower', mean),
  bias: info(null, { interval: 'delta', range: any }),
  r2: info('higher', { interval: 'delta', range: [Number.NEGATIVE_INFINITY, 1] }),
  mape: info('lower', mean),
  median_ae: info('lower', { interval: 'order-statistics', range: positive }),
  pearson: info('higher', { interval: 'fisher-z', range: correlation }),
  spearman: info('higher', { interval: 'fisher-z', range: correlation }),
  'pinball_0.1': info('lower', mean),
  'pinball_0.9': info('lower', mean),
  ndcg: info('higher', { interval: 'delta', range: unit }),
  map: info('higher', { interval: 'delta', range: unit }),
  mrr: info('higher', { interval: 'delta', range: unit }),
} as const satisfies Record<string, MetricInfo>

export type MetricName = keyof typeof metricTable
