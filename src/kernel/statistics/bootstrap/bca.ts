import type { Interval } from '../auc-interval.ts'
import type { Evidence } from '../bounds/clopper-pearson.ts'
import { normalQuantile } from '../normal.ts'
import { normalCdf, normalSf } from '../special/normal-tails.ts'
import { sumOver } from '../sum.ts'

/** Bias correction and acceleration of Efron's BCa interval (1987). */
export interface BcaShape {
  readonly z0: number
  readonly acceleration: number
}

/**
 * z₀ = Φ⁻¹(share of replicates below the estimate, ties half, kept in [1/(B+1), B/(B+1)]); the acceleration from the
 * delete-one values, 0 where they do not spread. `values` rise.
 */
export function bcaShape(estimate: number, values: Float64Array, deleteOne: readonly number[]): BcaShape {
  return { z0: deviateBelow(values, estimate, estimate), acceleration: accelerationOf(deleteOne) }
}

/** Σ(θ̄ − θᵢ)³ / (6 (Σ(θ̄ − θᵢ)²)^(3/2)). */
function accelerationOf(deleteOne: readonly number[]): number {
  const count = deleteOne.length
  if (count === 0) return 0
  const mean = sumOver(count, index => deleteOne[index] ?? 0) / count
  const moment = (power: number) => sumOver(count, index => (mean - (deleteOne[index] ?? 0)) ** power)
  const squares = moment(2)
  const scale = Math.max(1, Math.abs(mean))
  return squares <= count * (1e-14 * scale) ** 2 ? 0 : moment(3) / (6 * squares ** 1.5)
}

/** Φ⁻¹ of the share of replicates below `at`, those within 1e-12·max(1, |estimate|) half. */
function deviateBelow(values: Float64Array, at: number, estimate: number): number {
  const near = 1e-12 * Math.max(1, Math.abs(estimate))
  const below = firstFrom(values, at - near)
  const upTo = firstAfter(values, at + near)
  const count = values.length
  const share = (below + upTo) / 2 / count
  return normalQuantile(Math.min(count / (count + 1), Math.max(1 / (count + 1), share)))
}

/** Number of values below a limit. */
function firstFrom(values: Float64Array, limit: number): number {
  return search(values, value => value >= limit)
}

/** Number of values up to a limit. */
function firstAfter(values: Float64Array, limit: number): number {
  return search(values, value => value > limit)
}

function search(values: Float64Array, reached: (value: number) => boolean): number {
  let [low, high] = [0, values.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (reached(values[middle] ?? 0)) high = middle
    else low = middle + 1
  }
  return low
}

/** One-sided bounds at `alpha`: the replicates at level Φ(z₀ + (z₀ + z)/(1 − a(z₀ + z))). */
export function bcaBounds({ z0, acceleration }: BcaShape, values: Float64Array, alpha: number): Interval {
  const at = (z: number): number => {
    const shift = z0 + z
    const stretch = 1 - acceleration * shift
    return valueAt(values, stretch > 0 ? normalCdf(z0 + shift / stretch) : Number(shift > 0))
  }
  const z = normalQuantile(alpha)
  return { lower: at(z), upper: at(-z) }
}

/** Position (B + 1)·level, counted from 1, linear between neighbours, cut to the ends. */
function valueAt(values: Float64Array, level: number): number {
  const position = Math.min(values.length, Math.max(1, (values.length + 1) * level))
  const whole = Math.floor(position)
  const low = values[whole - 1] ?? 0
  const high = values[whole] ?? low
  return low + (position - whole) * (high - low)
}

/** The bounds inverted: the level at which they touch a margin. */
export function bcaEvidence(
  { z0, acceleration, estimate }: BcaShape & { readonly estimate: number },
  values: Float64Array,
  margin: number,
): Evidence {
  const w = deviateBelow(values, margin, estimate) - z0
  const stretch = 1 + acceleration * w
  if (stretch <= 0) return { pass: Number(w < 0), fail: Number(w > 0) }
  const score = w / stretch - z0
  return { pass: normalSf(score), fail: normalCdf(score) }
}
