import type { Field as ArrowJsField, Data } from 'apache-arrow'
import { cellValues, codeStatuses, type FeatureAnswer, type FeatureCells } from '../../features/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { FeatureStatus } from '../../kernel/values/index.ts'
import { addFlatColumn, bufferCount } from '../arrow/flat-columns.ts'
import {
  type ArrowField,
  addBatch,
  addEnd,
  addSchema,
  isFlat,
  type SchemaStart,
  schemaStart,
} from '../arrow/stream.ts'
import { writtenBytes } from '../written-bytes.ts'

export const arrowMedia = 'application/vnd.apache.arrow.stream'

const statusNumbers: Readonly<Record<FeatureStatus, number>> = {
  PRESENT: 0,
  NULL_VALUE: 1,
  NOT_FOUND: 2,
  OUTSIDE_MAX_AGE: 3,
  ERROR: 4,
}
const codeNumbers = Uint8Array.from(codeStatuses, status => statusNumbers[status])

/** A column of the stream: cells, or how those came about. */
interface Column extends ArrowField {
  readonly cells: FeatureCells
}

/**
 * One Arrow IPC stream (features.md §16.2): per feature its column and `<name>__status`, per as-of view
 * `<view>__event_time` and `<view>__known_time`; `as_of`, `versions`, `watermarks` and `errors` in the schema's metadata.
 */
export function encodeArrowAnswer(answer: FeatureAnswer, times: boolean): Uint8Array | Promise<Uint8Array> {
  const columns = columnsOf(answer, times)
  if (!columns.every(({ cells }) => isFlat(cells.type))) return encodeNested(answer, columns)
  const start = startOf(answer.shape, columns, times)
  return writtenBytes(out => {
    addSchema(out, start, metadataOf(answer))
    const buffers = columns.reduce((sum, { type }) => sum + bufferCount(type), 0)
    addBatch(out, { rows: answer.rows, columns: columns.length, buffers }, batch => {
      for (const { type, cells } of columns) {
        if (type !== 'uint8') addFlatColumn(out, batch, cells)
        else {
          batch.column(0)
          batch.buffer(0, () => undefined)
          batch.buffer(answer.rows, at => writeStatuses(out.bytes, at, cells))
        }
      }
    })
    addEnd(out)
  })
}

const starts = new WeakMap<object, { times: boolean; start: SchemaStart }>()

function startOf(shape: object, columns: readonly Column[], times: boolean): SchemaStart {
  const known = starts.get(shape)
  if (known?.times === times) return known.start
  const start = schemaStart(columns)
  starts.set(shape, { times, start })
  return start
}

function columnsOf({ columns, views }: FeatureAnswer, times: boolean): readonly Column[] {
  return [
    ...columns.flatMap(({ name, type, cells }): Column[] => [
      { name, type, nullable: true, cells },
      { name: `${name}__status`, type: 'uint8', nullable: false, cells },
    ]),
    ...views.flatMap(({ name, times: found }): Column[] =>
      times && found
        ? [
            { name: `${name}__event_time`, type: 'timestamp', nullable: true, cells: found.event },
            { name: `${name}__known_time`, type: 'timestamp', nullable: true, cells: found.known },
          ]
        : [],
    ),
  ]
}

function writeStatuses(bytes: Uint8Array, at: number, { table, column }: FeatureCells): void {
  const first = column * table.rows
  for (let row = 0; row < table.rows; row++)
    bytes[at + row] = codeNumbers[table.codes[first + row] ?? 0] ?? statusNumbers.ERROR
}

/** The same with lists and maps among the columns, by Arrow's own library. */
async function encodeNested(answer: FeatureAnswer, columns: readonly Column[]): Promise<Uint8Array> {
  // Loaded when somebody first asks for it: it takes longer to load than a front takes to start.
  const { Field, makeData, RecordBatch, RecordBatchStreamWriter, Schema, Struct, Uint8 } = await import(
    'apache-arrow'
  )
  const { arrowColumn } = await import('./arrow-columns.ts')
  const length = answer.rows
  const children = columns.map(({ type, cells }): Data => {
    if (type !== 'uint8') return arrowColumn(type, cellValues(cells))
    const data = new Uint8Array(length)
    writeStatuses(data, 0, cells)
    return makeData({ type: new Uint8(), length, nullCount: 0, data })
  })
  const fields = columns.map(
    ({ name, nullable }, index): ArrowJsField => new Field(name, (children[index] as Data).type, nullable),
  )
  const data = makeData({ type: new Struct(fields), length, nullCount: 0, children })
  const writer = new RecordBatchStreamWriter()
  writer.write(new RecordBatch(new Schema(fields, metadataOf(answer)), data))
  writer.finish()
  return writer.toUint8Array(true)
}

function metadataOf({ asOf, views, errors }: FeatureAnswer): Map<string, string> {
  const watermarks = views.flatMap(({ name, kind, watermark }) =>
    kind === 'window' ? [[name, watermark === null ? null : formatTimestamp(watermark)]] : [],
  )
  return new Map([
    ['as_of', formatTimestamp(asOf)],
    ['versions', JSON.stringify(Object.fromEntries(views.map(({ name, version }) => [name, version])))],
    ['watermarks', JSON.stringify(Object.fromEntries(watermarks))],
    ['errors', JSON.stringify(errors)],
  ])
}
