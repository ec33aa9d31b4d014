import { countAbove } from './rising-scores.ts'

/** How far a threshold may move in one cycle. */
export interface StepCaps {
  /** In score. */
  readonly maxStep: number
  /** In share of rows acted on. Absent: the larger of 20 % of the former rate and 0.2 points. */
  readonly maxRateChange?: number
}

export interface CappedStep {
  readonly applied: number
  /** The applied value is not the candidate. */
  readonly capHit: boolean
  /** Shares of the scores above the former value, the candidate and the applied value. */
  readonly rateBefore: number
  readonly rateCandidate: number
  readonly rateApplied: number
}

/** Decimals such as 0.3 and 0.4 are not exactly 0.1 apart as doubles. */
const rounding = 1e-12

/**
 * Limits a move: first its size, then the change of the action rate over the rising scores (at least one). A value that
 * changes the rate too much moves back towards the former one through the observed scores until it does not.
 */
export function capStep(
  rising: Float64Array,
  { former, candidate }: { readonly former: number; readonly candidate: number },
  caps: StepCaps,
): CappedStep {
  const rateAt = (value: number) => countAbove(rising, value) / rising.length
  const rateBefore = rateAt(former)
  const most = (caps.maxRateChange ?? Math.max(0.2 * rateBefore, 0.002)) + rounding
  const holds = (value: number) => Math.abs(rateAt(value) - rateBefore) <= most
  const step = candidate - former
  const stepped =
    Math.abs(step) <= caps.maxStep + rounding ? candidate : former + Math.sign(step) * caps.maxStep
  const applied = holds(stepped) ? stepped : stepBack(rising, { former, stepped, holds })
  return {
    applied,
    capHit: applied !== candidate,
    rateBefore,
    rateCandidate: rateAt(candidate),
    rateApplied: rateAt(applied),
  }
}

/** The observed score nearest to `stepped`, on the way to the former value, at which the rate holds; else the former. */
function stepBack(
  rising: Float64Array,
  way: {
    readonly former: number
    readonly stepped: number
    readonly holds: (value: number) => boolean
  },
): number {
  const { former, stepped, holds } = way
  const upwards = stepped < former
  // The rate falls with the value, so along the way the condition, once it holds, holds to the end.
  let low = rising.length - countAbove(rising, Math.min(former, stepped))
  let high = rising.length - countAbove(rising, Math.max(former, stepped))
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(rising[middle] ?? former) === upwards) high = middle
    else low = middle + 1
  }
  const found = rising[upwards ? low : low - 1]
  const between = found !== undefined && (upwards ? found < former : found > former)
  return between && holds(found) ? found : former
}
