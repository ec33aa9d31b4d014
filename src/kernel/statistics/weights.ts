import { FettleError } from '../errors/index.ts'

/** Throws LENGTH_MISMATCH unless there is one weight per row, INVALID_COUNTS for a weight that is negative or not finite. */
export function checkWeights(weights: ArrayLike<number>, rows: number): void {
  if (weights.length !== rows)
    throw new FettleError('LENGTH_MISMATCH', `There are ${rows} rows and ${weights.length} weights`)
  for (let row = 0; row < rows; row++) {
    const weight = weights[row] ?? Number.NaN
    if (!(weight >= 0 && weight < Infinity))
      throw new FettleError('INVALID_COUNTS', `The weight of row ${row} is ${weight}`)
  }
}
