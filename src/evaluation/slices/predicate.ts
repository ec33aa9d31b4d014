import type { PredicateData, PredicateValue } from '../../definitions/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { JudgedRows } from '../rows.ts'
import type { CodedColumn } from './coded-column.ts'
import { codedColumn } from './partition.ts'

type Test = (row: number) => boolean

/** 0 where all predicates hold, else −1. A missing value satisfies is_null only. COLUMN_MISSING, TYPE_MISMATCH. */
export function rowsWhere(rows: JudgedRows, where: readonly PredicateData[]): Int32Array {
  const tests = where.map(predicate => testOf(rows, predicate))
  return Int32Array.from({ length: rows.rows }, (_, row) => (tests.every(test => test(row)) ? 0 : -1))
}

function testOf(rows: JudgedRows, predicate: PredicateData): Test {
  const column = rows.columns[predicate.column]
  if (column instanceof Float64Array) return numberTest(column, predicate)
  return textTest(codedColumn(rows, predicate.column), predicate)
}

function numberTest(column: Float64Array, predicate: PredicateData): Test {
  const at = (row: number) => column[row] ?? Number.NaN
  if (predicate.op === 'is_null') return row => Number.isNaN(at(row))
  if (predicate.op === 'is_not_null') return row => !Number.isNaN(at(row))
  const holds = comparison(predicate, value => numberOf(value, predicate.column))
  return row => !Number.isNaN(at(row)) && holds(at(row))
}

function textTest({ codes, dictionary }: CodedColumn, predicate: PredicateData): Test {
  const at = (row: number) => codes[row] ?? -1
  if (predicate.op === 'is_null') return row => at(row) < 0
  if (predicate.op === 'is_not_null') return row => at(row) >= 0
  const holds = comparison(predicate, value => textOf(value, predicate.column))
  const ofCode = dictionary.map(holds)
  return row => at(row) >= 0 && ofCode[at(row)] === true
}

function comparison<Value extends number | string>(
  { op, value }: PredicateData,
  read: (value: PredicateValue) => Value,
): (value: Value) => boolean {
  const values = (Array.isArray(value) ? value : [value]).map(read)
  const [first] = values
  if (first === undefined) return () => false
  switch (op) {
    case 'eq':
      return each => each === first
    case 'ne':
      return each => each !== first
    case 'lt':
      return each => each < first
    case 'le':
      return each => each <= first
    case 'gt':
      return each => each > first
    case 'ge':
      return each => each >= first
    default:
      return each => values.includes(each)
  }
}

function numberOf(value: PredicateValue, column: string): number {
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value)
  if (!Number.isNaN(number)) return number
  throw new FettleError(
    'TYPE_MISMATCH',
    `Column ${column} holds numbers; it cannot be compared with "${value}"`,
  )
}

function textOf(value: PredicateValue, column: string): string {
  if (typeof value !== 'number') return String(value)
  throw new FettleError('TYPE_MISMATCH', `Column ${column} holds texts; it cannot be compared with ${value}`)
}

const signs: Readonly<Record<PredicateData['op'], string>> = {
  ...{ eq: '=', ne: '≠', lt: '<', le: '≤', gt: '>', ge: '≥', in: 'in' },
  ...{ is_null: 'is missing', is_not_null: 'is given' },
}

/** `distance > 500`, for names of cells. */
export function predicateText({ column, op, value }: PredicateData): string {
  if (op === 'is_null' || op === 'is_not_null') return `${column} ${signs[op]}`
  return `${column} ${signs[op]} ${Array.isArray(value) ? value.join(', ') : value}`
}
