import { FettleError } from '../../errors/index.ts'
import { normalQuantile } from '../normal.ts'
import { undefinedBecause } from '../quantity.ts'

export interface Kappa {
  readonly kappa: number
  readonly observed: number
  readonly chance: number
  readonly sd: number
  readonly lower: number
  /** Not above 1. */
  readonly upper: number
}

/**
 * Cohen's κ (1960) of two raters by a square table of counts, rows of the first, with its 95 % interval by the large-sample
 * variance of Fleiss, Cohen & Everitt 1969. Undefined without rows, and where chance agreement is 1. LENGTH_MISMATCH unless
 * square, INVALID_COUNTS for negative counts.
 */
export function cohenKappa(table: readonly (readonly number[])[]): Kappa | { readonly undefined: string } {
  const size = table.length
  const odd = table.find(row => row.length !== size)
  if (odd) throw new FettleError('LENGTH_MISMATCH', `A table of ${size} rows has a row of ${odd.length}`)
  const wrong = table.flat().find(count => !(count >= 0 && count < Infinity))
  if (wrong !== undefined) throw new FettleError('INVALID_COUNTS', `${wrong} is not a count`)
  const n = sum(table.flat())
  if (n === 0) return undefinedBecause('no-rows')
  const shares = table.map(row => row.map(count => count / n))
  const first = shares.map(sum)
  const second = shares.map((_, column) => sum(shares.map(row => row[column] ?? 0)))
  if (first.some((share, index) => share === 1 && second[index] === 1))
    return undefinedBecause('chance-agreement-is-one')
  const observed = sum(shares.map((row, index) => row[index] ?? 0))
  const chance = sum(first.map((share, index) => share * (second[index] ?? 0)))
  const kappa = (observed - chance) / (1 - chance)
  const sd = deviation(shares, { first, second, kappa, chance }) / Math.sqrt(n)
  const reach = normalQuantile(0.975) * sd
  return { kappa, observed, chance, sd, lower: kappa - reach, upper: Math.min(1, kappa + reach) }
}

/**
 * √n times the standard deviation of κ: κ is linearised to a value per cell and its spread over the cells taken about their
 * mean. The published difference of squares is the same number, but leaves 1e-8 where the spread is 0.
 */
function deviation(
  shares: readonly (readonly number[])[],
  {
    first,
    second,
    kappa,
    chance,
  }: {
    readonly first: readonly number[]
    readonly second: readonly number[]
    readonly kappa: number
    readonly chance: number
  },
): number {
  const left = 1 - kappa
  const cells = shares.flatMap((row, i) =>
    row.map((share, j) => {
      const [own, other] = [(first[i] ?? 0) + (second[i] ?? 0), (second[i] ?? 0) + (first[j] ?? 0)]
      return { share, value: i === j ? 1 - own * left : -left * other }
    }),
  )
  const mean = sum(cells.map(({ share, value }) => share * value))
  return Math.sqrt(sum(cells.map(({ share, value }) => share * (value - mean) ** 2))) / (1 - chance)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
