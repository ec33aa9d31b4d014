import {
  type Confusion,
  calibrationEqualCount,
  type Quantity,
  rankScores,
} from '../../kernel/statistics/index.ts'
import { calibrationBins } from '../metrics/binary-moments.ts'
import type { JudgedRows } from '../rows.ts'
import type { Groups } from './groups.ts'
import type { FairnessRequest } from './request.ts'

/** What is counted of one group. Rows without a label count in `rows` and `acted` only. */
export interface GroupCount {
  readonly group: string
  readonly rows: number
  readonly acted: number
  readonly matured: number
  /** Of matured rows of a binary task on which something acts or not; else empty. */
  readonly table: Confusion
  readonly scoreSum: number
  readonly labelSum: number
  /** Expected calibration error of matured rows. */
  readonly ece: Quantity
}

/** Counts every group in one pass, and its calibration in another. */
export function countGroups(
  rows: JudgedRows,
  { scores, actions }: Pick<FairnessRequest, 'scores' | 'actions'>,
  groups: Groups,
): readonly GroupCount[] {
  const binary = rows.task === 'binary'
  const counts = groups.names.map(() => ({
    rows: 0,
    acted: 0,
    matured: 0,
    table: { tp: 0, fp: 0, fn: 0, tn: 0 },
    scoreSum: 0,
    labelSum: 0,
  }))
  for (let row = 0; row < rows.rows; row++) {
    const count = counts[groups.codes[row] ?? -1]
    if (count === undefined) continue
    const label = rows.labels[row] ?? Number.NaN
    const acts = actions?.[row] === 1
    count.rows++
    count.scoreSum += scores[row] ?? 0
    if (acts) count.acted++
    if (Number.isNaN(label)) continue
    count.matured++
    count.labelSum += label
    if (binary && actions) count.table[label === 1 ? (acts ? 'tp' : 'fn') : acts ? 'fp' : 'tn']++
  }
  const calibration = binary ? calibrationByGroup(rows, scores, groups) : []
  return counts.map((count, group) => ({
    group: groups.names[group] ?? '',
    ...count,
    ece: calibration[group] ?? { undefined: 'not-binary' },
  }))
}

function calibrationByGroup(rows: JudgedRows, scores: Float64Array, groups: Groups): readonly Quantity[] {
  const members = groups.names.map((): { labels: number[]; scores: number[] } => ({ labels: [], scores: [] }))
  for (let row = 0; row < rows.rows; row++) {
    const label = rows.labels[row] ?? Number.NaN
    const group = members[groups.codes[row] ?? -1]
    if (group === undefined || Number.isNaN(label)) continue
    group.labels.push(label)
    group.scores.push(scores[row] ?? Number.NaN)
  }
  return members.map(each => calibrationEqualCount(rankScores(each), calibrationBins).ece)
}
