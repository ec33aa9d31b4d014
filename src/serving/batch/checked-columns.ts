import { FettleError } from '../../kernel/errors/index.ts'
import { nearestFirst } from '../../kernel/nearest.ts'
import type { ValueType } from '../../kernel/values/model.ts'
import type { RequestField } from '../front/signature.ts'
import { type BadRowCode, badRowCodes } from './model.ts'

/** A request field as SQL over the rows: its value in the declared type, and what can be wrong with a row. */
export interface CheckedColumn {
  readonly name: string
  readonly value: string
  /** Conditions that are true for bad rows, the first that holds counts. */
  readonly bad: readonly (readonly [code: BadRowCode, condition: string])[]
}

const codesPerField = 16

/** One number for what is wrong with a row: which field, and which code. 0 is nothing. */
export function badNumber(field: number, code: BadRowCode): number {
  return (field + 1) * codesPerField + badRowCodes.indexOf(code)
}

/** The field (−1: none) and code of {@link badNumber}. */
export function readBadNumber(bad: number): { readonly field: number; readonly code: BadRowCode } {
  return {
    field: Math.floor(bad / codesPerField) - 1,
    code: badRowCodes[bad % codesPerField] ?? 'WRONG_TYPE',
  }
}

/** Number of a row without a time. */
export const timelessRow = badNumber(-1, 'SPINE_TIME_NULL')

/**
 * Every request field by the one table of coercions all dialects share (serving.md §1), as DuckDB says it: nothing is
 * turned into another type, whole doubles are integers, a 64-bit integer may be decimal text, NaN is missing where null
 * may stand. Throws MISSING_INPUT for a field the rows have no column of.
 */
export function checkedColumns(
  fields: readonly RequestField[],
  types: ReadonlyMap<string, string>,
): readonly CheckedColumn[] {
  return fields.map(field => {
    const type = types.get(field.name)
    if (type === undefined)
      throw new FettleError('MISSING_INPUT', `the rows have no column "${field.name}"`, {
        hint: `Nearest are: ${nearestFirst(field.name, [...types.keys()])
          .slice(0, 5)
          .join(', ')}.`,
        details: { column: field.name },
      })
    const quoted = quoteName(field.name)
    const { value, bad } = coerced(quoted, field.type, { type, nullable: field.nullable })
    const nulls = field.nullable ? [] : [['NULL_NOT_ALLOWED', `${quoted} IS NULL`] as const]
    return { name: field.name, value, bad: [...nulls, ...bad, ...keyProblems(field, quoted, type)] }
  })
}

/** SQL of the number of what is wrong with a row; 0 for a sound one. */
export function badSql(columns: readonly CheckedColumn[]): string {
  const cases = columns.flatMap(({ bad }, index) =>
    bad.map(([code, condition]) => `WHEN ${condition} THEN ${badNumber(index, code)}`),
  )
  return cases.length === 0 ? '0::INTEGER' : `(CASE ${cases.join(' ')} ELSE 0 END)::INTEGER`
}

/** SQL of a value as scorers eat it (`toDouble`): missing is NaN, false and true are 0 and 1, times are µs, days are days. */
export function doubleSql(value: string, type: ValueType): string {
  const number = () => {
    if (type === 'timestamp') return `epoch_us(${value})::DOUBLE`
    if (type === 'date') return `date_diff('day', DATE '1970-01-01', ${value})::DOUBLE`
    return `${value}::DOUBLE`
  }
  return `coalesce(${number()}, 'NaN'::DOUBLE)`
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** Fields in which an infinity is wrong and has not been looked for. */
export function mayBeInfinite({ type, nullable }: RequestField): boolean {
  return nullable && (type === 'float64' || type === 'float32')
}

type Coerced = Pick<CheckedColumn, 'value' | 'bad'>

const smallIntegers = /^(TINYINT|SMALLINT|INTEGER|BIGINT|UTINYINT|USMALLINT|UINTEGER)$/
const largeIntegers = /^(UBIGINT|HUGEINT|UHUGEINT)$/
const fractions = /^(FLOAT|DOUBLE|DECIMAL\(.*\))$/
const isNumber = (type: string) =>
  smallIntegers.test(type) || largeIntegers.test(type) || fractions.test(type)

function coerced(
  quoted: string,
  wanted: ValueType,
  { type, nullable }: { readonly type: string; readonly nullable: boolean },
): Coerced {
  switch (wanted) {
    case 'string':
      return type === 'VARCHAR' || type.startsWith('ENUM')
        ? { value: `${quoted}::VARCHAR`, bad: [] }
        : wrongType(quoted, 'VARCHAR')
    case 'bool':
      return type === 'BOOLEAN' ? { value: quoted, bad: [] } : wrongType(quoted, 'BOOLEAN')
    case 'timestamp':
      return type.startsWith('TIMESTAMP')
        ? { value: `${quoted}::TIMESTAMP`, bad: [] }
        : wrongType(quoted, 'TIMESTAMP')
    case 'date':
      return type === 'DATE' ? { value: quoted, bad: [] } : wrongType(quoted, 'DATE')
    case 'int64':
      return integer(quoted, type)
    case 'float64':
    case 'float32':
      return isNumber(type) ? float(quoted, wanted, { type, nullable }) : wrongType(quoted, 'DOUBLE')
    default:
      return wrongType(quoted, 'DOUBLE')
  }
}

function wrongType(quoted: string, type: string): Coerced {
  return { value: `NULL::${type}`, bad: [['WRONG_TYPE', `${quoted} IS NOT NULL`]] }
}

function integer(quoted: string, type: string): Coerced {
  if (smallIntegers.test(type)) return { value: `${quoted}::BIGINT`, bad: [] }
  const value = `TRY_CAST(${quoted} AS BIGINT)`
  const range = ['OUT_OF_RANGE', `${quoted} IS NOT NULL AND ${value} IS NULL`] as const
  if (largeIntegers.test(type)) return { value, bad: [range] }
  if (fractions.test(type)) {
    const double = `${quoted}::DOUBLE`
    const finite = `isfinite(${double})`
    const whole = type.startsWith('DECIMAL') ? `${quoted} = floor(${quoted})` : `${double} = floor(${double})`
    return {
      value,
      bad: [['NOT_AN_INTEGER', `${quoted} IS NOT NULL AND NOT (${finite} AND ${whole})`], range],
    }
  }
  if (type === 'VARCHAR')
    return {
      value,
      bad: [['WRONG_TYPE', `NOT regexp_full_match(${quoted}, '-?[0-9]{1,20}')`], range],
    }
  return wrongType(quoted, 'BIGINT')
}

/**
 * float32 rounds to the nearest. Where null may stand, NaN is missing and infinities are looked for where the rows are read
 * ({@link mayBeInfinite}): a test of thirty columns costs the engine more than reading them.
 */
function float(
  quoted: string,
  wanted: 'float64' | 'float32',
  { type, nullable }: { readonly type: string; readonly nullable: boolean },
): Coerced {
  const double = `${quoted}::DOUBLE`
  const single = wanted === 'float32'
  const held = single ? `TRY_CAST(${double} AS FLOAT)` : double
  const floats = type === 'FLOAT' || type === 'DOUBLE'
  return {
    value: held,
    bad: [
      ...(floats && !nullable ? [['OUT_OF_RANGE', `NOT isfinite(${double})`] as const] : []),
      ...(single
        ? [['OUT_OF_RANGE', `isfinite(${double}) AND abs(${double}) >= 3.4028235677973366e38`] as const]
        : []),
    ],
  }
}

const maxKeyBytes = 1024

function keyProblems(
  { role, type: wanted }: RequestField,
  quoted: string,
  type: string,
): CheckedColumn['bad'] {
  if (role !== 'key' || wanted !== 'string' || type !== 'VARCHAR') return []
  return [['BAD_KEY', `strlen(${quoted}) > ${maxKeyBytes} OR contains(${quoted}, chr(0))`]]
}
