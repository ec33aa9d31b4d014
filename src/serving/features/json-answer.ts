import {
  type CellTable,
  codeStatuses,
  type FeatureAnswer,
  type FeatureCells,
  type FeatureColumn,
  hasValue,
  type ViewAnswer,
} from '../../features/index.ts'
import { formatTimestamp, type Micros } from '../../kernel/time.ts'
import { encodeNative, statusLetters, type Value } from '../../kernel/values/index.ts'
import {
  addCells,
  type CellDialect,
  type CellWriter,
  commonCode,
  doubleWriter,
  longNumber,
  longWriter,
} from '../json/cell-bytes.ts'
import { addText, writeInteger, writeText } from '../json/text-bytes.ts'
import { timeRoom, timeWriter } from '../json/time-bytes.ts'
import { type Output, reserveBytes, writtenBytes } from '../written-bytes.ts'

/** Compact columnar JSON (features.md §16.1). */
export function encodeAnswer(answer: FeatureAnswer, times: boolean): Uint8Array {
  const { asOf, rows, columns, views, errors } = answer
  return writtenBytes(out => {
    const dialect = nativeDialect()
    addText(out, `{"as_of":"${formatTimestamp(asOf)}","rows":${rows},"columns":[`)
    for (const [index, column] of columns.entries()) {
      if (index > 0) addText(out, ',')
      addColumn(out, column, dialect)
    }
    addText(out, '],"views":[')
    for (const [index, view] of views.entries()) {
      if (index > 0) addText(out, ',')
      addView(out, view, { asOf, times, dialect })
    }
    addText(out, `],"errors":${JSON.stringify(errors)}}`)
  })
}

function nativeDialect(): CellDialect {
  const float = doubleWriter(value => encodeNative('float64', value))
  const integer = longWriter(value => encodeNative('int64', value))
  const time = timestampWriter()
  return {
    writer: type => {
      if (type === 'float64' || type === 'float32') return float
      if (type === 'int64') return integer
      return type === 'timestamp' ? time : undefined
    },
    token: encodeNative,
  }
}

function timestampWriter(): CellWriter {
  const write = timeWriter(false)
  return (bytes, at, { table, index }) => {
    const micros = longNumber(table, index)
    if (!Number.isSafeInteger(micros))
      return writeText(bytes, at, encodeNative('timestamp', table.longs[index] ?? 0n))
    bytes[at] = 0x22
    const end = write(bytes, at + 1, micros)
    bytes[end] = 0x22
    return end + 1
  }
}

function addColumn(out: Output, { name, type, cells }: FeatureColumn, dialect: CellDialect): void {
  addText(out, `{"name":${JSON.stringify(name)},"type":"${type}","values":[`)
  addCells(out, cells, dialect)
  addText(out, '],"status":"')
  addStatuses(out, cells)
  addText(out, '"}')
}

const letters = codeStatuses.map(status => statusLetters[status])

/** One letter a row, or a single one if all are equal. */
function addStatuses(out: Output, cells: FeatureCells): void {
  const { table, column } = cells
  if (table.rows === 0) return
  const common = commonCode(cells)
  if (common !== undefined) {
    addText(out, letters[common] ?? 'E')
    return
  }
  let text = ''
  for (let index = column * table.rows; index < (column + 1) * table.rows; index++)
    text += letters[table.codes[index] ?? 0]
  addText(out, /^(.)\1*$/.test(text) ? text.slice(0, 1) : text)
}

interface ViewContext {
  readonly asOf: Micros
  readonly times: boolean
  readonly dialect: CellDialect
}

function addView(out: Output, view: ViewAnswer, { asOf, times, dialect }: ViewContext): void {
  addText(out, `{"name":${JSON.stringify(view.name)},"version":${view.version}`)
  if (view.times === null) {
    const watermark: Value = view.watermark
    addText(out, `,"watermark":${encodeNative('timestamp', watermark)}}`)
    return
  }
  if (!times) {
    addText(out, '}')
    return
  }
  addText(out, ',"event_time":[')
  addCells(out, view.times.event, dialect)
  addText(out, '],"known_time":[')
  addCells(out, view.times.known, dialect)
  addText(out, '],"age_us":[')
  addAges(out, view.times.event, asOf)
  addText(out, ']}')
}

function addAges(out: Output, { table, column }: FeatureCells, asOf: Micros): void {
  reserveBytes(out, table.rows * timeRoom)
  const { bytes } = out
  let at = out.length
  for (let row = 0; row < table.rows; row++) {
    const index = column * table.rows + row
    if (row > 0) bytes[at++] = 0x2c
    at = hasValue(table.codes[index])
      ? writeAge(bytes, at, { table, index, asOf })
      : writeText(bytes, at, 'null')
  }
  out.length = at
}

function writeAge(
  bytes: Buffer,
  at: number,
  { table, index, asOf }: { readonly table: CellTable; readonly index: number; readonly asOf: Micros },
): number {
  const age = Number(asOf) - longNumber(table, index)
  if (Number.isSafeInteger(age) && Number.isSafeInteger(longNumber(table, index)))
    return writeInteger(bytes, at, Math.max(age, 0))
  const exact = asOf - (table.longs[index] ?? 0n)
  return writeText(bytes, at, encodeNative('int64', exact < 0n ? 0n : exact))
}
