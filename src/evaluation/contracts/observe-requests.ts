import type { ContractMetric } from '../../definitions/index.ts'
import { ratio } from '../../kernel/statistics/index.ts'
import type { CellTest } from './cell-tests.ts'
import { type Observed, type Place, unmeasured } from './observed.ts'
import type { RequestCounts } from './request.ts'

const counted = {
  error_rate: 'failed',
  slow_rate: 'slow',
  degraded_share: 'degraded',
} as const satisfies Partial<Record<ContractMetric, keyof RequestCounts>>

type RequestMetric = keyof typeof counted

export function isRequestMetric(metric: ContractMetric): metric is RequestMetric {
  return metric in counted
}

/** Shares of requests: of the challenger, or of two arms that answered different requests. */
export function observeRequests(test: CellTest, metric: RequestMetric, { request, cell }: Place): Observed {
  const arms = request.requests?.[cell.slice.name]
  if (!arms) return unmeasured('measuring-error')
  const rate = (arm: RequestCounts) => ({ x: arm[counted[metric]], n: arm.requests })
  const challenger = rate(arms.challenger)
  const champion = arms.champion ? rate(arms.champion) : null
  if (challenger.n === 0) return unmeasured('no-requests')
  const values = {
    champion: champion ? ratio(champion.x, champion.n, 'no-requests') : { undefined: 'no-champion' },
    challenger: challenger.x / challenger.n,
    n: challenger.n,
    disagreement: null,
    deff: 1,
    weighed: null,
    remark: null,
  }
  if (test.kind === 'absolute') return { ...values, measurement: { kind: 'rate', ...challenger } }
  if (champion === null) return unmeasured('no-champion', values)
  return { ...values, measurement: { kind: 'unpaired', challenger, champion } }
}
