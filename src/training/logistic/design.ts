import { FettleError } from '../../kernel/errors/index.ts'

/** A design matrix by column: `columns[j][i]` is input j of row i, NaN where missing; labels 0 or 1. */
export interface Design {
  readonly columns: readonly Float64Array[]
  readonly labels: Uint8Array
}

/** Mean and standard deviation (population, after imputation) of each column; both 0 for a column without values. */
export interface Scaling {
  readonly means: Float64Array
  readonly deviations: Float64Array
}

/**
 * Two passes, inputs read as float32. A missing value is replaced by the mean, so it adds nothing to the variance.
 * A column that never varies gets deviation 0. SOURCE_BAD_VALUE names a column that is infinite as float32.
 */
export function scalingOf({ columns, labels }: Design, names: readonly string[]): Scaling {
  const means = new Float64Array(columns.length)
  const deviations = new Float64Array(columns.length)
  columns.forEach((column, index) => {
    const mean = meanOf(column)
    if (!Number.isFinite(mean)) {
      throw new FettleError(
        'SOURCE_BAD_VALUE',
        `Column ${names[index] ?? index} holds a value that float32 cannot: models read float32`,
      )
    }
    const deviation = Math.sqrt(squaresAround(column, mean) / Math.max(1, labels.length))
    means[index] = mean
    deviations[index] = deviation > 1e-9 * Math.abs(mean) ? deviation : 0
  })
  return { means, deviations }
}

function meanOf(column: Float64Array): number {
  let sum = 0
  let count = 0
  for (let row = 0; row < column.length; row++) {
    const value = Math.fround(column[row] as number)
    if (!Number.isNaN(value)) {
      sum += value
      count++
    }
  }
  return count === 0 ? 0 : sum / count
}

function squaresAround(column: Float64Array, mean: number): number {
  let sum = 0
  for (let row = 0; row < column.length; row++) {
    const difference = Math.fround(column[row] as number) - mean
    if (!Number.isNaN(difference)) sum += difference * difference
  }
  return sum
}

/** Writes rows [from, from + rows) as a row-major block of standardised inputs followed by a 1 for the intercept. */
export function fillBlock(
  block: Float64Array,
  design: Design,
  scaling: Scaling,
  range: { from: number; rows: number },
): void {
  const width = design.columns.length + 1
  for (let index = 0; index < design.columns.length; index++) {
    const column = design.columns[index] as Float64Array
    const mean = scaling.means[index] as number
    const deviation = scaling.deviations[index] as number
    const scale = deviation === 0 ? 0 : 1 / deviation
    for (let row = 0, place = index; row < range.rows; row++, place += width) {
      const value = Math.fround(column[range.from + row] as number)
      block[place] = !Number.isNaN(value) ? (value - mean) * scale : 0
    }
  }
  for (let row = 0, place = width - 1; row < range.rows; row++, place += width) block[place] = 1
}
