import { type Halves, splitHalves } from '../../evaluation/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { parseTimestamp } from '../../kernel/time.ts'
import type { JudgeRequest } from '../gate/judge-params.ts'
import type { HeldOutRows } from './read-rows.ts'

/** Half of the first split chooses; rows of later splits come after the fit, and none of them chooses. */
export function halvesOf({ rows, choosable }: Pick<HeldOutRows, 'rows' | 'choosable'>): Halves {
  let fittedUntil = Number.POSITIVE_INFINITY
  for (const time of rows.times?.subarray(choosable) ?? []) fittedUntil = Math.min(fittedUntil, time)
  return splitHalves(rows, { fittedUntil })
}

/**
 * The halves for thresholds that may have been chosen on another row set: whoever chose them there does not judge them here
 * (releases.md §2). Entities stay in the half they were in; without entities only rows later than the choosing ones judge.
 * JUDGED_ON_CHOSEN_ROWS where none are left.
 */
export function judgingHalves(
  held: Pick<HeldOutRows, 'rows' | 'choosable'>,
  { thresholds, candidate }: Pick<JudgeRequest, 'thresholds' | 'candidate'>,
): Halves {
  const { rows } = held
  const basis = thresholds === 'choose' ? undefined : candidate.thresholdSet?.basis
  if (basis === undefined || basis.rowSet === rows.hash) return halvesOf(held)
  if (rows.entities !== undefined) return halvesOf({ ...held, rows: { ...rows, hash: basis.rowSet } })
  const halves = halvesOf(held)
  const until = Number(parseTimestamp(basis.to ?? '') ?? Number.POSITIVE_INFINITY)
  const judge = halves.judge.filter(row => (rows.times?.[row] ?? Number.NaN) > until)
  if (judge.length === 0)
    throw new FettleError(
      'JUDGED_ON_CHOSEN_ROWS',
      `no held-out row is later than those the kept thresholds were chosen on (until ${basis.to ?? 'unknown'})`,
      { hint: 'Choose thresholds anew (--thresholds choose), or build a training set with newer rows.' },
    )
  return { ...halves, judge }
}
