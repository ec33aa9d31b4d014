import type { ContractMetric, DeploymentData } from '../../definitions/index.ts'
import type { JudgedRows, ModelOutputs } from '../../evaluation/index.ts'

export type Costs = NonNullable<DeploymentData['costs']>

/** What a row adds to a metric that is a mean over rows. */
export type RowValue = (row: number) => number

/** Values of the rows, where the metric is a mean of such; a reason where it is not or cannot be had. */
export function rowValues(
  metric: ContractMetric,
  {
    rows,
    outputs,
    costs,
  }: { readonly rows: JudgedRows; readonly outputs: ModelOutputs; readonly costs: Costs },
): RowValue | { readonly undefined: string } {
  const { labels } = rows
  const { scores, actions } = outputs
  const [label, score] = [(row: number) => labels[row] as number, (row: number) => scores[row] as number]
  switch (metric) {
    case 'score_mean':
      return score
    case 'brier':
      return row => (score(row) - label(row)) ** 2
    case 'mae':
      return row => Math.abs(score(row) - label(row))
    case 'log_loss':
      return row => logLossOf(score(row), label(row))
    case 'action_rate':
    case 'fpr':
    case 'recall':
    case 'cost':
      break
    default:
      return { undefined: 'not-a-mean' }
  }
  if (actions === undefined) return { undefined: 'no-actions' }
  if (metric !== 'cost') return row => actions[row] as number
  const { falsePositive, falseNegative } = costs
  return row => {
    if (actions[row] === 1) return label(row) === 0 ? falsePositive : 0
    return label(row) === 1 ? falseNegative : 0
  }
}

const leastProbability = 1e-15

function logLossOf(score: number, label: number): number {
  const clipped = Math.min(1 - leastProbability, Math.max(leastProbability, score))
  return -Math.log(label === 1 ? clipped : 1 - clipped)
}
