import { FettleError } from '../errors/index.ts'
import { checkLabelledScores } from './labelled-scores.ts'
import { undefinedBecause } from './quantity.ts'
import { checkWeights } from './weights.ts'

/** A rising step function by its knots: linear between them, constant outside. */
export interface IsotonicFit {
  /** Distinct inputs, ascending, and the fitted value at each. */
  readonly x: Float64Array
  readonly fitted: Float64Array
}

interface IsotonicRows {
  readonly x: ArrayLike<number>
  readonly y: ArrayLike<number>
  /** ≥ 0, rows of weight 0 are left out; absent: 1 each. */
  readonly weights?: ArrayLike<number> | undefined
}

/**
 * Isotonic regression by pooling adjacent violators (Barlow et al. 1972): the non-decreasing values of least weighted squared
 * error; equal inputs are one point at their mean. Undefined without rows; NOT_A_NUMBER for a value that is not finite,
 * LENGTH_MISMATCH for unequal lengths, INVALID_COUNTS for a negative weight.
 */
export function isotonic(rows: IsotonicRows): IsotonicFit | { readonly undefined: string } {
  if (rows.x.length !== rows.y.length)
    throw new FettleError('LENGTH_MISMATCH', `There are ${rows.x.length} inputs and ${rows.y.length} values`)
  if (rows.weights) checkWeights(rows.weights, rows.x.length)
  const points = distinctPoints(rows)
  if (points.length === 0) return undefinedBecause('no-rows')
  const blocks: { sum: number; weight: number; size: number }[] = []
  for (const point of points) {
    let block = { sum: point.sum, weight: point.weight, size: 1 }
    for (
      let last = blocks.at(-1);
      last && last.sum / last.weight >= block.sum / block.weight;
      last = blocks.at(-1)
    ) {
      blocks.pop()
      block = {
        sum: last.sum + block.sum,
        weight: last.weight + block.weight,
        size: last.size + block.size,
      }
    }
    blocks.push(block)
  }
  const fitted = new Float64Array(points.length)
  let at = 0
  for (const { sum, weight, size } of blocks) {
    fitted.fill(sum / weight, at, at + size)
    at += size
  }
  return { x: Float64Array.from(points, point => point.x), fitted }
}

function distinctPoints({ x, y, weights }: IsotonicRows): { x: number; sum: number; weight: number }[] {
  const order = Uint32Array.from({ length: x.length }, (_, row) => row)
  for (const row of order) {
    if (!Number.isFinite(x[row]) || !Number.isFinite(y[row]))
      throw new FettleError('NOT_A_NUMBER', `Row ${row} has a value that is not a finite number`)
  }
  order.sort((a, b) => (x[a] ?? 0) - (x[b] ?? 0))
  const points: { x: number; sum: number; weight: number }[] = []
  for (const row of order) {
    const weight = weights ? (weights[row] ?? 0) : 1
    if (!(weight > 0)) continue
    const last = points.at(-1)
    if (last && last.x === x[row]) {
      last.sum += weight * (y[row] ?? 0)
      last.weight += weight
    } else points.push({ x: (x[row] ?? 0) + 0, sum: weight * (y[row] ?? 0), weight })
  }
  return points
}

/** The fitted value at any input. */
export function isotonicAt({ x, fitted }: IsotonicFit, value: number): number {
  let [low, high] = [0, x.length - 1]
  if (value <= (x[low] ?? 0)) return fitted[low] ?? 0
  if (value >= (x[high] ?? 0)) return fitted[high] ?? 0
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((x[middle] ?? 0) <= value) low = middle
    else high = middle
  }
  const [left = 0, right = 0, from = 0, to = 0] = [x[low], x[high], fitted[low], fitted[high]]
  return from + ((value - left) / (right - left)) * (to - from)
}

/** p = 1 / (1 + e^(a·score + b)). */
export interface PlattFit {
  readonly a: number
  readonly b: number
}

const leastStep = 1e-10
const ridge = 1e-12
const mostIterations = 200

/**
 * Platt scaling with targets (n₁+1)/(n₁+2) and 1/(n₀+2), fitted by Newton's method with backtracking (Lin, Lin & Weng 2007).
 * Undefined where one class is missing. LENGTH_MISMATCH, NOT_BINARY and NOT_A_NUMBER as `checkLabelledScores`.
 */
export function platt(rows: {
  readonly scores: ArrayLike<number>
  readonly labels: ArrayLike<number>
}): PlattFit | { readonly undefined: string } {
  checkLabelledScores(rows)
  const { scores, labels } = rows
  if (scores.length === 0) return undefinedBecause('no-rows')
  let positives = 0
  for (let row = 0; row < labels.length; row++) positives += labels[row] === 1 ? 1 : 0
  const negatives = labels.length - positives
  if (positives === 0 || negatives === 0)
    return undefinedBecause(positives === 0 ? 'no-positives' : 'no-negatives')
  const high = (positives + 1) / (positives + 2)
  const targets = Float64Array.from({ length: labels.length }, (_, row) =>
    labels[row] === 1 ? high : 1 / (negatives + 2),
  )
  return newton(scores, targets, { a: 0, b: Math.log((negatives + 1) / (positives + 1)) })
}

function newton(scores: ArrayLike<number>, targets: Float64Array, start: PlattFit): PlattFit {
  let fit = start
  let loss = plattLoss(scores, targets, fit)
  for (let iteration = 0; iteration < mostIterations; iteration++) {
    const { ga, gb, haa, hab, hbb } = derivatives(scores, targets, fit)
    if (Math.abs(ga) < leastStep && Math.abs(gb) < leastStep) return fit
    const determinant = haa * hbb - hab * hab
    const [da, db] = [-(hbb * ga - hab * gb) / determinant, -(haa * gb - hab * ga) / determinant]
    const slope = ga * da + gb * db
    let step = 1
    let next = fit
    let nextLoss = loss
    for (; step >= leastStep; step /= 2) {
      next = { a: fit.a + step * da, b: fit.b + step * db }
      nextLoss = plattLoss(scores, targets, next)
      if (nextLoss < loss + 1e-4 * step * slope) break
    }
    if (step < leastStep) return fit
    fit = next
    loss = nextLoss
  }
  return fit
}

function plattLoss(scores: ArrayLike<number>, targets: Float64Array, { a, b }: PlattFit): number {
  let loss = 0
  for (let row = 0; row < targets.length; row++) {
    const f = (scores[row] ?? 0) * a + b
    const t = targets[row] ?? 0
    loss += f >= 0 ? t * f + Math.log1p(Math.exp(-f)) : (t - 1) * f + Math.log1p(Math.exp(f))
  }
  return loss
}

function derivatives(scores: ArrayLike<number>, targets: Float64Array, { a, b }: PlattFit) {
  let [ga, gb, haa, hab, hbb] = [0, 0, ridge, 0, ridge]
  for (let row = 0; row < targets.length; row++) {
    const score = scores[row] ?? 0
    const p = 1 / (1 + Math.exp(score * a + b))
    const d = (targets[row] ?? 0) - p
    const w = p * (1 - p)
    ga += score * d
    gb += d
    haa += score * score * w
    hab += score * w
    hbb += w
  }
  return { ga, gb, haa, hab, hbb }
}
