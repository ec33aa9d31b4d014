import { decodeColumns, encodeColumns } from './columns.ts'
import type { SeriesPoint } from './order.ts'

/** A point, and the number of its key. */
export interface KeyedPoint extends SeriesPoint {
  readonly key: number
}

const version = 1
const headerBytes = 8

/**
 * Points of many series of one run that came together, in the order they came: version, three unused bytes, count; the
 * keys, 4 bytes each; then columns. Little endian.
 */
export function encodeBlock(points: readonly KeyedPoint[]): Uint8Array {
  const columns = encodeColumns(points)
  const body = new Uint8Array(headerBytes + points.length * 4 + columns.length)
  const view = new DataView(body.buffer)
  view.setUint8(0, version)
  view.setUint32(4, points.length, true)
  points.forEach(({ key }, index) => {
    view.setUint32(headerBytes + index * 4, key, true)
  })
  body.set(columns, headerBytes + points.length * 4)
  return body
}

/** The points whose keys are wanted, in the order they came. */
export function blockPoints(body: Uint8Array, isWanted: (key: number) => boolean): KeyedPoint[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  if (view.getUint8(0) !== version)
    throw new Error(`a metric block of the unknown version ${view.getUint8(0)}`)
  const count = view.getUint32(4, true)
  const found: [index: number, key: number][] = []
  for (let index = 0; index < count; index++) {
    const key = view.getUint32(headerBytes + index * 4, true)
    if (isWanted(key)) found.push([index, key])
  }
  if (found.length === 0) return []
  const { steps, values, at } = decodeColumns(body.subarray(headerBytes + count * 4))
  return found.map(([index, key]) => ({
    ...{ key, step: steps[index] ?? 0, at: at(index) },
    value: values[index] ?? Number.NaN,
  }))
}
