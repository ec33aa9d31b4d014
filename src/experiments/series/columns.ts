import type { Micros } from '../../kernel/time.ts'
import type { SeriesPoint } from './order.ts'

/** Points by column. */
export interface PointColumns {
  readonly steps: Float64Array
  /** Microseconds; those beyond 2^53 (year 2255) rounded: {@link PointColumns.at} is exact. */
  readonly times: Float64Array
  readonly values: Float64Array
  at(index: number): Micros
}

const version = 1
const headerBytes = 24

/**
 * Version, width of step and time differences (1, 2, 4, 8 bytes), an unused byte, count; first step and time; then the
 * differences of steps, of times, and the values as doubles. Little endian.
 */
export function encodeColumns(points: readonly SeriesPoint[]): Uint8Array {
  const steps = differences(points.map(({ step }) => step))
  const times = differences(points.map(({ at }) => at))
  const stepBytes = points.length * steps.width
  const timeBytes = points.length * times.width
  const body = new Uint8Array(headerBytes + stepBytes + timeBytes + points.length * 8)
  const view = new DataView(body.buffer)
  view.setUint8(0, version)
  view.setUint8(1, steps.width)
  view.setUint8(2, times.width)
  view.setUint32(4, points.length, true)
  view.setBigInt64(8, steps.first, true)
  view.setBigInt64(16, times.first, true)
  writeIntegers(view, headerBytes, steps)
  writeIntegers(view, headerBytes + stepBytes, times)
  const valuesAt = headerBytes + stepBytes + timeBytes
  for (let index = 0; index < points.length; index++)
    view.setFloat64(valuesAt + index * 8, points[index]?.value ?? Number.NaN, true)
  return body
}

type Width = 1 | 2 | 4 | 8

interface Differences {
  readonly first: bigint
  readonly width: Width
  /** The first is 0; bigints where the width is 8. */
  readonly values: Float64Array | BigInt64Array
}

/** Numbers are several times as fast as bigints, and mostly exact. */
const exactBound = 2 ** 52

function differences(integers: readonly (number | bigint)[]): Differences {
  const first = integers[0] ?? 0
  const values = new Float64Array(integers.length)
  let [before, least, greatest] = [Number(first), 0, 0]
  for (let index = 0; index < integers.length; index++) {
    const integer = Number(integers[index] ?? 0)
    if (Math.abs(integer) > exactBound) return bigDifferences(integers)
    const difference = integer - before
    if (difference < least) least = difference
    if (difference > greatest) greatest = difference
    values[index] = difference
    before = integer
  }
  const width = widthOf(least, greatest)
  return width === 8 ? bigDifferences(integers) : { first: BigInt(first), width, values }
}

function bigDifferences(integers: readonly (number | bigint)[]): Differences {
  const values = new BigInt64Array(integers.length)
  let before = BigInt(integers[0] ?? 0)
  const first = before
  let [least, greatest] = [0n, 0n]
  for (let index = 0; index < integers.length; index++) {
    const integer = BigInt(integers[index] ?? 0)
    const difference = integer - before
    if (difference < least) least = difference
    if (difference > greatest) greatest = difference
    values[index] = difference
    before = integer
  }
  const width = widthOf(Number(least), Number(greatest))
  return { first, width, values: width === 8 ? values : Float64Array.from(values, Number) }
}

function widthOf(least: number, greatest: number): Width {
  for (const [width, bound] of [[1, 2 ** 7] as const, [2, 2 ** 15] as const, [4, 2 ** 31] as const])
    if (least >= -bound && greatest < bound) return width
  return 8
}

function writeIntegers(view: DataView, offset: number, { width, values }: Differences): void {
  if (values instanceof BigInt64Array) {
    values.forEach((value, index) => {
      view.setBigInt64(offset + index * 8, value, true)
    })
    return
  }
  values.forEach((value, index) => {
    const place = offset + index * width
    if (width === 1) view.setInt8(place, value)
    else if (width === 2) view.setInt16(place, value, true)
    else view.setInt32(place, value, true)
  })
}

/** What {@link encodeColumns} wrote. */
export function decodeColumns(body: Uint8Array): PointColumns {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  if (view.getUint8(0) !== version)
    throw new Error(`a metric chunk of the unknown version ${view.getUint8(0)}`)
  const stepWidth = view.getUint8(1)
  const timeWidth = view.getUint8(2)
  const count = view.getUint32(4, true)
  const timesAt = headerBytes + count * stepWidth
  const valuesAt = timesAt + count * timeWidth
  const values = new Float64Array(count)
  for (let index = 0; index < count; index++) values[index] = view.getFloat64(valuesAt + index * 8, true)
  const steps = readIntegers(view, { first: 8, from: headerBytes, width: stepWidth, count })
  const times = readIntegers(view, { first: 16, from: timesAt, width: timeWidth, count })
  return { steps: steps.numbers, times: times.numbers, values, at: times.exact }
}

interface IntegerColumn {
  /** Where the first integer is. */
  readonly first: number
  /** Where the differences begin. */
  readonly from: number
  readonly width: number
  readonly count: number
}

function readIntegers(view: DataView, { first, from, width, count }: IntegerColumn) {
  const numbers = new Float64Array(count)
  const start = view.getBigInt64(first, true)
  let sum = Number(start)
  if (width < 8 && BigInt(sum) === start && Math.abs(sum) < exactBound) {
    for (let index = 0; index < count; index++) {
      sum += readNumber(view, from + index * width, width)
      numbers[index] = sum
    }
    return { numbers, exact: (index: number) => BigInt(numbers[index] ?? 0) }
  }
  const integers = new BigInt64Array(count)
  let integer = start
  for (let index = 0; index < count; index++) {
    const place = from + index * width
    integer += width === 8 ? view.getBigInt64(place, true) : BigInt(readNumber(view, place, width))
    integers[index] = integer
    numbers[index] = Number(integer)
  }
  return { numbers, exact: (index: number) => integers[index] ?? 0n }
}

function readNumber(view: DataView, place: number, width: number): number {
  if (width === 1) return view.getInt8(place)
  return width === 2 ? view.getInt16(place, true) : view.getInt32(place, true)
}
