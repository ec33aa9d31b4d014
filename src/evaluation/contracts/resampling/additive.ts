import type { ContractMetric } from '../../../definitions/index.ts'
import { type Quantity, undefinedBecause } from '../../../kernel/statistics/index.ts'
import type { EntityMetric, MetricRows } from './metric-rows.ts'

/** A metric that is a function of sums over rows. */
interface Sums {
  /** Sums it needs, an even number. */
  readonly width: number
  /** Writes what one row of weight 1 adds. */
  add(rows: MetricRows, row: number, into: Float64Array): void
  finish(sums: Float64Array): Quantity
}

/** Mean of a value; sums are rows and values. */
function meanOf(value: (rows: MetricRows, row: number) => number, root = false): Sums {
  return {
    width: 2,
    add(rows, row, into) {
      into[0] = 1
      into[1] = value(rows, row)
    },
    finish(sums) {
      const [n = 0, total = 0] = sums
      if (!(n > 0)) return undefinedBecause('no-rows')
      return root ? Math.sqrt(total / n) : total / n
    },
  }
}

const label = ({ labels }: MetricRows, row: number): number => labels[row] as number
const score = ({ scores }: MetricRows, row: number): number => scores[row] as number
const acts = ({ actions }: MetricRows, row: number): number => actions?.[row] ?? 0
const squared = (rows: MetricRows, row: number): number => (score(rows, row) - label(rows, row)) ** 2

function logLoss(rows: MetricRows, row: number): number {
  const truth = rows.truth?.[row]
  if (truth !== undefined) return -Math.log(clipped(truth))
  const p = clipped(score(rows, row))
  return -Math.log(label(rows, row) === 1 ? p : 1 - p)
}

function clipped(p: number): number {
  return Math.min(1 - 1e-15, Math.max(1e-15, p))
}

function cost(rows: MetricRows, row: number): number {
  const { falsePositive, falseNegative } = rows.costs
  if (acts(rows, row) === 1) return label(rows, row) === 0 ? falsePositive : 0
  return label(rows, row) === 1 ? falseNegative : 0
}

const precision: Sums = {
  width: 2,
  add(rows, row, into) {
    into[0] = acts(rows, row)
    into[1] = acts(rows, row) * label(rows, row)
  },
  finish: ([acted = 0, right = 0]) => (acted > 0 ? right / acted : undefinedBecause('nothing-acted')),
}

/** Against the mean of the rows; labels are centred first, so that squares do not cancel. */
function rSquared(centre: number): Sums {
  return {
    width: 4,
    add(rows, row, into) {
      const y = label(rows, row) - centre
      into[0] = 1
      into[1] = y
      into[2] = y * y
      into[3] = squared(rows, row)
    },
    finish([n = 0, y = 0, yy = 0, errors = 0]) {
      if (!(n > 0)) return undefinedBecause('no-rows')
      const spread = yy - (y * y) / n
      return spread > 1e-12 * yy ? 1 - errors / spread : undefinedBecause('zero-variance')
    },
  }
}

function sumsOf(metric: ContractMetric, rows: MetricRows): Sums | undefined {
  switch (metric) {
    case 'action_rate':
    case 'fpr':
    case 'recall':
      return meanOf(acts)
    case 'score_mean':
      return meanOf(score)
    case 'precision':
      return precision
    case 'log_loss':
      return meanOf(logLoss)
    case 'brier':
      return meanOf(squared)
    case 'mae':
      return meanOf((of, row) => Math.abs(score(of, row) - label(of, row)))
    case 'rmse':
      return meanOf(squared, true)
    case 'r2':
      return rSquared(rows.labels.reduce((sum, each) => sum + each, 0) / Math.max(1, rows.rows))
    case 'cost':
      return meanOf(cost)
    default:
      return undefined
  }
}

/** Metrics that are functions of sums: each replicate is one pass over entities. Undefined for the others. */
export function additiveMetric(rows: MetricRows, metric: ContractMetric): EntityMetric | undefined {
  const sums = sumsOf(metric, rows)
  if (!sums) return undefined
  const byUnit = sumByUnit(rows, sums)
  const totals = new Float64Array(sums.width)
  return {
    value(times) {
      for (let sum = 0; sum < sums.width; sum += 2)
        countPair([byUnit[sum], byUnit[sum + 1]], times, totals.subarray(sum, sum + 2))
      return sums.finish(totals)
    },
    deleteOne() {
      const all = byUnit.map(column => column.reduce((total, own) => total + own, 0))
      return Array.from({ length: rows.units.count }, (_, unit) => {
        byUnit.forEach((column, sum) => {
          totals[sum] = (all[sum] as number) - (column[unit] as number)
        })
        return sums.finish(totals)
      })
    },
  }
}

/** Σ times · own over entities. */
export function countedSum(column: Float64Array, times: Uint8Array): number {
  let total = 0
  for (let unit = 0; unit < times.length; unit++) total += (times[unit] as number) * (column[unit] as number)
  return total
}

/** Two sums in one pass: the additions of one wait for each other, those of two do not. */
function countPair(
  [one = none, other = none]: readonly (Float64Array | undefined)[],
  times: Uint8Array,
  into: Float64Array,
): void {
  let [first, second] = [0, 0]
  for (let unit = 0; unit < times.length; unit++) {
    const count = times[unit] as number
    first += count * (one[unit] as number)
    second += count * (other[unit] as number)
  }
  into[0] = first
  into[1] = second
}

const none = new Float64Array()

/** One column a sum: what each entity adds. */
function sumByUnit(rows: MetricRows, { width, add }: Sums): readonly Float64Array[] {
  const { units, weights } = rows
  const byUnit = Array.from({ length: width }, () => new Float64Array(units.count))
  const own = new Float64Array(width)
  for (let row = 0; row < rows.rows; row++) {
    add(rows, row, own)
    const weight = weights?.[row] ?? 1
    const unit = units.of[row] as number
    for (const [sum, column] of byUnit.entries())
      column[unit] = (column[unit] as number) + weight * (own[sum] as number)
  }
  return byUnit
}
