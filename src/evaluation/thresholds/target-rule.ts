import type { ThresholdTarget } from '../../definitions/index.ts'
import {
  certifiedThreshold,
  cheapestThreshold,
  firstTested,
  leastForQuantile,
  leastForRate,
  provePrecision,
  quantileIndex,
  type RateLimit,
} from '../../kernel/statistics/index.ts'
import type { PoolScores } from './pool-scores.ts'

/** How many rows a pool has, and how many segments share it. */
export interface PoolCounts {
  readonly rows: number
  readonly positives: number
  readonly negatives: number
  readonly segments: readonly number[]
}

/** What a rule finds in a pool. */
export interface Choice {
  readonly candidate: number
  /** The former threshold may stay: promised as much by these rows, and not needlessly strict. */
  readonly keepsFormer: boolean
  readonly interval: { readonly lower: number; readonly upper: number } | null
}

/** A target as a procedure over pools. */
export interface TargetRule {
  /** Rows that count for it: what `matured` says of a threshold. */
  readonly counted: (counts: PoolCounts) => number
  /** So many of them are enough to promise something. */
  readonly needed: (counts: PoolCounts) => number
  /** Undefined: nothing can be promised. */
  readonly choose: (pool: PoolScores, counts: PoolCounts, former: number | undefined) => Choice | undefined
  /** In words; null where nothing is promised. */
  readonly guarantee: string | null
  /** A stricter threshold than the candidate keeps the promise. */
  readonly monotone: boolean
  /** A former threshold that may stay has the promise too. */
  readonly promisesFormer: boolean
}

export interface TargetContext {
  /** Rows of a busy day of these segments (the 95th percentile). */
  readonly busyDay: (segments: readonly number[]) => number
  /** The candidate is surely cheaper than the former threshold on the judging half. */
  readonly surelyCheaper: (
    segments: readonly number[],
    move: { former: number; candidate: number },
  ) => boolean
}

/** The procedure of a target (releases.md §6.1, 6.2, 6.4). */
export function targetRule(target: ThresholdTarget, context: TargetContext): TargetRule {
  switch (target.kind) {
    case 'fpr':
      return fprRule(target)
    case 'actionRate':
      return target.atMost
        ? atMostRule(target, () => target.rate, `P(action rate > ${target.rate}) ≤ ${target.delta}`)
        : pointRule(target)
    case 'capacity':
      return atMostRule(
        target,
        segments => (target.perDay * segments.length) / context.busyDay(segments),
        `P(more than ${target.perDay} actions expected on a busy day) ≤ ${target.delta}`,
      )
    case 'precision':
      return precisionRule(target)
    case 'cost':
      return costRule(target, context)
  }
}

function fprRule({ rate, delta }: RateLimit): TargetRule {
  return {
    counted: counts => counts.negatives,
    needed: () => leastForRate({ rate, delta }),
    choose: (pool, _counts, former) => certifiedChoice(pool.ranked.negatives, { rate, delta }, former),
    guarantee: `P(FPR > ${rate}) ≤ ${delta}`,
    monotone: true,
    promisesFormer: true,
  }
}

function certifiedChoice(
  rising: Float64Array,
  limit: RateLimit,
  former: number | undefined,
): Choice | undefined {
  const certified = certifiedThreshold(rising, limit)
  if (!certified) return undefined
  const { candidate, keepTo } = certified
  const { lower } = quantileIndex(rising.length, limit.rate, 2 * limit.delta)
  const least = rising[lower - 1]
  return {
    candidate,
    keepsFormer: former !== undefined && candidate <= former && former <= keepTo,
    interval: least === undefined ? null : { lower: least, upper: candidate },
  }
}

/** A bound on the share of all rows. A rate of 1 or more is no bound: everything may be acted on. */
function atMostRule(
  { delta }: { readonly delta: number },
  rateOf: (segments: readonly number[]) => number,
  guarantee: string,
): TargetRule {
  const limitOf = ({ segments }: PoolCounts) => ({ rate: Math.min(rateOf(segments), 1 - 1e-9), delta })
  return {
    counted: counts => counts.rows,
    needed: counts => (counts.rows === 0 ? 1 : leastForRate(limitOf(counts))),
    choose: (pool, counts, former) => certifiedChoice(pool.all, limitOf(counts), former),
    guarantee,
    monotone: true,
    promisesFormer: true,
  }
}

/** The rate itself is aimed at, so nothing is promised: the interval says how well it is known. */
function pointRule({ rate, delta }: RateLimit): TargetRule {
  return {
    counted: counts => counts.rows,
    needed: () => leastForQuantile(rate, delta),
    choose: ({ all }, _counts, former) => {
      const index = quantileIndex(all.length, rate, delta)
      const at = (k: number) => all[k - 1] ?? Number.NaN
      const interval = { lower: at(index.lower), upper: at(index.upper) }
      return {
        candidate: at(index.k),
        keepsFormer: former !== undefined && interval.lower <= former && former <= interval.upper,
        interval,
      }
    },
    guarantee: null,
    monotone: false,
    promisesFormer: false,
  }
}

function precisionRule(floor: { readonly precision: number; readonly delta: number }): TargetRule {
  return {
    counted: counts => counts.positives + counts.negatives,
    needed: () => firstTested(floor),
    choose: (pool, _counts, former) => {
      const rows = { all: pool.matured, positives: pool.ranked.positives }
      const { threshold, formerProven } = provePrecision(rows, floor, former)
      if (threshold === null) return undefined
      const strictest = provePrecision(rows, { ...floor, delta: floor.delta / 20 }).threshold
      const keepsFormer =
        former !== undefined && formerProven && threshold <= former && former <= (strictest ?? former)
      return { candidate: threshold, keepsFormer, interval: null }
    },
    guarantee: `P(precision < ${floor.precision}) ≤ ${floor.delta}`,
    monotone: false,
    promisesFormer: true,
  }
}

/** One-sided, of the bound that a move must be below. */
export const costAlpha = 0.05

function costRule(
  costs: { readonly falsePositive: number; readonly falseNegative: number },
  { surelyCheaper }: TargetContext,
): TargetRule {
  return {
    counted: counts => counts.positives + counts.negatives,
    // With one class only there is nothing to weigh, however many rows there are.
    needed: ({ positives, negatives }) => (positives > 0 && negatives > 0 ? 2 : positives + negatives + 1),
    choose: (pool, { segments }, former) => {
      const candidate = cheapestThreshold(pool.ranked, costs)
      const move = former === undefined ? undefined : { former, candidate }
      return { candidate, keepsFormer: move !== undefined && !surelyCheaper(segments, move), interval: null }
    },
    guarantee: `P(cost not below that of the former threshold) ≤ ${costAlpha}`,
    monotone: false,
    promisesFormer: false,
  }
}
