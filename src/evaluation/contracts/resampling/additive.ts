import type { ContractMetric } from '../../../definitions/index.ts'
import { type Quantity, undefinedBecause } from '../../../kernel/statistics/index.ts'
import type { EntityMetric, MetricRows } from './metric-rows.ts'

/** A metric that is a function of sums over rows. */
interface Sums {
  /** Sums it needs. */
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
  const { width } = sums
  const byUnit = sumByUnit(rows, sums)
  const totals = new Float64Array(width)
  return {
    value(times) {
      totals.fill(0)
      for (let unit = 0, at = 0; unit < times.length; unit++, at += width) {
        const count = times[unit] as number
        if (count === 0) continue
        for (let sum = 0; sum < width; sum++)
          totals[sum] = (totals[sum] as number) + count * (byUnit[at + sum] as number)
      }
      return sums.finish(totals)
    },
    deleteOne() {
      const all = new Float64Array(width)
      for (let at = 0; at < byUnit.length; at++)
        all[at % width] = (all[at % width] as number) + (byUnit[at] as number)
      return Array.from({ length: rows.units.count }, (_, unit) =>
        sums.finish(all.map((total, sum) => total - (byUnit[unit * width + sum] as number))),
      )
    },
  }
}

function sumByUnit(rows: MetricRows, { width, add }: Sums): Float64Array {
  const { units, weights } = rows
  const byUnit = new Float64Array(units.count * width)
  const own = new Float64Array(width)
  for (let row = 0; row < rows.rows; row++) {
    add(rows, row, own)
    const weight = weights?.[row] ?? 1
    const at = (units.of[row] as number) * width
    for (let sum = 0; sum < width; sum++)
      byUnit[at + sum] = (byUnit[at + sum] as number) + weight * (own[sum] as number)
  }
  return byUnit
}
