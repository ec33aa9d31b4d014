import type { ValueType } from '../kernel/values/model.ts'
import type { ColumnRef, WireValue } from './columns.ts'
import type { PredicateData, PredicateValue } from './model.ts'

type Comparable<Type extends ValueType> = Type extends 'int64' ? number : WireValue<Type> & PredicateValue

function comparison(op: Exclude<PredicateData['op'], 'in' | 'is_null' | 'is_not_null'>) {
  return <Name extends string, Type extends ValueType>(
    column: ColumnRef<Name, Type>,
    value: Comparable<Type>,
  ): PredicateData => Object.freeze({ column: column.column, op, value })
}

/** True iff the column equals the value; a null satisfies no predicate. */
export const eq = comparison('eq')
export const ne = comparison('ne')
export const lt = comparison('lt')
export const le = comparison('le')
export const gt = comparison('gt')
export const ge = comparison('ge')

/** True iff the column equals one of the values. */
export function oneOf<Name extends string, Type extends ValueType>(
  column: ColumnRef<Name, Type>,
  values: readonly Comparable<Type>[],
): PredicateData {
  return Object.freeze({ column: column.column, op: 'in', value: Object.freeze([...values]) })
}

/** True iff the column is null. */
export function isNull(column: ColumnRef): PredicateData {
  return Object.freeze({ column: column.column, op: 'is_null', value: true })
}

/** True iff the column is not null. */
export function isNotNull(column: ColumnRef): PredicateData {
  return Object.freeze({ column: column.column, op: 'is_not_null', value: true })
}
