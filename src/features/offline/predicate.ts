import type { PredicateData, PredicateValue } from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import {
  decodeNative,
  type Field,
  formatDecimal,
  JsonNumber,
  parseType,
  type Value,
} from '../../kernel/values/index.ts'
import type { SqlDialect } from './dialect.ts'
import { id } from './sql-text.ts'

const operators = { eq: '=', ne: '<>', lt: '<', le: '<=', gt: '>', ge: '>=' } as const

const nullTests = { is_null: 'IS NULL', is_not_null: 'IS NOT NULL' } as const

/** SQL of `column op value`; null where the column is null. Throws COLUMN_MISSING and TYPE_MISMATCH. */
export function predicateSql(
  predicate: PredicateData,
  columns: readonly Field[],
  dialect: SqlDialect,
): string {
  const column = columns.find(each => each.name === predicate.column)
  if (!column)
    throw new FettleError(
      'COLUMN_MISSING',
      `a condition names column "${predicate.column}", which is not declared`,
    )
  if (predicate.op === 'is_null' || predicate.op === 'is_not_null')
    return `${id(column.name)} ${nullTests[predicate.op]}`
  const literals = [predicate.value].flat() as PredicateValue[]
  const values = literals.map(value => literal(column, value, dialect))
  if (predicate.op === 'in') return `${id(column.name)} IN (${values.join(', ')})`
  return `${id(column.name)} ${operators[predicate.op]} ${values[0]}`
}

function literal(column: Field, written: PredicateValue, dialect: SqlDialect): string {
  const json =
    typeof written === 'number' ? new JsonNumber(Object.is(written, -0) ? '-0.0' : String(written)) : written
  const node = parseType(column.type)
  const lenient = node.kind === 'decimal' && typeof written === 'number' ? String(written) : json
  return sqlLiteral(column.type, decodeNative(column.type, lenient, { column: column.name }), dialect)
}

/** A literal of a scalar value. */
export function sqlLiteral(type: string, value: Value, dialect: SqlDialect): string {
  if (value === null) return 'NULL'
  const node = parseType(type)
  if (node.kind === 'decimal')
    return `${formatDecimal(value as bigint, node.scale)}::DECIMAL(${node.precision},${node.scale})`
  if (node.kind !== 'scalar') throw new FettleError('OPERATOR_TYPE', `a condition cannot compare a ${type}`)
  switch (node.name) {
    case 'bool':
      return value ? 'true' : 'false'
    case 'int64':
      return `(${value})::BIGINT`
    case 'timestamp':
      return dialect.timestamp(`(${value})::BIGINT`)
    case 'date':
      return `('1970-01-01'::DATE + (${value})::INTEGER)`
    case 'bytes':
      return `unhex(${dialect.text(Buffer.from(value as Uint8Array).toString('hex'))})`
    case 'string':
      return dialect.text(value as string)
    default:
      return `${dialect.text(Object.is(value, -0) ? '-0.0' : String(value))}::${node.name === 'float32' ? 'FLOAT' : 'DOUBLE'}`
  }
}
