import { cellKind, cellValue, type FeatureCells, hasValue } from '../../features/index.ts'
import type { Output } from '../written-bytes.ts'
import type { BatchWriter } from './stream.ts'

/** Buffers a column of the type has: presence, values, and offsets where lengths differ. */
export function bufferCount(type: string): number {
  return type === 'string' || type === 'bytes' ? 3 : 2
}

/** Writes one column as Arrow keeps it (little-endian); no presence bits where no value is missing. */
export function addFlatColumn(out: Output, batch: BatchWriter, cells: FeatureCells): void {
  const { table, column, type } = cells
  const [first, { rows }] = [column * table.rows, table]
  let nulls = 0
  for (let index = first; index < first + rows; index++) if (!hasValue(table.codes[index])) nulls += 1
  batch.column(nulls)
  batch.buffer(nulls === 0 ? 0 : (rows + 7) >> 3, at => {
    if (nulls > 0) setBits(out.bytes, at, { rows, holds: row => hasValue(table.codes[first + row]) })
  })
  if (cellKind(type) === 'wide') {
    const memory = new Uint8Array(table.doubles.buffer, first * 8, rows * 8)
    batch.buffer(rows * 8, at => out.bytes.set(memory, at))
  } else if (type === 'bool') {
    batch.buffer((rows + 7) >> 3, at =>
      setBits(out.bytes, at, { rows, holds: row => table.doubles[first + row] === 1 }),
    )
  } else if (type === 'float32' || type === 'date') {
    const numbers = table.doubles.subarray(first, first + rows)
    const memory = type === 'date' ? Int32Array.from(numbers) : Float32Array.from(numbers)
    batch.buffer(rows * 4, at => out.bytes.set(new Uint8Array(memory.buffer), at))
  } else if (type === 'string' || type === 'bytes') addVariable(out, batch, cells)
  else addDecimals(out, batch, cells)
}

function setBits(
  bytes: Buffer,
  at: number,
  { rows, holds }: { readonly rows: number; readonly holds: (row: number) => boolean },
): void {
  for (let row = 0; row < rows; row++)
    if (holds(row)) bytes[at + (row >> 3)] = (bytes[at + (row >> 3)] ?? 0) | (1 << (row & 7))
}

function addVariable(out: Output, batch: BatchWriter, cells: FeatureCells): void {
  const { rows } = cells.table
  const parts = Array.from({ length: rows }, (_, row): Uint8Array => {
    const value = cellValue(cells, row)
    return typeof value === 'string'
      ? Buffer.from(value, 'utf8')
      : ((value ?? new Uint8Array()) as Uint8Array)
  })
  let end = 0
  batch.buffer((rows + 1) * 4, at => {
    for (const [row, part] of parts.entries()) {
      end += part.length
      out.bytes.writeInt32LE(end, at + (row + 1) * 4)
    }
  })
  batch.buffer(end, at => {
    let place = at
    for (const part of parts) {
      out.bytes.set(part, place)
      place += part.length
    }
  })
}

function addDecimals(out: Output, batch: BatchWriter, cells: FeatureCells): void {
  const { rows } = cells.table
  batch.buffer(rows * 16, at => {
    for (let row = 0; row < rows; row++) {
      const value = (cellValue(cells, row) ?? 0n) as bigint
      out.bytes.writeBigUInt64LE(BigInt.asUintN(64, value), at + row * 16)
      out.bytes.writeBigInt64LE(value >> 64n, at + row * 16 + 8)
    }
  })
}
