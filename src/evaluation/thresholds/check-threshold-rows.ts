import type { ThresholdTarget } from '../../definitions/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { JudgedRows } from '../rows.ts'

interface CheckedRows {
  readonly rows: JudgedRows
  readonly scores: readonly Float64Array[]
  readonly choose: Int32Array
  readonly judge: Int32Array
  readonly target: ThresholdTarget
}

/** Targets that look at labels. */
export function needsLabels({ kind }: ThresholdTarget): boolean {
  return kind === 'fpr' || kind === 'precision' || kind === 'cost'
}

/**
 * Refuses rows from which a threshold would be a lie: LENGTH_MISMATCH, NOT_A_NUMBER for a score that is not finite,
 * JUDGED_ON_CHOSEN_ROWS, NOT_BINARY, LABELS_UNOBSERVABLE, and THRESHOLD_INFEASIBLE for rows that do not count alike.
 */
export function checkThresholdRows({ rows, scores, choose, judge, target }: CheckedRows): void {
  const wrong = scores.find(each => each.length !== rows.rows)
  if (wrong)
    throw new FettleError('LENGTH_MISMATCH', `There are ${rows.rows} rows and ${wrong.length} scores`)
  const chosen = new Uint8Array(rows.rows)
  for (const row of choose) chosen[row] = 1
  const shared = judge.find(row => chosen[row] === 1)
  if (shared !== undefined)
    throw new FettleError(
      'JUDGED_ON_CHOSEN_ROWS',
      `row ${shared} would both choose the thresholds and judge them`,
    )
  for (const half of [choose, judge])
    for (const each of new Set(scores))
      for (const row of half)
        if (!Number.isFinite(each[row]))
          throw new FettleError(
            'NOT_A_NUMBER',
            `the score of row ${row} is ${each[row]}, not a finite number`,
          )
  if (needsLabels(target)) for (const row of choose) checkLabel(rows, row)
}

function checkLabel({ labels, unlabelled, weights, task }: JudgedRows, row: number): void {
  const label = labels[row] ?? Number.NaN
  if (task !== 'binary' || (label !== 0 && label !== 1 && !Number.isNaN(label)))
    throw new FettleError('NOT_BINARY', `the label of row ${row} is ${label}, not 0 or 1 (task ${task})`, {
      hint: 'Use a target without labels: targetActionRate or dailyCapacity.',
    })
  if (unlabelled?.[row] === 2)
    throw new FettleError(
      'LABELS_UNOBSERVABLE',
      `the label of row ${row} can never be seen, so the labelled rows are not drawn alike`,
      { hint: 'Declare an exploration arm, or use targetActionRate or dailyCapacity.' },
    )
  if (weights !== undefined && weights[row] !== weights[0])
    throw new FettleError(
      'THRESHOLD_INFEASIBLE',
      'the rows have different weights, and the rule counts rows that are drawn alike',
      { hint: 'Choose thresholds on rows of equal weight.' },
    )
}
