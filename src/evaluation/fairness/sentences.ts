import {
  type BetweenGroups,
  type FairMetric,
  type GroupRate,
  isDefined,
  type Quantity,
} from '../../kernel/statistics/index.ts'

interface Wording {
  /** What is counted, before `in 20.0 % of cases`. */
  readonly what: string
  readonly worse: 'highest' | 'lowest'
}

const wordings: Readonly<Record<FairMetric, Wording>> = {
  selection_rate: { what: 'acted on', worse: 'lowest' },
  tpr: { what: 'found among those with the outcome', worse: 'lowest' },
  fpr: { what: 'wrongly acted on among those without the outcome', worse: 'highest' },
  accuracy: { what: 'judged correctly', worse: 'lowest' },
  precision: { what: 'right when acted on', worse: 'lowest' },
}

/** Who is worse off and by how much, and what the verdict of the limit rests on: for readers who know no statistics. */
export function disparitySentence(
  between: BetweenGroups,
  groups: readonly GroupRate[],
  { metric, column, acting = 'benefit', limit }: DisparityWords,
): string {
  const { difference, highest, lowest } = between
  if (!isDefined(difference) || highest === null || lowest === null)
    return `Fewer than two groups of ${column} have enough rows to compare.`
  const { what, worse: usual } = wordings[metric]
  const worse = metric === 'selection_rate' && acting === 'burden' ? 'highest' : usual
  const [worseOff, other] = worse === 'lowest' ? [lowest, highest] : [highest, lowest]
  const rate = (name: string) => percent(rateOf(groups.find(each => each.group === name)))
  const found =
    difference === 0
      ? `All groups of ${column} are ${what} equally often: ${rate(highest)}.`
      : `${column} ${worseOff} is worse off: ${what} in ${rate(worseOff)} of cases, against ${rate(other)} for ${other}.`
  return limit === undefined ? found : `${found} ${verdictWords(between, limit)}`
}

interface DisparityWords {
  readonly metric: FairMetric
  readonly column: string
  readonly acting?: 'benefit' | 'burden' | undefined
  readonly limit?: number | undefined
}

function verdictWords({ verdict, reason, undefinedGroups }: BetweenGroups, limit: number): string {
  const points = `${Number((limit * 100).toPrecision(3))} points`
  if (verdict === 'pass') return `No two groups differ by more than ${points}.`
  if (verdict === 'fail') return `That is more than the limit of ${points}.`
  return reason === 'undefined-groups'
    ? `Undecided: ${undefinedGroups} of the groups ${undefinedGroups === 1 ? 'has' : 'have'} too few rows to be held to the limit of ${points}.`
    : `Undecided: more rows are needed to hold it to the limit of ${points}.`
}

/** The larger error difference of two groups. */
export function equalizedOddsSentence(tpr: Quantity, fpr: Quantity): string {
  if (!isDefined(tpr) || !isDefined(fpr)) return 'The error rates of fewer than two groups are defined.'
  return tpr >= fpr
    ? 'The groups differ most in how often a case with the outcome is found.'
    : 'The groups differ most in how often a case without the outcome is acted on.'
}

const rateOf = (group: GroupRate | undefined): number => (group === undefined ? 0 : group.x / group.n)

/** One decimal, or as many as tell a small rate from nothing. */
function percent(rate: number): string {
  const value = rate * 100
  return `${value > 0 && value < 1 ? Number(value.toPrecision(2)) : value.toFixed(1)} %`
}
