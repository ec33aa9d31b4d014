import { FettleError } from '../kernel/errors/index.ts'
import { type FeatureColumn, splitColumn, type TrainingData } from './model.ts'
import type { ColumnReader, ColumnTable, NumberColumn, TextColumn } from './ports.ts'

/** Rows of one split that have a label: inputs by column, NaN where missing. */
export interface LabelledRows {
  readonly columns: readonly Float64Array[]
  readonly labels: Uint8Array
  readonly unlabelled: number
  /** Further columns that were asked for, for the same rows. */
  readonly others: Readonly<Record<string, NumberColumn | TextColumn>>
}

export interface LabelledRequest {
  readonly data: TrainingData
  readonly features: readonly FeatureColumn[]
  readonly label: string
  readonly split: string
  readonly others?: readonly string[]
}

/** Reads a split in file order. NO_ROWS_LEFT without labelled rows, NOT_BINARY for a label other than 0 and 1. */
export async function readLabelledRows(
  reader: ColumnReader,
  request: LabelledRequest,
): Promise<LabelledRows> {
  const names = request.features.map(feature => feature.name)
  const others = (request.others ?? []).filter(name => !names.includes(name) && name !== request.label)
  const table = await reader.readColumns({
    files: request.data.files,
    columns: [...names, request.label, ...others],
    where: { column: splitColumn, equals: request.split },
  })
  const label = numbersOf(table, request.label)
  const kept = labelledIndex(label)
  if (kept.length === 0)
    throw new FettleError(
      'NO_ROWS_LEFT',
      `Split ${request.split} has no labelled rows (${table.rows} without)`,
    )
  const all = kept.length === table.rows
  const take = (values: Float64Array): Float64Array =>
    all ? values : Float64Array.from(kept, row => values[row] ?? Number.NaN)
  return {
    columns: names.map(name => take(numbersOf(table, name))),
    labels: Uint8Array.from(kept, row => label[row] ?? 0),
    unlabelled: table.rows - kept.length,
    others: Object.fromEntries(
      (request.others ?? []).map(name => [name, pick(table, name, all ? undefined : kept)]),
    ),
  }
}

function labelledIndex(label: Float64Array): Int32Array {
  const kept = new Int32Array(label.length)
  let count = 0
  label.forEach((value, row) => {
    if (Number.isNaN(value)) return
    if (value !== 0 && value !== 1)
      throw new FettleError('NOT_BINARY', `The label of row ${row} is ${value}, not false/true or 0/1`)
    kept[count++] = row
  })
  return kept.subarray(0, count)
}

function numbersOf(table: ColumnTable, name: string): Float64Array {
  const column = table.columns[name]
  if (column?.kind === 'number') return column.values
  throw new FettleError('SIGNATURE_MISMATCH', `Column ${name} holds texts; models take numbers and booleans`)
}

function pick(table: ColumnTable, name: string, kept: Int32Array | undefined): NumberColumn | TextColumn {
  const column = table.columns[name]
  if (!column) throw new FettleError('COLUMN_MISSING', `The training set has no column ${name}`)
  if (!kept) return column
  if (column.kind === 'number')
    return { ...column, values: Float64Array.from(kept, row => column.values[row] ?? Number.NaN) }
  return { ...column, codes: Int32Array.from(kept, row => column.codes[row] ?? -1) }
}

/** Rows [from, to) as row-major vectors. */
export function vectorsOf(columns: readonly Float64Array[], from: number, to: number): Float64Array {
  const width = columns.length
  const vectors = new Float64Array((to - from) * width)
  columns.forEach((column, index) => {
    for (let row = from, place = index; row < to; row++, place += width)
      vectors[place] = column[row] as number
  })
  return vectors
}
