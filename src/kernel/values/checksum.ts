import { createHash } from 'node:crypto'
import { type CellBuffer, type CellWriter, cellBuffer, cellWriter, reserve } from './cells.ts'
import type { Field, Value } from './model.ts'

/**
 * A run of one column. `fixed` holds the little-endian payloads side by side, as engines hand them out (every NaN already
 * the quiet one); `valid[i]` is 0 for null, an absent `valid` means no nulls.
 */
export type ColumnRun =
  | { readonly kind: 'values'; readonly values: readonly Value[] }
  | {
      readonly kind: 'fixed'
      readonly width: 1 | 4 | 8
      readonly bytes: Uint8Array
      readonly valid: Uint8Array | null
    }

export interface ContentChecksum {
  /** Appends rows given column by column; all columns have `rows` values. */
  addColumns(columns: readonly ColumnRun[], rows: number): void
  /** Appends rows given row by row. */
  addRows(rows: readonly (readonly Value[])[]): void
  /** `sha256:<hex>`; nothing may be added afterwards. */
  digest(): string
}

/**
 * The content checksum of a table (features.md §1.5), fed piece by piece: it depends on names, types, order and values,
 * never on how the rows were cut into pieces, on the engine or on the file layout.
 */
export function contentChecksum(fields: readonly Field[], chunkRows = 65_536): ContentChecksum {
  const outer = createHash('sha256').update(
    `${JSON.stringify(fields.map(({ name, type }) => [name, type]))}\n`,
  )
  const writers = fields.map(field => cachedWriter(field.type))
  const buffer = cellBuffer(1 << 16)
  let inner = createHash('sha256')
  let rowsInChunk = 0
  const flush = (): void => {
    inner.update(buffer.bytes.subarray(0, buffer.length))
    buffer.length = 0
  }
  const endRow = (): void => {
    rowsInChunk += 1
    if (rowsInChunk === chunkRows) closeChunk()
    else if (buffer.length >= 1 << 16) flush()
  }
  const closeChunk = (): void => {
    flush()
    outer.update(inner.digest())
    inner = createHash('sha256')
    rowsInChunk = 0
  }
  return {
    addColumns(columns, rows) {
      const cells = columns.map((column, index) => runWriter(column, writers[index] ?? missing))
      for (let row = 0; row < rows; row++) {
        for (const write of cells) write(buffer, row)
        endRow()
      }
    },
    addRows(rows) {
      for (const row of rows) {
        for (let index = 0; index < writers.length; index++)
          (writers[index] ?? missing)(buffer, row[index] ?? null)
        endRow()
      }
    },
    digest() {
      if (rowsInChunk > 0) closeChunk()
      return `sha256:${outer.digest('hex')}`
    },
  }
}

const missing: CellWriter = () => {
  throw new RangeError('a column without a field')
}

type RowWriter = (buffer: CellBuffer, row: number) => void

function runWriter(column: ColumnRun, write: CellWriter): RowWriter {
  if (column.kind === 'values') return (buffer, row) => write(buffer, column.values[row] ?? null)
  return fixedWriter(column.width, column.bytes, column.valid)
}

function fixedWriter(width: 1 | 4 | 8, bytes: Uint8Array, valid: Uint8Array | null): RowWriter {
  return (buffer, row) => {
    reserve(buffer, 9)
    const target = buffer.bytes
    let at = buffer.length
    if (valid !== null && valid[row] === 0) {
      target[at] = 0
      buffer.length = at + 1
      return
    }
    target[at++] = 1
    const from = row * width
    for (let index = 0; index < width; index++) target[at + index] = bytes[from + index] ?? 0
    buffer.length = at + width
  }
}

/** Text columns repeat few values: their bytes are kept instead of encoded again. */
function cachedWriter(type: string): CellWriter {
  const write = cellWriter(type)
  if (type !== 'string') return write
  const known = new Map<string, Buffer>()
  return (buffer, value) => {
    const cell = typeof value === 'string' ? known.get(value) : undefined
    if (cell) {
      reserve(buffer, cell.length)
      buffer.bytes.set(cell, buffer.length)
      buffer.length += cell.length
      return
    }
    const start = buffer.length
    write(buffer, value)
    if (typeof value === 'string' && value.length < 64 && known.size < 4096) {
      known.set(value, Buffer.from(buffer.bytes.subarray(start, buffer.length)))
    }
  }
}
