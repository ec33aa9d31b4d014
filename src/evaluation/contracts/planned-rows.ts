import {
  isDefined,
  type PlannedN,
  planAbsolute,
  planPaired,
  planUnpaired,
} from '../../kernel/statistics/index.ts'
import { type CellTest, harmSign } from './cell-tests.ts'
import type { Draft } from './drafts.ts'

/** What a plan assumes of one cell. */
export interface PlanBasis {
  readonly alpha: number
  readonly beta: number
  /** Margin, limit or gain. */
  readonly bound: number
  /** Share of pairs that differ. */
  readonly disagreement: number | null
  /** The rate that is assumed to be true. */
  readonly rate: number | null
  /** In harm units. */
  readonly harm: number | undefined
  readonly deff: number
  /** Two arms of different rows: the champion's for each of the challenger's. Absent: both answer the same rows. */
  readonly oldPerNew?: number
}

/** Metrics that are shares of rows or requests. */
const shares: ReadonlySet<string> = new Set([
  'action_rate',
  'fpr',
  'recall',
  'precision',
  'error_rate',
  'slow_rate',
  'degraded_share',
])

/**
 * Rows that a test needs at the declared power (releases.md §5): exact for shares of rows, null for metrics that are not
 * counted and where nothing is known to assume; undefined where what is assumed breaks the claim.
 */
export function rowsFor(test: CellTest, basis: PlanBasis): PlannedN | null {
  const { alpha, beta, bound, disagreement, rate, harm, deff } = basis
  if (test.kind === 'fair' || !Number.isFinite(bound)) return null
  if (test.kind === 'absolute')
    return rate === null || !shares.has(test.metric) || !(bound > 0 && bound < 1)
      ? null
      : planAbsolute({
          limit: bound,
          side: test.form as 'atMost' | 'atLeast',
          assumed: rate,
          alpha,
          beta,
          deff,
        })
  if (basis.oldPerNew !== undefined) return unpairedRows(test, { ...basis, oldPerNew: basis.oldPerNew })
  // A gain that is not declared cannot be planned: at 0 no number of rows proves one.
  if (disagreement === null || (test.form === 'better' && harm === undefined)) return null
  const margin = test.form === 'better' ? -bound : bound
  const assumedHarm = harm ?? 0
  return planPaired({
    disagreement: Math.min(1, Math.max(disagreement, Math.abs(assumedHarm))),
    margin,
    assumedHarm,
    equivalence: test.form === 'within',
    alpha,
    beta,
    deff,
  }).n
}

/** Rows of the challenger, for a share of rows. */
function unpairedRows(
  test: CellTest,
  { alpha, beta, bound, rate, harm, deff, oldPerNew }: PlanBasis & { readonly oldPerNew: number },
): PlannedN | null {
  if (test.kind !== 'difference' || rate === null || !shares.has(test.metric) || !(oldPerNew > 0)) return null
  if (test.form === 'better' && harm === undefined) return null
  const assumed = (harm ?? 0) * harmSign(test.metric)
  return planUnpaired({
    pNew: Math.min(1, Math.max(0, rate + assumed)),
    pOld: rate,
    margin: test.form === 'better' ? -bound : bound,
    oldPerNew,
    better: harmSign(test.metric) > 0 ? 'lower' : 'higher',
    equivalence: test.form === 'within',
    ...{ alpha, beta, deff },
  })
}

/** A paired cell decides nothing below 30 effective rows. */
export function atLeastCounted(rows: number, test: CellTest, { deff }: Pick<PlanBasis, 'deff'>): number {
  return test.kind === 'difference' ? Math.max(rows, Math.ceil(30 * deff)) : rows
}

/**
 * Rows below which a test decides nothing whatever the models do: no event, or no row on which they differ. Null where
 * even that is not counted.
 */
export function leastRows(test: CellTest, basis: PlanBasis): PlannedN | null {
  if (test.kind === 'absolute') return rowsFor(test, { ...basis, rate: test.form === 'atMost' ? 0 : 1 })
  const paired = test.metric === 'action_rate' || test.metric === 'fpr' || test.metric === 'recall'
  return paired && test.kind === 'difference' && basis.harm === undefined
    ? rowsFor(test, { ...basis, disagreement: 0 })
    : null
}

/** Rows planned for a measured cell, from the disagreement or rate that was seen or is assumed. */
export function plannedRows({ contract, test, observed, resolved, alpha, beta }: Draft): number | null {
  const assume = contract.assume ?? {}
  const value = observed.champion
  const { measurement } = observed
  const planned = rowsFor(test, {
    alpha,
    beta,
    bound: resolved.bound,
    disagreement: observed.disagreement ?? assume.disagreement ?? null,
    rate: isDefined(value) ? value : (assume.rate ?? null),
    harm: assume.harm,
    deff: observed.deff,
    ...(measurement.kind === 'unpaired'
      ? { oldPerNew: measurement.champion.n / Math.max(1, measurement.challenger.n) }
      : {}),
  })
  return typeof planned === 'number' ? atLeastCounted(planned, test, observed) : null
}
