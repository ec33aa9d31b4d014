import type { ContractData } from '../../definitions/index.ts'
import {
  type FairMetric,
  fairMetrics,
  fourFifths,
  isDefined,
  type Quantity,
} from '../../kernel/statistics/index.ts'
import type { Disparity, FairnessColumn } from '../reports/fairness.ts'
import { type GroupVerdict, groupVerdict } from './group-verdict.ts'
import { isKnownGroup } from './groups.ts'
import { type FairnessContext, ratesOf } from './request.ts'
import { equalizedOddsSentence } from './sentences.ts'

/** How each rate differs between groups, with the verdict of the contract that limits it, and equalised odds. */
export function disparitiesOf(context: FairnessContext): readonly Disparity[] {
  const { column, fairness, minDenominator } = context
  const verdicts = fairMetrics.map(metric => {
    const { rates, empty } = ratesOf(metric, context)
    const contract = fairContract(context, metric)
    const claim = contract?.claim.form === 'fair' ? contract.claim : undefined
    const known = rates.filter(({ group }) => isKnownGroup(group))
    const verdict = groupVerdict(known, {
      ...{ metric, column, minDenominator, empty, acting: fairness.acting },
      ...{ limit: claim?.limit, alpha: contract?.alpha },
    })
    return { metric, limit: claim?.limit ?? null, verdict }
  })
  const of = (metric: FairMetric) => verdicts.find(each => each.metric === metric)?.verdict
  return [
    ...verdicts.map(({ metric, limit, verdict }) => ({ metric, limit, ...shownVerdict(verdict) })),
    ...equalizedOdds(of('tpr'), of('fpr')),
  ]
}

function fairContract(
  { contracts = [], column }: FairnessContext,
  metric: FairMetric,
): ContractData | undefined {
  return contracts.find(
    ({ claim }) => claim.form === 'fair' && claim.column === column && claim.metric === metric,
  )
}

function shownVerdict(found: GroupVerdict): Omit<Disparity, 'metric' | 'limit'> {
  const { difference, ratio, highest, lowest, interval, verdict, sentence } = found
  return { difference, ratio, highest, lowest, interval, verdict, sentence }
}

/** The larger of two differences, with the smaller of the ratios. */
function equalizedOdds(tpr: GroupVerdict | undefined, fpr: GroupVerdict | undefined): Disparity[] {
  if (tpr === undefined || fpr === undefined) return []
  const [a, b] = [tpr.difference, fpr.difference]
  const larger = !isDefined(a) || (isDefined(b) && a >= b) ? tpr : fpr
  const undefinedOne = isDefined(a) ? b : a
  const difference = isDefined(a) && isDefined(b) ? Math.max(a, b) : undefinedOne
  return [
    {
      metric: 'equalized_odds',
      difference,
      ratio: smallerRatio(tpr.ratio, fpr.ratio),
      highest: isDefined(difference) ? larger.highest : null,
      lowest: isDefined(difference) ? larger.lowest : null,
      interval: isDefined(difference) ? larger.interval : null,
      ...{ limit: null, verdict: null },
      sentence: equalizedOddsSentence(a, b),
    },
  ]
}

function smallerRatio(a: Quantity, b: Quantity): Quantity {
  if (!isDefined(a)) return a
  return isDefined(b) ? Math.min(a, b) : b
}

/** The four-fifths rule over the groups with enough rows. */
export function fourFifthsOf(context: FairnessContext): FairnessColumn['fourFifths'] {
  const { fairness, minDenominator } = context
  const spared = fairness.acting === 'burden'
  const selected = ratesOf('selection_rate', context)
    .rates.filter(({ group, n }) => n >= minDenominator && isKnownGroup(group))
    .map(({ group, x, n }) => ({ group, x: spared ? n - x : x, n }))
  const found = fourFifths(selected)
  if (!('undefined' in found)) return { ...found, reason: null }
  return {
    ...{ verdict: null, reason: found.undefined, lowest: null, highest: null },
    ...{ ratio: found, lower: found, upper: found },
  }
}
