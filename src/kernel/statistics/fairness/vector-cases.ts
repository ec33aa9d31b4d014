import type { Confusion } from '../confusion.ts'
import { isDefined } from '../quantity.ts'
import type { VectorCases, VectorInput } from '../vector-cases.ts'
import type { BetweenGroups } from './between-groups.ts'
import { clarify, fairlearn } from './compatible.ts'
import { type FairMetric, fairnessTable, type ShownRate } from './fairness-table.ts'
import { fourFifths } from './four-fifths.ts'

type Groups = Readonly<Record<string, Confusion>>

const shown = ({ value, interval, n }: ShownRate): unknown =>
  isDefined(value) ? { value, ...interval, n } : value

const between = ({
  difference,
  interval,
  highest,
  lowest,
  ratio,
  verdict,
  undefinedGroups,
}: BetweenGroups) => ({
  difference: isDefined(difference) ? { value: difference, ...interval, highest, lowest } : difference,
  ratio,
  verdict,
  undefined_groups: undefinedGroups,
})

function mapValues<From, To>(
  of: Readonly<Record<string, From>>,
  to: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, to(value)]))
}

function table(input: VectorInput): unknown {
  const groups = input['groups'] as unknown as Groups
  const found = fairnessTable(groups, {
    limit: Number(input['limit']),
    minDenominator: Number(input['min_denominator']),
  })
  return {
    by_group: mapValues(found.byGroup, (metrics: Readonly<Record<FairMetric, ShownRate>>) => ({
      n: metrics.accuracy.n,
      ...mapValues(metrics, shown),
    })),
    between: {
      ...mapValues(found.between, between),
      equalized_odds_difference: found.equalizedOddsDifference,
    },
  }
}

function compatible(input: VectorInput): unknown {
  if (input['variant'] === 'fairlearn') return fairlearn(Object.values(input['groups'] as unknown as Groups))
  const { sensitive, rest } = input as unknown as Readonly<Record<'sensitive' | 'rest', Confusion>>
  return clarify({ sensitive, rest })
}

function fourFifthsCase(input: VectorInput): unknown {
  const [x1, n1, x2, n2] = ['x1', 'n1', 'x2', 'n2'].map(name => Number(input[name])) as [
    number,
    number,
    number,
    number,
  ]
  return fourFifths([
    { group: 'first', x: x1, n: n1 },
    { group: 'second', x: x2, n: n2 },
  ])
}

/** Known-answer tests of fairness. */
export const fairnessCases: VectorCases = {
  fairness_table: table,
  fairness_compatible: compatible,
  four_fifths: fourFifthsCase,
}
