import { type FairMetric, type Quantity, type ShownRate, shownRate } from '../../kernel/statistics/index.ts'
import type { GroupMeasurement } from '../reports/fairness.ts'
import type { GroupCount } from './count-groups.ts'
import { type FairnessContext, ratesOf } from './request.ts'

/** Every number of one group. */
export function measureGroup(count: GroupCount, context: FairnessContext): GroupMeasurement {
  const { minDenominator, rows } = context
  const shown = ({ value, interval }: ShownRate) => ({ value, interval })
  const rate = (metric: FairMetric) => {
    const { rates, empty } = ratesOf(metric, context)
    const { x, n } = rates.find(({ group }) => group === count.group) ?? { x: 0, n: 0 }
    return shown(shownRate({ x, n }, { minDenominator, empty }))
  }
  const mean = (sum: number, n: number) => ({ value: meanOf(sum, n, minDenominator), interval: null })
  const binary = rows.task === 'binary'
  return {
    group: count.group,
    rows: count.rows,
    matured: count.matured,
    metrics: {
      base_rate: binary
        ? shown(shownRate({ x: count.labelSum, n: count.matured }, { minDenominator }))
        : { value: { undefined: 'not-binary' }, interval: null },
      selection_rate: rate('selection_rate'),
      tpr: rate('tpr'),
      fpr: rate('fpr'),
      accuracy: rate('accuracy'),
      precision: rate('precision'),
      score_mean: mean(count.scoreSum, count.rows),
      label_mean: mean(count.labelSum, rows.task === 'multiclass' ? 0 : count.matured),
      ece: { value: count.matured < minDenominator ? { undefined: 'too-few' } : count.ece, interval: null },
    },
  }
}

function meanOf(sum: number, n: number, least: number): Quantity {
  if (n === 0) return { undefined: 'no-rows' }
  return n < least ? { undefined: 'too-few' } : sum / n
}
