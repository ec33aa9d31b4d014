import type { ContractMetric } from './release-terms.ts'

/** What is known of a metric before any row is. */
export interface ContractMetricFacts {
  /** As a reader says it. */
  readonly words: string
  readonly better: 'higher' | 'lower' | null
  readonly tasks: readonly ('binary' | 'multiclass' | 'regression' | 'ranking')[]
  /** Lies in [0, 1]. */
  readonly unit: boolean
  /** Beside rows and scores: what the deployment does, what an error costs, or requests that were answered. */
  readonly needs: 'action' | 'costs' | 'requests' | null
}

const every = ['binary', 'multiclass', 'regression', 'ranking'] as const
const requests = { better: 'lower', tasks: every, unit: true, needs: 'requests' } as const
const regression = { tasks: ['regression'], unit: false, needs: null } as const
const scored = { tasks: ['binary'], unit: true, needs: null } as const
const acted = { tasks: ['binary'], unit: true, needs: 'action' } as const

/** The metrics of releases.md §2. */
export const contractMetrics: Readonly<Record<ContractMetric, ContractMetricFacts>> = {
  action_rate: { words: 'action rate', better: null, ...acted },
  score_mean: {
    words: 'mean score',
    better: null,
    tasks: ['binary', 'regression'],
    unit: false,
    needs: null,
  },
  fpr: { words: 'false-positive rate', better: 'lower', ...acted },
  recall: { words: 'recall', better: 'higher', ...acted },
  precision: { words: 'precision', better: 'higher', ...acted },
  roc_auc: { words: 'ROC AUC', better: 'higher', ...scored },
  pr_auc: { words: 'average precision', better: 'higher', ...scored },
  log_loss: {
    words: 'log loss',
    better: 'lower',
    tasks: ['binary', 'multiclass'],
    unit: false,
    needs: null,
  },
  brier: { words: 'Brier score', better: 'lower', ...scored },
  ece: { words: 'calibration error', better: 'lower', ...scored },
  mae: { words: 'mean absolute error', better: 'lower', ...regression },
  rmse: { words: 'root mean square error', better: 'lower', ...regression },
  r2: { words: 'R²', better: 'higher', ...regression },
  cost: { words: 'cost per row', better: 'lower', tasks: ['binary'], unit: false, needs: 'costs' },
  error_rate: { words: 'error rate', ...requests },
  slow_rate: { words: 'share of slow replies', ...requests },
  degraded_share: { words: 'share of degraded replies', ...requests },
}
