/**
 * Field 3 (`num_rows`) of the FileMetaData at the end of a Parquet file, in Thrift's compact protocol; null for bytes that
 * are none. Everything before it is skipped, and nothing after it is looked at.
 */
export function parquetRows(footer: Uint8Array): number | null {
  try {
    const reader = { bytes: footer, at: 0 }
    let id = 0
    for (;;) {
      const header = byte(reader)
      const type = header & 15
      if (type === kinds.stop) return null
      id = header >> 4 === 0 ? Number(zigzag(varint(reader))) : id + (header >> 4)
      if (id === 3 && type === kinds.i64) return Number(zigzag(varint(reader)))
      skip(reader, type)
    }
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

interface Reader {
  readonly bytes: Uint8Array
  at: number
}

/** Types of the compact protocol. */
const kinds = {
  stop: 0,
  true: 1,
  false: 2,
  i8: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
} as const

function skip(reader: Reader, type: number): void {
  switch (type) {
    case kinds.true:
    case kinds.false:
      return
    case kinds.i8:
      advance(reader, 1)
      return
    case kinds.i16:
    case kinds.i32:
    case kinds.i64:
      varint(reader)
      return
    case kinds.double:
      advance(reader, 8)
      return
    case kinds.binary:
      advance(reader, Number(varint(reader)))
      return
    case kinds.list:
    case kinds.set:
      skipList(reader)
      return
    case kinds.struct:
      skipStruct(reader)
      return
    default:
      throw new RangeError(`no field of type ${type} is expected here`)
  }
}

function skipList(reader: Reader): void {
  const header = byte(reader)
  const type = header & 15
  const size = header >> 4 === 15 ? Number(varint(reader)) : header >> 4
  // In a list a boolean is a byte of its own.
  for (let index = 0; index < size; index++) {
    if (type === kinds.true || type === kinds.false) advance(reader, 1)
    else skip(reader, type)
  }
}

function skipStruct(reader: Reader): void {
  for (;;) {
    const header = byte(reader)
    if ((header & 15) === kinds.stop) return
    if (header >> 4 === 0) varint(reader)
    skip(reader, header & 15)
  }
}

function byte(reader: Reader): number {
  const value = reader.bytes[reader.at++]
  if (value === undefined) throw new RangeError('the bytes end here')
  return value
}

function advance(reader: Reader, count: number): void {
  reader.at += count
  if (reader.at > reader.bytes.length) throw new RangeError('the bytes end here')
}

function varint(reader: Reader): bigint {
  let value = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const next = byte(reader)
    value |= BigInt(next & 127) << shift
    if (next < 128) return value
  }
  throw new RangeError('no varint')
}

function zigzag(value: bigint): bigint {
  return (value >> 1n) ^ -(value & 1n)
}
