import { type CodedColumn, codeNumbers, type JudgedRows, sliceColumns } from '../../evaluation/index.ts'
import { contentHash } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { ColumnReader, ColumnTable, NumberColumn, TextColumn } from '../../training/index.ts'
import type { JudgedModel, JudgedSet, JudgedTerms, JudgeRequest } from '../gate/judge-params.ts'
import { joinTables } from './join-tables.ts'

/** The held-out rows of a training set: as rows to judge, and as inputs of the models by column. */
export interface HeldOutRows {
  readonly rows: JudgedRows
  readonly inputs: Readonly<Record<string, Float64Array>>
  /** Columns that name a row to a reader. */
  readonly names: readonly string[]
  /** How many rows, from the first, are of the split that thresholds may be chosen on. */
  readonly choosable: number
}

/** What rows are read for; without models their inputs are left out. */
export type RowsRequest = Pick<JudgeRequest, 'terms' | 'task'> &
  Partial<Pick<JudgeRequest, 'candidate' | 'champion'>>

/** Where they are read. */
export type RowsSet = Omit<JudgedSet, 'from' | 'trainedOn' | 'features' | 'rows' | 'files'>

const splitColumn = '__split'
const month = 'month'

/**
 * Reads the split that is judged on, with rows that have no label: they count in rates of actions. NO_ROWS_LEFT when
 * there are none, NOT_BINARY for a label other than 0 and 1, COLUMN_MISSING where a slice names a column the set has not.
 */
export async function readHeldOutRows(
  reader: ColumnReader,
  { request, set, files }: { request: RowsRequest; set: RowsSet; files: readonly string[] },
): Promise<HeldOutRows> {
  const inputs = inputsOf(set, request)
  const names = set.columns.flatMap(({ name, role }) => (role === 'spine' ? [name] : []))
  const others = [...columnsOf(request.terms), ...names, set.time]
  const missing = others.find(name => !set.columns.some(column => column.name === name))
  if (missing !== undefined)
    throw new FettleError('COLUMN_MISSING', `Training set "${set.name}" has no column ${missing}`, {
      hint: 'Add it to `columns` of the training set: slices, segments and groups are cut by what the set keeps.',
    })
  const columns = [...new Set([...inputs, ...others, set.label])]
  const tables = await Promise.all(
    [set.split, ...(set.later ?? [])].map(split =>
      reader.readColumns({ files, columns, where: { column: splitColumn, equals: split } }),
    ),
  )
  const table = joinTables(tables)
  if (table.rows === 0)
    throw new FettleError('NO_ROWS_LEFT', `Split ${set.split} of "${set.name}" has no rows to judge on`)
  const choosable = tables[0]?.rows ?? 0
  return { rows: rowsOf(table, request, set), inputs: numbersOf(table, inputs), names, choosable }
}

/** Inputs of both models; a champion that was trained on columns this set has not cannot be compared. */
function inputsOf(set: RowsSet, { candidate, champion }: RowsRequest): readonly string[] {
  const wanted = [
    ...(candidate ? [candidate] : []),
    ...(champion && scorableOn(set, champion) ? [champion] : []),
  ]
  return [...new Set(wanted.flatMap(model => model.signature.inputs.map(input => input.name)))]
}

/** True where the set has every input of the model. */
export function scorableOn(set: Pick<JudgedSet, 'columns'>, model: JudgedModel): boolean {
  const known = new Set(set.columns.map(column => column.name))
  return model.signature.inputs.every(input => known.has(input.name))
}

/** Columns that slices, segments, groups, the entity and clusters are read from. */
function columnsOf(terms: JudgedTerms): readonly string[] {
  const { slices = [], contracts = [], entity, fairness, action } = terms
  return [
    ...slices.flatMap(slice => sliceColumns(slice.of)),
    ...contracts.flatMap(({ claim, cluster }) => [
      ...(claim.form === 'fair' ? [claim.column] : []),
      ...(cluster === undefined ? [] : [cluster]),
    ]),
    ...(entity === undefined ? [] : [entity]),
    ...(fairness === undefined ? [] : fairness.columns),
    ...(action?.rule?.per === undefined ? [] : [action.rule.per, ...(action.rule.within ?? [])]),
  ].filter(name => name !== month)
}

function rowsOf(table: ColumnTable, { terms, task }: RowsRequest, set: RowsSet): JudgedRows {
  const columns = Object.fromEntries(
    Object.entries(table.columns).map(([name, column]) => [name, columnOf(column)]),
  )
  const times = columns[set.time]
  const entities = terms.entity === undefined ? undefined : columns[terms.entity]
  return {
    task,
    rows: table.rows,
    hash: contentHash({ set: set.id, checksum: set.checksum, splits: [set.split, ...(set.later ?? [])] }),
    labels: labelsOf(table, set.label),
    ...(times instanceof Float64Array ? { times } : {}),
    ...(entities === undefined
      ? {}
      : { entities: entities instanceof Float64Array ? codeNumbers(entities) : entities }),
    columns,
  }
}

function columnOf(column: NumberColumn | TextColumn): Float64Array | CodedColumn {
  return column.kind === 'number' ? column.values : { codes: column.codes, dictionary: column.dictionary }
}

function labelsOf(table: ColumnTable, name: string): Float64Array {
  const column = table.columns[name]
  const wrong =
    column?.kind === 'number'
      ? column.values.findIndex(value => !Number.isNaN(value) && value !== 0 && value !== 1)
      : 0
  if (column?.kind !== 'number' || wrong >= 0)
    throw new FettleError('NOT_BINARY', `The label ${name} of row ${wrong} is not false/true or 0/1`)
  return column.values
}

function numbersOf(table: ColumnTable, names: readonly string[]): Readonly<Record<string, Float64Array>> {
  return Object.fromEntries(
    names.map(name => {
      const column = table.columns[name]
      if (column?.kind !== 'number')
        throw new FettleError(
          'SIGNATURE_MISMATCH',
          `Column ${name} holds texts; models take numbers and booleans`,
        )
      return [name, column.values]
    }),
  )
}
