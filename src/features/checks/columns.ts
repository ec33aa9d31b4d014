import { type CheckData, writtenValue } from '../../definitions/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Field, Value } from '../../kernel/values/index.ts'

/** The named column; throws COLUMN_MISSING. */
export function columnNamed(name: string, columns: readonly Field[]): Field {
  const found = columns.find(each => each.name === name)
  if (found) return found
  throw new FettleError('COLUMN_MISSING', `a check names column "${name}", which is not there`)
}

/** The columns of a check in its order. */
export function columnsOf(check: CheckData, columns: readonly Field[]): readonly Field[] {
  return check.columns.map(name => columnNamed(name, columns))
}

/** Names that a check mentions and the table lacks. */
export function absentColumns(check: CheckData, columns: readonly Field[]): readonly string[] {
  const { by, equals } = check.params
  const others = [
    ...(check.check === 'monotonic' ? [String(by)] : []),
    ...(check.check === 'sum_across' && typeof equals === 'string' ? [equals] : []),
    ...(check.where ? [check.where.column] : []),
  ]
  return [...check.columns, ...others].filter(name => !columns.some(each => each.name === name))
}

/** Values that stand for missing in a column beside null and NaN. */
export function sentinels(check: CheckData, type: string): readonly Value[] {
  return (check.missingValues ?? []).flatMap(written => {
    const value = writtenValue(type, written)
    return value === undefined ? [] : [value]
  })
}

/** A written value of a column's type; throws TYPE_MISMATCH for one that is none. */
export function valueFor(column: Field, written: CheckData['params'][string] | undefined): Value {
  const value = writtenValue(column.type, written ?? null)
  if (value !== undefined) return value
  throw new FettleError(
    'TYPE_MISMATCH',
    `a check compares column "${column.name}", which is ${column.type}, with ${JSON.stringify(written)}`,
    { details: { column: column.name } },
  )
}

/** A list parameter. */
export function listParameter(check: CheckData, name: string): readonly CheckData['params'][string][] {
  const value = check.params[name]
  return Array.isArray(value) ? value : []
}

/** A number parameter, or undefined. */
export function numberParameter(check: CheckData, name: string): number | undefined {
  const value = check.params[name]
  return typeof value === 'number' ? value : undefined
}
