import {
  defaultMinDenominator,
  type Evidence,
  type GroupRate,
  isDefined,
  undefinedBecause,
  unpairedBounds,
  unpairedP,
} from '../../kernel/statistics/index.ts'
import { groupVerdict } from '../fairness/group-verdict.ts'
import type { CodedColumn } from '../slices/coded-column.ts'
import { codedColumn } from '../slices/partition.ts'
import { denominatorOf, emptyReasons, rowsOver } from './cell-rows.ts'
import type { CellTest } from './cell-tests.ts'
import { countRate } from './count-outcomes.ts'
import { type Observed, type Place, unmeasured } from './observed.ts'

type FairTest = Extract<CellTest, { readonly kind: 'fair' }>

/** Every pair is compared: a column with more values is no grouping. */
const mostGroups = 200

/**
 * The largest difference between two groups of a column, and the evidence that every pair is within the limit (monitoring.md
 * §8): for it the weakest pair's, against it the strongest pair's times the number of pairs. Groups whose rate has no value
 * leave nothing proven.
 */
export function observeGroups(test: FairTest, place: Place): Observed {
  const { alpha, request } = place
  const minDenominator = request.minDenominator ?? defaultMinDenominator
  const groups = countGroups(test, place)
  if (groups.length > mostGroups) return unmeasured('too-many-groups')
  const between = groupVerdict(groups, {
    metric: test.metric,
    column: test.column,
    limit: test.limit,
    alpha,
    minDenominator,
    empty: emptyReasons[denominatorOf(test.metric)],
  })
  const { difference, highest, lowest, undefinedGroups } = between
  const n = groups.reduce((sum, group) => sum + group.n, 0)
  const high = groups.find(each => each.group === highest)
  const low = groups.find(each => each.group === lowest)
  if (!isDefined(difference) || !high || !low) return unmeasured('fewer-than-two-groups', { n })
  const defined = groups.filter(each => each.n >= minDenominator)
  const remark = [
    between.sentence,
    ...(undefinedGroups > 0 ? [tooSmall(undefinedGroups, minDenominator)] : []),
  ]
  const rate = ({ x, n: rows }: GroupRate) => x / rows
  return {
    measurement: {
      kind: 'measured',
      cell: {
        estimate: difference,
        effective: n,
        rows: n,
        rowVariance:
          (n * (rate(high) * (1 - rate(high)))) / high.n + (n * (rate(low) * (1 - rate(low)))) / low.n,
        bounds: level => {
          const bounds = unpairedBounds({ challenger: high, champion: low }, level)
          return 'undefined' in bounds ? { lower: -1, upper: 1 } : bounds
        },
        p: limit => weakest(defined, { limit, complete: undefinedGroups === 0 }),
      },
    },
    champion: undefinedBecause('not-compared'),
    challenger: difference,
    n,
    disagreement: null,
    deff: 1,
    weighed: null,
    remark: remark.join(' '),
  }
}

function tooSmall(groups: number, minDenominator: number): string {
  return `${groups} ${groups === 1 ? 'group has' : 'groups have'} fewer than ${minDenominator} rows to count and cannot be compared.`
}

/** Over ordered pairs of groups: each difference is to be below the limit. */
function weakest(
  groups: readonly GroupRate[],
  { limit, complete }: { readonly limit: number; readonly complete: boolean },
): Evidence {
  let [pass, fail] = [complete ? 0 : 1, 1]
  for (const one of groups) {
    for (const other of groups) {
      if (one === other) continue
      const evidence = unpairedP({ challenger: one, champion: other }, limit)
      pass = Math.max(pass, evidence.pass)
      fail = Math.min(fail, evidence.fail)
    }
  }
  return { pass, fail: Math.min(1, (fail * groups.length * (groups.length - 1)) / 2) }
}

/** Counts of each group, divided by the design effect where entities repeat. Rows without a group are in none. */
function countGroups({ metric, column }: FairTest, { request, cell, entities }: Place): readonly GroupRate[] {
  const { rows, challenger } = request
  const actions = challenger.actions ?? new Uint8Array(0)
  const over = metric === 'precision' ? 'acted' : denominatorOf(metric)
  const happened =
    metric === 'precision'
      ? rows.labels
      : metric === 'accuracy'
        ? actions.map((action, row) => Number(action === rows.labels[row]))
        : actions
  const { dictionary, members } = membersByGroup(codedColumn(rows, column), cell.members)
  return dictionary.flatMap((group, code) => {
    const own = members[code] ?? new Int32Array(0)
    if (own.length === 0) return []
    const { x, n, deff } = countRate(rowsOver(rows, own, { over, actions }), happened, entities)
    return [{ group, x: x / deff, n: n / deff }]
  })
}

function membersByGroup(
  { codes, dictionary }: CodedColumn,
  members: Int32Array,
): { readonly dictionary: readonly string[]; readonly members: readonly Int32Array[] } {
  const sizes = new Int32Array(dictionary.length)
  for (const row of members) {
    const code = codes[row] as number
    if (code >= 0) sizes[code] = (sizes[code] as number) + 1
  }
  const groups = Array.from(sizes, size => new Int32Array(size))
  const next = new Int32Array(dictionary.length)
  for (const row of members) {
    const code = codes[row] as number
    if (code < 0) continue
    ;(groups[code] as Int32Array)[next[code] as number] = row
    next[code] = (next[code] as number) + 1
  }
  return { dictionary, members: groups }
}
