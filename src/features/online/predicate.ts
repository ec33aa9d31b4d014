import type { PredicateData, PredicateValue } from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { JsonNumber, tryDecodeNative, type Value, valueOrder } from '../../kernel/values/index.ts'

/** A test of a column's value; a null satisfies none. Equality follows the order of values, with −0 = +0. */
export function compilePredicate(predicate: PredicateData, type: string): (value: Value) => boolean {
  if (predicate.op === 'is_null') return value => value === null
  if (predicate.op === 'is_not_null') return value => value !== null
  const order = valueOrder(type)
  const wanted = (typeof predicate.value === 'object' ? predicate.value : [predicate.value]).map(value =>
    operand(predicate, type, value),
  )
  const least = wanted[0] ?? null
  const compare = (value: Value): number => order(positive(value), least)
  switch (predicate.op) {
    case 'eq':
      return value => value !== null && compare(value) === 0
    case 'ne':
      return value => value !== null && compare(value) !== 0
    case 'lt':
      return value => value !== null && compare(value) < 0
    case 'le':
      return value => value !== null && compare(value) <= 0
    case 'gt':
      return value => value !== null && compare(value) > 0
    case 'ge':
      return value => value !== null && compare(value) >= 0
    case 'in':
      return value => value !== null && wanted.some(each => order(positive(value), each) === 0)
  }
}

/** −0 counts as +0 wherever values are compared or aggregated. */
export function positive(value: Value): Value {
  return value === 0 ? 0 : value
}

function operand(predicate: PredicateData, type: string, value: PredicateValue): Value {
  const json =
    typeof value === 'number' && Number.isFinite(value)
      ? new JsonNumber(String(value))
      : typeof value === 'number'
        ? String(value)
        : value
  const decoded = tryDecodeNative(type, json)
  if (decoded !== undefined && decoded !== null) return positive(decoded)
  throw new FettleError(
    'TYPE_MISMATCH',
    `the predicate on "${predicate.column}" compares ${type} with ${JSON.stringify(value)}`,
    { details: { column: predicate.column, wanted: type } },
  )
}
