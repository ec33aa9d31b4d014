import { type Confusion, isDefined, type Quantity, rates } from '../../kernel/statistics/index.ts'
import type { Estimate, Estimates } from './estimate.ts'

/** What an error costs, in the unit of the report. */
export interface ErrorCosts {
  readonly falsePositive: number
  readonly falseNegative: number
}

/** Metrics of decisions against outcomes. */
export type ConfusionMetric = ConfusionRate | 'balanced_accuracy' | 'f1' | 'mcc' | 'kappa' | 'cost'
type ConfusionRate = 'accuracy' | 'precision' | 'recall' | 'specificity' | 'fpr' | 'fnr' | 'npv' | 'base_rate'

/** How much one more row of each kind moves a metric: its partial derivatives by the counts. */
export type Gradient = readonly [tp: number, fp: number, fn: number, tn: number]

/** Kinds (true positive, false positive, false negative, true negative) that a rate counts, and among which. */
const rateKinds: Readonly<Record<ConfusionRate, { readonly of: Gradient; readonly among: Gradient }>> = {
  accuracy: { of: [1, 0, 0, 1], among: [1, 1, 1, 1] },
  precision: { of: [1, 0, 0, 0], among: [1, 1, 0, 0] },
  recall: { of: [1, 0, 0, 0], among: [1, 0, 1, 0] },
  specificity: { of: [0, 0, 0, 1], among: [0, 1, 0, 1] },
  fpr: { of: [0, 1, 0, 0], among: [0, 1, 0, 1] },
  fnr: { of: [0, 0, 1, 0], among: [1, 0, 1, 0] },
  npv: { of: [0, 0, 0, 1], among: [0, 0, 1, 1] },
  base_rate: { of: [1, 0, 1, 0], among: [1, 1, 1, 1] },
}

const rateNames = Object.keys(rateKinds) as ConfusionRate[]

/** Values and gradients of every decision metric; a gradient is null where the value is undefined. */
export function confusionMetrics(
  table: Confusion,
  costs?: ErrorCosts,
): Readonly<
  Record<string, { readonly value: Quantity; readonly n: number; readonly gradient: Gradient | null }>
> {
  const values = rates(table)
  const all = table.tp + table.fp + table.fn + table.tn
  const found = rateNames.map(name => [name, rateWithGradient(table, name, values[name])] as const)
  const smooth = (value: Quantity, gradient: (value: number) => Gradient) => ({
    ...{ value, n: all },
    gradient: isDefined(value) ? gradient(value) : null,
  })
  const cost =
    costs && all > 0 ? (costs.falsePositive * table.fp + costs.falseNegative * table.fn) / all : null
  return {
    ...Object.fromEntries(found),
    balanced_accuracy: smooth(values.balanced_accuracy, () => balancedGradient(table)),
    f1: smooth(values.f1, value => f1Gradient(table, value)),
    mcc: smooth(values.mcc, value => mccGradient(table, value)),
    kappa: smooth(values.kappa, () => kappaGradient(table)),
    ...(costs
      ? {
          cost: smooth(cost ?? { undefined: 'no-rows' }, value => [
            -value / all,
            (costs.falsePositive - value) / all,
            (costs.falseNegative - value) / all,
            -value / all,
          ]),
        }
      : {}),
  }
}

function rateWithGradient({ tp, fp, fn, tn }: Confusion, name: ConfusionRate, value: Quantity) {
  const { of, among } = rateKinds[name]
  const n = among[0] * tp + among[1] * fp + among[2] * fn + among[3] * tn
  if (!isDefined(value)) return { value, n, gradient: null }
  const moved = (kind: 0 | 1 | 2 | 3) => (of[kind] - among[kind] * value) / n
  return { value, n, gradient: [moved(0), moved(1), moved(2), moved(3)] as const }
}

function balancedGradient({ tp, fp, fn, tn }: Confusion): Gradient {
  const [positives, negatives] = [tp + fn, tn + fp]
  const [recall, specificity] = [tp / positives, tn / negatives]
  return [
    (1 - recall) / (2 * positives),
    -specificity / (2 * negatives),
    -recall / (2 * positives),
    (1 - specificity) / (2 * negatives),
  ]
}

function f1Gradient({ tp, fp, fn }: Confusion, f1: number): Gradient {
  const total = 2 * tp + fp + fn
  return [(2 * (1 - f1)) / total, -f1 / total, -f1 / total, 0]
}

function mccGradient({ tp, fp, fn, tn }: Confusion, mcc: number): Gradient {
  const [acted, positives, negatives, spared] = [tp + fp, tp + fn, tn + fp, tn + fn]
  const root = Math.sqrt(acted) * Math.sqrt(positives) * Math.sqrt(negatives) * Math.sqrt(spared)
  const moved = (numerator: number, first: number, second: number) =>
    numerator / root - (mcc / 2) * (1 / first + 1 / second)
  return [
    moved(tn, acted, positives),
    moved(-fn, acted, negatives),
    moved(-fp, positives, spared),
    moved(tp, negatives, spared),
  ]
}

function kappaGradient({ tp, fp, fn, tn }: Confusion): Gradient {
  const n = tp + fp + fn + tn
  const [acted, positives, negatives, spared] = [tp + fp, tp + fn, tn + fp, tn + fn]
  const observed = (tp + tn) / n
  const chance = (acted * positives + spared * negatives) / (n * n)
  const moved = (right: number, one: number, other: number) =>
    (right - observed) / n / (1 - chance) +
    ((observed - 1) / (1 - chance) ** 2) * ((one + other) / (n * n) - (2 * chance) / n)
  return [
    moved(1, acted, positives),
    moved(0, positives, spared),
    moved(0, acted, negatives),
    moved(1, negatives, spared),
  ]
}

/** Estimates for independent rows of equal weight, from the counts alone; rates need no variance for Wilson's interval. */
export function independentEstimates(table: Confusion, costs?: ErrorCosts): Estimates {
  const found = Object.entries(confusionMetrics(table, costs)).map(([name, { value, n, gradient }]) => {
    const known = gradient === null || name in rateKinds
    const estimate: Estimate = { value, n, variance: known ? null : varianceOf(table, gradient, n) }
    return [name, estimate]
  })
  return Object.fromEntries(found) as Estimates
}

function varianceOf({ tp, fp, fn, tn }: Confusion, gradient: Gradient, n: number): number {
  const [a, b, c, d] = gradient
  const sum = tp * a * a + fp * b * b + fn * c * c + tn * d * d
  return n > 1 ? (sum * n) / (n - 1) : sum
}
