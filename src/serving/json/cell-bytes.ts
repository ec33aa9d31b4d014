import { type CellTable, cellCodes, cellValue, type FeatureCells, hasValue } from '../../features/index.ts'
import type { Value, ValueType } from '../../kernel/values/index.ts'
import { type Output, reserveBytes } from '../written-bytes.ts'
import { addText, numberRoom, writeDouble, writeInteger, writeText } from './text-bytes.ts'

/** Writes the cell at `index` of a table, which has a value; there is room for {@link numberRoom} bytes. */
export type CellWriter = (bytes: Buffer, at: number, cell: { table: CellTable; index: number }) => number

/** How a dialect of JSON writes values. */
export interface CellDialect {
  /** Numbers and times have a writer; undefined for types that are written as `token` says. */
  writer(type: ValueType): CellWriter | undefined
  token(type: ValueType, value: Value): string
}

const comma = 0x2c

/** The cells of a column, separated by commas; null where there is no value. */
export function addCells(out: Output, cells: FeatureCells, dialect: CellDialect): void {
  const write = dialect.writer(cells.type)
  if (write === undefined) addTokens(out, cells, dialect)
  else addWritten(out, cells, write)
}

function addWritten(out: Output, cells: FeatureCells, write: CellWriter): void {
  const { table, column } = cells
  reserveBytes(out, table.rows * numberRoom)
  const { bytes } = out
  const cell = { table, index: column * table.rows }
  let at = out.length
  for (let row = 0; row < table.rows; row++, cell.index++) {
    if (row > 0) bytes[at++] = comma
    at = hasValue(table.codes[cell.index]) ? write(bytes, at, cell) : writeText(bytes, at, 'null')
  }
  out.length = at
}

function addTokens(out: Output, cells: FeatureCells, dialect: CellDialect): void {
  for (let row = 0; row < cells.table.rows; row++) {
    const value = cellValue(cells, row)
    if (row > 0) addText(out, ',')
    addText(out, value === null ? 'null' : dialect.token(cells.type, value))
  }
}

/** The 64-bit integer of a cell as a number, exact if that is a safe integer. */
export function longNumber({ halves }: CellTable, index: number): number {
  return (halves[index * 2 + 1] ?? 0) * 4_294_967_296 + ((halves[index * 2] ?? 0) >>> 0)
}

/** The code all cells of a column have in common; undefined if they differ. */
export function commonCode({ table, column }: FeatureCells): number | undefined {
  const first = column * table.rows
  const code = table.codes[first]
  for (let index = first + 1; index < first + table.rows; index++)
    if (table.codes[index] !== code) return undefined
  return code ?? cellCodes.error
}

/** Floats by `writeDouble`; what is not finite as `token` says. */
export function doubleWriter(token: (value: number) => string): CellWriter {
  return (bytes, at, { table, index }) => {
    const value = table.doubles[index] ?? 0
    return value - value === 0 ? writeDouble(bytes, at, value) : writeText(bytes, at, token(value))
  }
}

/** Integers beyond 2^53 as `token` says. */
export function longWriter(token: (value: bigint) => string): CellWriter {
  return (bytes, at, { table, index }) => {
    const value = longNumber(table, index)
    return Number.isSafeInteger(value)
      ? writeInteger(bytes, at, value)
      : writeText(bytes, at, token(table.longs[index] ?? 0n))
  }
}
