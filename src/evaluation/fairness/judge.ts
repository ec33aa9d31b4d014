import { defaultMinDenominator } from '../../kernel/statistics/index.ts'
import type { FairnessColumn, FairnessReport } from '../reports/fairness.ts'
import { inOtherWords } from './compatible.ts'
import { countGroups } from './count-groups.ts'
import { disparitiesOf, fourFifthsOf } from './disparities.ts'
import { crossName, type GroupedBy, groupsOf, onlyRows } from './groups.ts'
import { measureGroup } from './measure-group.ts'
import { proxiesOf, rankFeatures } from './proxies.ts'
import type { FairnessContext, FairnessRequest } from './request.ts'

/**
 * How the groups of every declared column, and of crosses of two, fare (monitoring.md §8): rates with intervals, who is
 * worse off, the four-fifths rule, features that stand in for the group. Rows are counted, not weighed; those
 * without a value are shown and compared with nobody. A column that no
 * row has is `no-attribute`. NOT_BINARY and NOT_A_NUMBER for labels and scores that cannot be.
 */
export function judgeFairness(request: FairnessRequest): FairnessReport {
  const { rows, fairness } = request
  const grouped: GroupedBy[] = [
    ...fairness.columns.map((column): GroupedBy => ({ name: column, columns: [column] })),
    ...(fairness.crosses ?? []).map(
      ([first, second]): GroupedBy => ({ name: crossName(first, second), columns: [first, second] }),
    ),
  ]
  const judged = request.judge ?? Int32Array.from({ length: rows.rows }).map((_, row) => row)
  const ranked = rankFeatures(request.features ?? {}, judged, `proxies/${rows.hash}`)
  return {
    schema: 1,
    rowSet: rows.hash,
    minDenominator: fairness.minDenominator ?? defaultMinDenominator,
    columns: grouped.map(each => judgeColumn(request, each, ranked)),
  }
}

function judgeColumn(
  request: FairnessRequest,
  by: GroupedBy,
  ranked: ReturnType<typeof rankFeatures>,
): FairnessColumn {
  const { rows, fairness } = request
  const all = groupsOf(rows, by)
  if (all === undefined) return withoutAttribute(by.name)
  const groups = request.judge === undefined ? all : onlyRows(all, request.judge)
  const counts = countGroups(rows, request, groups)
  const minDenominator = fairness.minDenominator ?? defaultMinDenominator
  const context: FairnessContext = { ...request, column: by.name, counts, minDenominator }
  return {
    column: by.name,
    undefined: null,
    groups: counts.map(count => measureGroup(count, context)),
    disparities: disparitiesOf(context),
    fourFifths: fourFifthsOf(context),
    ...inOtherWords(context),
    proxies: proxiesOf(ranked, groups, minDenominator),
  }
}

function withoutAttribute(column: string): FairnessColumn {
  const none = { undefined: 'no-attribute' }
  return {
    column,
    undefined: 'no-attribute',
    groups: [],
    disparities: [],
    fourFifths: {
      ...{ verdict: null, reason: 'no-attribute', lowest: null, highest: null },
      ...{ ratio: none, lower: none, upper: none },
    },
    fairlearn: {},
    clarify: {},
    proxies: [],
  }
}
