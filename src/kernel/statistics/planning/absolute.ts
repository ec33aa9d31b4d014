import { binomialP } from '../bounds/clopper-pearson.ts'
import { binomialCdf } from '../special/binomial.ts'
import { type CellErrors, cannotPass, type PlannedN } from './plan.ts'

export interface AbsolutePlan extends CellErrors {
  readonly limit: number
  /** The rate that is assumed to be true. */
  readonly assumed: number
  readonly side?: 'atMost' | 'atLeast'
  readonly deff?: number
}

/** Largest number of events at which `atMost(limit)` still passes with n rows; −1 where none does. */
export function largestPassing(n: number, limit: number, alpha: number): number {
  const passes = (x: number) => binomialP({ x, n }, { limit, side: 'atMost' }).pass <= alpha
  if (!passes(0)) return -1
  let [low, high] = [0, n]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (passes(middle)) low = middle
    else high = middle
  }
  return low
}

/** Chance that `atMost(limit)` passes with n rows when the true rate is `assumed`: P(Bin(n, assumed) ≤ largest passing x). */
export function powerAtMost(
  n: number,
  { limit, assumed, alpha }: Omit<AbsolutePlan, 'beta' | 'side' | 'deff'>,
): { readonly largestPassing: number; readonly power: number } {
  const x = largestPassing(n, limit, alpha)
  return { largestPassing: x, power: binomialCdf(x, n, assumed) }
}

/** ⌈ln α/ln(1 − limit)⌉: rows after which no event at all proves `atMost(limit)`. */
export function zeroEventRows(limit: number, alpha: number): number {
  return Math.ceil(Math.log(alpha) / Math.log1p(-limit))
}

/**
 * Smallest n at which `atMost(limit)` passes with probability 1 − β when the true rate is `assumed` (releases.md §5), times the
 * design effect; `atLeast` mirrored. Undefined (`cannot-pass`) where the assumed rate reaches the limit.
 *
 * For x passing events the power is highest at the first n that lets x pass, so only those n are tried. The power at them
 * rises with x but for rounding: the first that suffices is searched from a little below where that of real n does.
 */
export function planAbsolute(plan: AbsolutePlan): PlannedN {
  const { alpha, beta, deff = 1 } = plan
  const mirrored = plan.side === 'atLeast'
  const limit = mirrored ? 1 - plan.limit : plan.limit
  const assumed = mirrored ? 1 - plan.assumed : plan.assumed
  if (!(assumed < limit)) return cannotPass
  const rowsFor = firstRows(limit, alpha)
  const suffices = (x: number, n: number) => binomialCdf(x, n, assumed) >= 1 - beta
  let x = Math.max(0, firstTrue(events => suffices(events, rowsFor(events).real)) - 25)
  while (!suffices(x, rowsFor(x).whole)) x++
  return Math.ceil(deff * rowsFor(x).whole)
}

/** The smallest n, real and whole, at which x events pass `atMost(limit)`. */
function firstRows(
  limit: number,
  alpha: number,
): (x: number) => { readonly real: number; readonly whole: number } {
  return x => {
    const passes = (n: number) => binomialP({ x, n }, { limit, side: 'atMost' }).pass <= alpha
    let [low, high] = [x, Math.max(2, (2 * x + 2) / limit)]
    while (!passes(high)) [low, high] = [high, 2 * high]
    while (high - low > 1e-6 * high && high - low > 1e-3) {
      const middle = (low + high) / 2
      if (passes(middle)) high = middle
      else low = middle
    }
    let whole = Math.ceil(low)
    while (!passes(whole)) whole++
    return { real: high, whole }
  }
}

/** Smallest number from 0 on for which a rising condition holds. */
function firstTrue(holds: (x: number) => boolean): number {
  let [low, high] = [-1, 0]
  while (!holds(high)) [low, high] = [high, 2 * high + 1]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle)) high = middle
    else low = middle
  }
  return high
}
