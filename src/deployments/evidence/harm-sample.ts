import { type CodedColumn, unitsOf } from '../../evaluation/index.ts'
import { designEffect, undefinedBecause } from '../../kernel/statistics/index.ts'
import type { HarmCell } from './model.ts'
import type { RowValue } from './row-values.ts'

export interface SampleRequest {
  /** Rows in the denominator. */
  readonly members: Int32Array
  readonly entities: CodedColumn | undefined
  readonly arms: Uint8Array
  readonly old: RowValue
  readonly own: RowValue
  /** +1 where more is harm. */
  readonly sign: 1 | -1
  /** Values are 0 or 1. */
  readonly isShare: boolean
  readonly isPaired: boolean
  /** Fixed earlier. */
  readonly frozen: HarmCell['frozen']
}

/** A mean harm with its variance, from the larger of what was fixed and what is seen. */
export interface MeanSample {
  /** Pairs, or rows of the challenger. */
  readonly n: number
  readonly estimate: number
  readonly variance: number
  readonly events: number
  /** Null while there are too few rows to fix it: they then carry no look. */
  readonly frozen: HarmCell['frozen']
}

/** Rows, from the first, that fix the variance where no former release does. */
const burnIn = 200
/** Where all rows are alike: a variance has to be above 0. */
const leastVariance = 1e-12

/** Mean harm of the challenger over pairs, or between two arms. Undefined without rows. */
export function harmSample(request: SampleRequest): MeanSample | { readonly undefined: string } {
  return request.isPaired ? pairedSample(request) : unpairedSample(request)
}

function pairedSample(request: SampleRequest): MeanSample | { readonly undefined: string } {
  const { members, sign, isShare, own, old } = request
  const harm: RowValue = row => sign * (own(row) - old(row))
  const now = momentsOf(members, harm, request.entities)
  if (now.n === 0) return undefinedBecause('no-rows')
  const frozen = request.frozen ?? fixedBy(members, harm, request)
  const variance = Math.max(frozen?.variance ?? 0, smoothed(now, isShare))
  const deff = Math.max(frozen?.deff ?? 1, now.deff)
  return {
    n: now.n,
    estimate: now.mean,
    variance: (deff * variance) / now.n,
    events: isShare ? now.nonZero : now.n,
    frozen,
  }
}

function unpairedSample(request: SampleRequest): MeanSample | { readonly undefined: string } {
  const { members, arms, sign, isShare, own, old, entities } = request
  const armRows = (arm: number) => members.filter(row => arms[row] === arm)
  const [first, second] = [armRows(1), armRows(0)]
  const [one, other] = [momentsOf(first, own, entities), momentsOf(second, old, entities)]
  if (one.n === 0 || other.n === 0) return undefinedBecause('no-rows')
  const frozen = request.frozen ?? fixedBy(second, old, request)
  const spread = (moments: Moments): number =>
    (Math.max(frozen?.deff ?? 1, moments.deff) *
      Math.max(frozen?.variance ?? 0, smoothed(moments, isShare))) /
    moments.n
  return {
    n: one.n,
    estimate: sign * (one.mean - other.mean),
    variance: spread(one) + spread(other),
    events: isShare ? one.nonZero + (other.nonZero * one.n) / other.n : Math.min(one.n, other.n),
    frozen,
  }
}

interface Moments {
  readonly n: number
  readonly mean: number
  readonly variance: number
  readonly nonZero: number
  readonly deff: number
}

function momentsOf(rows: Int32Array, value: RowValue, entities: CodedColumn | undefined): Moments {
  const n = rows.length
  if (n === 0) return { n, mean: 0, variance: 0, nonZero: 0, deff: 1 }
  const values = Float64Array.from(rows, value)
  let [sum, squares, nonZero] = [0, 0, 0]
  for (let at = 0; at < n; at++) {
    const each = values[at] as number
    sum += each
    squares += each * each
    if (each !== 0) nonZero++
  }
  const mean = sum / n
  const variance = Math.max(0, squares / n - mean * mean)
  return { n, mean, variance, nonZero, deff: repeated(rows, values, { entities, variance }) }
}

function repeated(
  rows: Int32Array,
  values: Float64Array,
  { entities, variance }: { readonly entities: CodedColumn | undefined; readonly variance: number },
): number {
  if (entities === undefined) return 1
  const { of, count, repeat } = unitsOf(rows, entities)
  if (!repeat) return 1
  const [sizes, sums] = [new Float64Array(count), new Float64Array(count)]
  for (let at = 0; at < rows.length; at++) {
    const unit = of[at] as number
    sizes[unit] = (sizes[unit] as number) + 1
    sums[unit] = (sums[unit] as number) + (values[at] as number)
  }
  return designEffect(sizes, sums, variance).deff
}

/** Of a share, as if half an event more had been seen: none yet is no proof that there are none. */
function smoothed({ n, variance }: Moments, isShare: boolean): number {
  return isShare ? (variance * n + 0.5) / (n + 1) : Math.max(variance, leastVariance)
}

function fixedBy(
  rows: Int32Array,
  value: RowValue,
  { entities, isShare }: SampleRequest,
): HarmCell['frozen'] {
  if (rows.length < burnIn) return null
  const moments = momentsOf(rows.subarray(0, burnIn), value, entities)
  return { variance: smoothed(moments, isShare), deff: moments.deff }
}
