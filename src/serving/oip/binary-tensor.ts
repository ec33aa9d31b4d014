import { isUtf8 } from 'node:buffer'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Value } from '../../kernel/values/model.ts'
import type { Datatype } from '../json/decode-column.ts'
import { halfBits, halfFromBits } from './half-float.ts'

/** The datatypes of the Open Inference Protocol that raw tensors can carry: those of JSON, and FP16. */
export type BinaryDatatype = Datatype | 'FP16'

/** A tensor's elements, row-major: integers are bigint, floats number, BOOL boolean, BYTES text. */
export type TensorValues = readonly Value[]

/** How a raw element of fixed width is read and written. Writing throws OUT_OF_RANGE for what does not fit. */
interface Element {
  readonly width: number
  read(bytes: Buffer, at: number): Value
  write(bytes: Buffer, value: Value, at: number): void
}

const textWidth = 4

const elements: Readonly<Record<Exclude<BinaryDatatype, 'BYTES'>, Element>> = {
  BOOL: {
    width: 1,
    read(bytes, at) {
      const byte = bytes[at] ?? 0
      if (byte > 1) throw new FettleError('OUT_OF_RANGE', `byte ${at} is ${byte}, not 0 or 1`)
      return byte === 1
    },
    write: (bytes, value, at) => bytes.writeUInt8(value === true ? 1 : 0, at),
  },
  INT8: small(1, 'Int8'),
  INT16: small(2, 'Int16LE'),
  INT32: small(4, 'Int32LE'),
  UINT8: small(1, 'UInt8'),
  UINT16: small(2, 'UInt16LE'),
  UINT32: small(4, 'UInt32LE'),
  INT64: {
    width: 8,
    read: (bytes, at) => bytes.readBigInt64LE(at),
    write: (bytes, value, at) => bytes.writeBigInt64LE(value as bigint, at),
  },
  UINT64: {
    width: 8,
    read: (bytes, at) => bytes.readBigUInt64LE(at),
    write: (bytes, value, at) => bytes.writeBigUInt64LE(value as bigint, at),
  },
  FP16: {
    width: 2,
    read: (bytes, at) => halfFromBits(bytes.readUInt16LE(at)),
    write: (bytes, value, at) => bytes.writeUInt16LE(finiteBits(Number(value)), at),
  },
  FP32: {
    width: 4,
    read: (bytes, at) => bytes.readFloatLE(at),
    write: (bytes, value, at) => bytes.writeFloatLE(Number(value), at),
  },
  FP64: {
    width: 8,
    read: (bytes, at) => bytes.readDoubleLE(at),
    write: (bytes, value, at) => bytes.writeDoubleLE(Number(value), at),
  },
}

function small(
  width: number,
  name: 'Int8' | 'Int16LE' | 'Int32LE' | 'UInt8' | 'UInt16LE' | 'UInt32LE',
): Element {
  return {
    width,
    read: (bytes, at) => BigInt(bytes[`read${name}`](at)),
    write: (bytes, value, at) => bytes[`write${name}`](Number(value), at),
  }
}

function finiteBits(value: number): number {
  const bits = halfBits(value)
  if (Number.isFinite(value) && (bits & 0x7c00) === 0x7c00)
    throw new FettleError('OUT_OF_RANGE', `${value} is too large for a half-precision float`)
  return bits
}

export function isBinaryDatatype(name: unknown): name is BinaryDatatype {
  return typeof name === 'string' && (name === 'BYTES' || Object.hasOwn(elements, name))
}

/** Little-endian bytes of a tensor, row-major; BYTES has a u32 length before each element. OUT_OF_RANGE for what does not fit. */
export function encodeTensor(datatype: BinaryDatatype, values: TensorValues): Buffer {
  if (datatype === 'BYTES') return Buffer.concat(values.flatMap(value => framed(String(value))))
  const { width, write } = elements[datatype]
  const bytes = Buffer.allocUnsafe(values.length * width)
  for (const [index, value] of values.entries()) write(bytes, value, index * width)
  return bytes
}

function framed(text: string): readonly Buffer[] {
  const body = Buffer.from(text)
  const length = Buffer.allocUnsafe(textWidth)
  length.writeUInt32LE(body.length)
  return [length, body]
}

/**
 * The elements of raw bytes that must hold exactly `count` of them. WRONG_SHAPE where the bytes are too few or too many,
 * OUT_OF_RANGE for a BOOL byte other than 0 and 1, BAD_UTF8 for text that is none. Nothing is allocated before the bytes
 * were seen to hold it.
 */
export function decodeTensor(datatype: BinaryDatatype, bytes: Buffer, count: number): Value[] {
  if (datatype === 'BYTES') return decodeTexts(bytes, count)
  const { width, read } = elements[datatype]
  if (bytes.length !== count * width)
    throw new FettleError(
      'WRONG_SHAPE',
      `${count} elements of ${datatype} take ${count * width} bytes, there are ${bytes.length}`,
    )
  const values: Value[] = []
  for (let index = 0; index < count; index++) values.push(read(bytes, index * width))
  return values
}

/** How many elements raw bytes hold when no shape says so. WRONG_SHAPE where they end within one. */
export function countElements(datatype: BinaryDatatype, bytes: Buffer): number {
  if (datatype === 'BYTES') return textsIn(bytes).length
  const count = bytes.length / elements[datatype].width
  if (!Number.isInteger(count))
    throw new FettleError('WRONG_SHAPE', `${bytes.length} bytes are no whole number of ${datatype} elements`)
  return count
}

function decodeTexts(bytes: Buffer, count: number): string[] {
  const texts = textsIn(bytes)
  if (texts.length !== count)
    throw new FettleError('WRONG_SHAPE', `the bytes hold ${texts.length} elements, the shape says ${count}`)
  return texts.map((text, row) => {
    if (!isUtf8(text)) throw new FettleError('BAD_UTF8', `element ${row} is not UTF-8`)
    return text.toString('utf8')
  })
}

function textsIn(bytes: Buffer): Buffer[] {
  const texts: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const start = at + textWidth
    const end = start > bytes.length ? Infinity : start + bytes.readUInt32LE(at)
    if (end > bytes.length)
      throw new FettleError('WRONG_SHAPE', `element ${texts.length} ends behind the last byte`)
    texts.push(bytes.subarray(start, end))
    at = end
  }
  return texts
}
