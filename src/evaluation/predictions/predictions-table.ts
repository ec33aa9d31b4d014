import { contentHash, sha256Hex } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { JudgedRows, ModelOutputs, Task } from '../rows.ts'
import { type CodedColumn, codeNumbers } from '../slices/coded-column.ts'

/** A column as a reader of files gives it; `type` as the engine names it. */
export type TableColumn =
  | { readonly kind: 'number'; readonly type: string; readonly values: Float64Array }
  | ({ readonly kind: 'text'; readonly type: string } & CodedColumn)

export interface PredictionsTable {
  readonly rows: number
  readonly columns: Readonly<Record<string, TableColumn>>
}

/** Which column of a table is what. */
export interface PredictionColumns {
  readonly task: Task
  /** Absent: no label is known, and only what needs none is measured. */
  readonly label?: string
  /** Probability, number or ranking score; for multiclass the class that was given. */
  readonly score?: string
  /** Multiclass: column of each class's probability. */
  readonly classScores?: Readonly<Record<string, string>>
  /** Multiclass: the classes, where they are known; else those the columns hold. */
  readonly classes?: readonly string[]
  readonly id?: string
  readonly weight?: string
  readonly time?: string
  readonly entity?: string
  readonly query?: string
  /** Columns kept to slice by, to search and to name rows. */
  readonly keep: readonly string[]
  /** Binary: acts iff the score is greater. */
  readonly threshold?: number
}

export interface Predictions {
  readonly rows: JudgedRows
  readonly outputs: ModelOutputs
  /** Of each row, where the table has an id column. */
  readonly ids: CodedColumn | null
}

/** Every column that is read. */
export function columnsRead(columns: PredictionColumns): string[] {
  const { label, score, classScores = {}, id, weight, time, entity, query, keep } = columns
  const named = [label, score, ...Object.values(classScores), id, weight, time, entity, query, ...keep]
  return [...new Set(named.filter(name => name !== undefined))]
}

/** A plain table of predictions as rows to judge, with what was predicted. Throws what readRows does. */
export function readPredictions(table: PredictionsTable, columns: PredictionColumns): Predictions {
  const { rows, ids } = readRows(table, columns)
  return { rows, outputs: outputsOf(table, columns, rows.classes), ids }
}

/**
 * The rows of a table without predictions. A missing label is a label that has not come yet. Throws COLUMN_MISSING,
 * DUPLICATE_IDS and NOT_BINARY naming rows, TYPE_MISMATCH for a column that cannot be what it is said to be.
 */
export function readRows(table: PredictionsTable, columns: PredictionColumns): Omit<Predictions, 'outputs'> {
  const { task } = columns
  const ids = columns.id === undefined ? null : textOf(table, columns.id)
  if (ids && columns.id !== undefined) checkIds(ids, columns.id)
  const classes = task === 'multiclass' ? classNames(table, columns) : undefined
  const labels = labelsOf(table, columns, classes)
  const optional = <Value>(
    name: string | undefined,
    read: (table: PredictionsTable, name: string) => Value,
  ) => (name === undefined ? undefined : read(table, name))
  const [weights, times] = [optional(columns.weight, numbersOf), optional(columns.time, timesOf)]
  const [entities, queries] = [optional(columns.entity, textOf), optional(columns.query, textOf)]
  const rows: JudgedRows = {
    ...{ task, rows: table.rows, hash: hashOf(table), labels },
    ...(weights ? { weights } : {}),
    ...(times ? { times } : {}),
    ...(entities ? { entities } : {}),
    ...(queries ? { queries } : {}),
    ...(classes ? { classes } : {}),
    columns: Object.fromEntries(columns.keep.map(name => [name, kept(columnOf(table, name))])),
  }
  return { rows, ids }
}

function columnOf(table: PredictionsTable, name: string): TableColumn {
  const column = table.columns[name]
  if (!column) throw new FettleError('COLUMN_MISSING', `The table has no column ${name}`)
  return column
}

function numbersOf(table: PredictionsTable, name: string): Float64Array {
  const column = columnOf(table, name)
  if (column.kind === 'number') return column.values
  throw new FettleError('TYPE_MISMATCH', `Column ${name} holds texts (${column.type}); numbers are needed`)
}

/** Instants in microseconds; dates are read as their first instant, UTC. */
function timesOf(table: PredictionsTable, name: string): Float64Array {
  const column = columnOf(table, name)
  if (column.kind === 'number' && column.type.startsWith('TIMESTAMP')) return column.values
  if (column.kind === 'number' && column.type === 'DATE')
    return column.values.map(day => day * 86_400_000_000)
  throw new FettleError('TYPE_MISMATCH', `Column ${name} is ${column.type}; a time or date is needed`)
}

function textOf(table: PredictionsTable, name: string): CodedColumn {
  const column = columnOf(table, name)
  return column.kind === 'text' ? column : codeNumbers(column.values)
}

function kept(column: TableColumn): Float64Array | CodedColumn {
  if (column.kind === 'text') return { codes: column.codes, dictionary: column.dictionary }
  if (column.type !== 'BOOLEAN') return column.values
  const codes = Int32Array.from(column.values, value => (Number.isNaN(value) ? -1 : value))
  return { codes, dictionary: ['false', 'true'] }
}

const namedRows = 5

function checkIds({ codes, dictionary }: CodedColumn, column: string): void {
  const first = new Int32Array(dictionary.length).fill(-1)
  const repeated = new Set<string>()
  let missing = 0
  codes.forEach((code, row) => {
    if (code < 0) missing++
    else if ((first[code] as number) < 0) first[code] = row
    else repeated.add(dictionary[code] ?? '')
  })
  if (missing > 0)
    throw new FettleError('TYPE_MISMATCH', `${missing} rows have no ${column}, which names rows`)
  if (repeated.size === 0) return
  const some = [...repeated].slice(0, namedRows)
  throw new FettleError(
    'DUPLICATE_IDS',
    `${repeated.size} values of ${column} occur more than once: ${some.join(', ')}${repeated.size > namedRows ? ', …' : ''}`,
    { details: { ids: some, count: repeated.size } },
  )
}

/** Classes of labels, of classes given and of class scores, in the order of their text. */
function classNames(table: PredictionsTable, columns: PredictionColumns): string[] {
  if (columns.classes) return [...columns.classes]
  if (columns.classScores) return Object.keys(columns.classScores)
  const given = columns.score === undefined ? [] : textOf(table, columns.score).dictionary
  const labels = columns.label === undefined ? [] : textOf(table, columns.label).dictionary
  return [...new Set([...labels, ...given])].sort()
}

function labelsOf(
  table: PredictionsTable,
  { task, label }: PredictionColumns,
  classes: readonly string[] | undefined,
): Float64Array {
  if (label === undefined) return new Float64Array(table.rows).fill(Number.NaN)
  if (classes) {
    const found = classIndices(table, label, classes)
    return Float64Array.from(found, code => (code < 0 ? Number.NaN : code))
  }
  const column = columnOf(table, label)
  if (column.kind === 'number') return column.values
  if (task !== 'binary') return numbersOf(table, label)
  const other = column.dictionary.find(text => !(text in binaryWords))
  if (other !== undefined)
    throw new FettleError('NOT_BINARY', `The label ${label} holds "${other}", not 0 or 1`)
  const words: Readonly<Record<string, number>> = binaryWords
  return Float64Array.from(column.codes, code => words[column.dictionary[code] ?? ''] ?? Number.NaN)
}

const binaryWords = { '0': 0, '1': 1, false: 0, true: 1 }

/** Index of each row's class; −1 is missing. TYPE_MISMATCH for a value that is no class. */
function classIndices(table: PredictionsTable, name: string, classes: readonly string[]): Int32Array {
  const { codes, dictionary } = textOf(table, name)
  const indices = dictionary.map(text => classes.indexOf(text))
  const unknown = dictionary.find((_, code) => indices[code] === -1)
  if (unknown !== undefined)
    throw new FettleError(
      'TYPE_MISMATCH',
      `${name} holds "${unknown}", which is none of ${classes.join(', ')}`,
    )
  return codes.map(code => (code < 0 ? -1 : (indices[code] ?? -1)))
}

function outputsOf(
  table: PredictionsTable,
  columns: PredictionColumns,
  classes: readonly string[] | undefined,
): ModelOutputs {
  if (classes) return classOutputs(table, columns, classes)
  const scores = numbersOf(table, columns.score ?? '')
  const { threshold } = columns
  return {
    scores,
    ...(threshold === undefined || columns.task !== 'binary'
      ? {}
      : { actions: Uint8Array.from(scores, score => (score > threshold ? 1 : 0)) }),
  }
}

function classOutputs(
  table: PredictionsTable,
  { score, classScores }: PredictionColumns,
  classes: readonly string[],
): ModelOutputs {
  const chosen = score === undefined ? undefined : classIndices(table, score, classes)
  const missing = chosen?.findIndex(code => code < 0) ?? -1
  if (missing >= 0) throw new FettleError('NOT_A_NUMBER', `Row ${missing} has no ${score}`)
  if (!classScores) return { scores: new Float64Array(table.rows).fill(1), ...(chosen ? { chosen } : {}) }
  const byClass = classes.map(name => numbersOf(table, classScores[name] ?? ''))
  const flat = new Float64Array(table.rows * classes.length)
  for (let row = 0; row < table.rows; row++)
    byClass.forEach((values, index) => {
      flat[row * classes.length + index] = values[row] as number
    })
  const best = Float64Array.from({ length: table.rows }, (_, row) =>
    Math.max(...byClass.map(values => values[row] as number)),
  )
  return { scores: best, classScores: flat, ...(chosen ? { chosen } : {}) }
}

/** Of names, types and values of all columns read. */
function hashOf({ rows, columns }: PredictionsTable): string {
  const bytes = (array: Float64Array | Int32Array) =>
    sha256Hex(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
  const parts = Object.entries(columns).map(([name, column]) =>
    column.kind === 'number'
      ? [name, column.type, bytes(column.values)]
      : [name, column.type, bytes(column.codes), contentHash(column.dictionary)],
  )
  return contentHash([rows, ...parts])
}
