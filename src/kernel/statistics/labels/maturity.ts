import { type Quantity, undefinedBecause } from '../quantity.ts'

/** Rows that a slice needs for a maturity curve of its own; below it uses that of all rows. */
const ownCurveFrom = 200

/** Share of the eventual labels known by an age. Undefined before any label is known. */
export type MaturityCurve = (age: number) => Quantity

/** The curve of cohorts older than the horizon, from how long each eventual label took; delays and ages in one unit. */
export function maturityCurve(delays: ArrayLike<number>): MaturityCurve {
  const sorted = Float64Array.from(delays).sort()
  return age => {
    if (sorted.length === 0) return undefinedBecause('no-rows')
    let [low, high] = [0, sorted.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((sorted[middle] ?? 0) <= age) low = middle + 1
      else high = middle
    }
    return low / sorted.length
  }
}

/** The curve of each slice: its own from 200 labels on, else that of all rows. */
export function maturityBySlice(
  all: ArrayLike<number>,
  slices: ReadonlyMap<string, ArrayLike<number>>,
): ReadonlyMap<string, MaturityCurve> {
  const whole = maturityCurve(all)
  return new Map(
    [...slices].map(([name, delays]) => [
      name,
      delays.length >= ownCurveFrom ? maturityCurve(delays) : whole,
    ]),
  )
}
