import type { SegmentThreshold } from '../../definitions/index.ts'
import { capStep } from '../../kernel/statistics/index.ts'
import type { SegmentPreview } from '../reports/thresholds.ts'
import type { PoolScores } from './pool-scores.ts'
import type { Choice, PoolCounts, TargetRule } from './target-rule.ts'

/** A segment with the pool that decides for it. */
export interface SegmentToChoose {
  /** Of the segment alone. */
  readonly own: PoolCounts
  readonly ownScores: PoolScores
  /** What it takes its threshold from, or the rows of all that found nothing large enough. */
  readonly pool: PooledRows
  /** What serves it now, and whether a former set lists it. */
  readonly former: { readonly value: number; readonly listed: boolean } | undefined
}

export interface PooledRows {
  /** Name of the ancestor; null: the segment's own rows. */
  readonly from: string | null
  readonly counts: PoolCounts
  readonly scores: PoolScores
  readonly choice: (former: number) => Choice | undefined
}

export interface ChooseTerms {
  readonly rule: TargetRule
  /** Serves where nothing was chosen before. */
  readonly start: number
  readonly maxStep: number
  readonly maxRateChange?: number
}

/** A threshold and how it came about. */
export interface ChosenValue {
  readonly threshold: SegmentThreshold
  readonly change: SegmentPreview['change']
  /** Rows of the pool that would be enough for a promise. */
  readonly needed: number
}

/** Chooses, keeps what need not move, and holds a move within its caps (releases.md §6.3 to 6.6). */
export function chooseValue(segment: SegmentToChoose, terms: ChooseTerms): ChosenValue {
  const { own, pool, former } = segment
  const { rule, start } = terms
  const serves = former?.value ?? start
  const base = {
    rows: own.rows,
    matured: rule.counted(own),
    pool: rule.counted(pool.counts),
    former: former?.value ?? null,
    candidate: null,
    capHit: false,
  }
  const needed = rule.needed(pool.counts)
  const choice = base.pool < needed ? undefined : pool.choice(serves)
  if (choice === undefined) {
    const threshold = { ...base, value: serves, from: 'infeasible', guarantee: null, interval: null }
    return { threshold, change: 'infeasible', needed }
  }
  const promise = promiseOf(rule, pool)
  const { interval } = choice
  if (choice.keepsFormer) {
    const guarantee = rule.promisesFormer ? promise : null
    return {
      threshold: { ...base, value: serves, from: 'kept', guarantee, interval },
      change: 'kept',
      needed,
    }
  }
  const { candidate } = choice
  const from = pool.from === null ? 'own' : `pooled(${pool.from})`
  const step = former === undefined ? undefined : capped(segment, { former: former.value, candidate }, terms)
  if (step === undefined || !step.capHit) {
    const change = former?.listed ? (candidate === former.value ? 'kept' : 'moved') : 'new'
    return { threshold: { ...base, value: candidate, from, guarantee: promise, interval }, change, needed }
  }
  const guarantee = rule.monotone && step.applied >= candidate ? promise : null
  const threshold = { ...base, value: step.applied, from, guarantee, interval, candidate, capHit: true }
  return { threshold, change: 'capped', needed }
}

function promiseOf({ guarantee }: TargetRule, { from }: PooledRows): string | null {
  return guarantee === null || from === null ? guarantee : `${guarantee}, for pooled(${from}) together`
}

/** Over the segment's own rows; a segment without any is held by the rows of its pool. */
function capped(
  { own, ownScores, pool }: SegmentToChoose,
  move: { readonly former: number; readonly candidate: number },
  { maxStep, maxRateChange }: ChooseTerms,
) {
  const rows = own.rows > 0 ? ownScores : pool.scores
  return capStep(rows.all, move, { maxStep, ...(maxRateChange === undefined ? {} : { maxRateChange }) })
}
