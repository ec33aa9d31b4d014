import { FettleError } from '../errors/index.ts'

/** Throws ALPHA_OUT_OF_RANGE unless 0 < alpha < ½: alpha is one-sided per bound. */
export function checkAlpha(alpha: number): void {
  if (!(alpha > 0 && alpha < 0.5))
    throw new FettleError('ALPHA_OUT_OF_RANGE', `Alpha ${alpha} is not between 0 and ½`)
}

/** Throws INVALID_COUNTS unless 0 ≤ x ≤ n and both are finite. */
export function checkProportion(x: number, n: number): void {
  if (!(x >= 0 && x <= n && n < Infinity))
    throw new FettleError('INVALID_COUNTS', `${x} of ${n} is not a proportion`)
}

/** Throws INVALID_COUNTS unless all are whole numbers from 0 on. */
export function checkWholeCounts(...counts: readonly number[]): void {
  const wrong = counts.find(count => !(Number.isSafeInteger(count) && count >= 0))
  if (wrong !== undefined) throw new FettleError('INVALID_COUNTS', `${wrong} is not a count`)
}
