import { FettleError } from '../../kernel/errors/index.ts'
import { type FeatureStatus, parseType, type Value, type ValueType } from '../../kernel/values/index.ts'

/** How a cell came about; `old` is outside its max age and answered with its old value all the same. */
export const cellCodes = { error: 0, present: 1, nullValue: 2, notFound: 3, outside: 4, old: 5 } as const

/** Status by code. */
export const codeStatuses: readonly FeatureStatus[] = [
  'ERROR',
  'PRESENT',
  'NULL_VALUE',
  'NOT_FOUND',
  'OUTSIDE_MAX_AGE',
  'OUTSIDE_MAX_AGE',
]

/**
 * Where values of a type stand: `wide` as their 64 bits (float64, int64, timestamp), `number` as a double (float32, date,
 * bool as 0 and 1), `other` as values.
 */
export type CellKind = 'wide' | 'number' | 'other'

/**
 * Cells of some columns and rows, column after column: that of column c and row r is at `c * rows + r` of `codes`,
 * `doubles` and `longs`, its low and high half at twice that and one more of `halves`. New cells are errors.
 */
export interface CellTable {
  readonly rows: number
  readonly codes: Uint8Array
  /** Three views of the same memory. Bits of a float64 are never touched. */
  readonly doubles: Float64Array
  readonly longs: BigInt64Array
  readonly halves: Int32Array
  /** By column, those of kind `other` only. */
  readonly others: readonly (Value[] | undefined)[]
}

/** One column of a table. */
export interface FeatureCells {
  readonly type: ValueType
  readonly table: CellTable
  readonly column: number
}

export function cellKind(type: string): CellKind {
  if (type === 'float64' || type === 'int64' || type === 'timestamp') return 'wide'
  return type === 'float32' || type === 'date' || type === 'bool' ? 'number' : 'other'
}

/** Makes empty tables of these columns. */
export function tableMaker(types: readonly ValueType[]): (rows: number) => CellTable {
  for (const type of types) parseType(type)
  const kinds = types.map(cellKind)
  const flat = kinds.every(kind => kind !== 'other')
  return rows => {
    const memory = new ArrayBuffer(types.length * rows * 8)
    return {
      rows,
      codes: new Uint8Array(types.length * rows),
      doubles: new Float64Array(memory),
      longs: new BigInt64Array(memory),
      halves: new Int32Array(memory),
      others: flat ? [] : kinds.map(kind => (kind === 'other' ? new Array<Value>(rows) : undefined)),
    }
  }
}

/** Puts a value of the column's type into a cell; its code is not touched. */
export function putValue({ table, column, type }: FeatureCells, row: number, value: Value): void {
  const at = column * table.rows + row
  const others = table.others[column]
  if (others) others[row] = value
  else if (typeof value === 'bigint' && (type === 'int64' || type === 'timestamp')) table.longs[at] = value
  else if (typeof value === 'number' && type !== 'int64' && type !== 'timestamp') table.doubles[at] = value
  else if (typeof value === 'boolean' && type === 'bool') table.doubles[at] = value ? 1 : 0
  else throw new FettleError('INTERNAL', `a cell of type ${type} was given a ${typeof value}`)
}

export function hasValue(code: number | undefined): boolean {
  return code === cellCodes.present || code === cellCodes.old
}

/** The value of a cell; null where there is none. */
export function cellValue({ table, column, type }: FeatureCells, row: number): Value {
  const at = column * table.rows + row
  if (!hasValue(table.codes[at])) return null
  switch (type) {
    case 'float64':
    case 'float32':
    case 'date':
      return table.doubles[at] ?? null
    case 'int64':
    case 'timestamp':
      return table.longs[at] ?? null
    case 'bool':
      return table.doubles[at] === 1
    default:
      return table.others[column]?.[row] ?? null
  }
}

export function cellStatus({ table, column }: FeatureCells, row: number): FeatureStatus {
  return codeStatuses[table.codes[column * table.rows + row] ?? cellCodes.error] ?? 'ERROR'
}

/** All values of a column. */
export function cellValues(cells: FeatureCells): readonly Value[] {
  return Array.from({ length: cells.table.rows }, (_, row) => cellValue(cells, row))
}

/** A column of values that stand elsewhere. */
export function cellsOf(
  type: ValueType,
  values: readonly Value[],
  statuses: readonly FeatureStatus[],
): FeatureCells {
  const cells: FeatureCells = { type, table: tableMaker([type])(values.length), column: 0 }
  values.forEach((value, row) => {
    const status = statuses[row] ?? 'ERROR'
    const old = status === 'OUTSIDE_MAX_AGE' && value !== null
    cells.table.codes[row] = old ? cellCodes.old : codeStatuses.indexOf(status)
    if (value !== null) putValue(cells, row, value)
  })
  return cells
}
