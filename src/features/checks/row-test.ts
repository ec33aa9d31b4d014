import {
  type CheckData,
  compileJsonSchema,
  parseTimeFormat,
  translatePattern,
} from '../../definitions/index.ts'
import { type Compare, type Field, parseType, type Value, valueOrder } from '../../kernel/values/index.ts'
import { compilePredicate, positive } from '../online/predicate.ts'
import { columnNamed, columnsOf, listParameter, numberParameter, sentinels, valueFor } from './columns.ts'
import { isInstant } from './time-test.ts'

/** What one row is to a check: not looked at, looked at and not judged, good or bad. */
export type RowVerdict = 'outside' | 'skipped' | 'good' | 'bad'

/** Tests of the values of a check's columns, in its order. */
interface RowRule {
  readonly evaluated: (missing: readonly boolean[]) => boolean
  readonly bad: (values: readonly Value[], missing: readonly boolean[]) => boolean
}

const everyPresent: RowRule['evaluated'] = missing => !missing.includes(true)

/**
 * Compiles a check that is decidable on one row: values in the order of `columns` in, verdict out. The same verdicts as
 * the SQL of `rowConditions`. Throws COLUMN_MISSING and TYPE_MISMATCH.
 */
export function rowTest(check: CheckData, columns: readonly Field[]): (row: readonly Value[]) => RowVerdict {
  const { equals } = check.params
  const target =
    check.check === 'sum_across' && typeof equals === 'string' ? [columnNamed(equals, columns)] : []
  const used = [...columnsOf(check, columns), ...target]
  const at = used.map(field => columns.indexOf(field))
  const isMissing = used.map(field => missingTest(check, field))
  const where = whereTest(check, columns)
  const rule = ruleOf(check, used)
  return row => {
    if (!where(row)) return 'outside'
    const values = at.map(index => positive(row[index] ?? null))
    const missing = values.map((value, index) => isMissing[index]?.(value) ?? true)
    if (!rule.evaluated(missing)) return 'skipped'
    return rule.bad(values, missing) ? 'bad' : 'good'
  }
}

/** Rows that a test looks at, judges, and finds bad. */
export function countVerdicts(
  test: (row: readonly Value[]) => RowVerdict,
  rows: Iterable<readonly Value[]>,
): { readonly rows: number; readonly evaluated: number; readonly unexpected: number } {
  const counts = { outside: 0, skipped: 0, good: 0, bad: 0 }
  for (const row of rows) counts[test(row)]++
  const evaluated = counts.good + counts.bad
  return { rows: evaluated + counts.skipped, evaluated, unexpected: counts.bad }
}

function whereTest(check: CheckData, columns: readonly Field[]): (row: readonly Value[]) => boolean {
  if (check.where === undefined) return () => true
  const column = columnNamed(check.where.column, columns)
  const at = columns.indexOf(column)
  const test = compilePredicate(check.where, column.type)
  return row => test(row[at] ?? null)
}

/** Null, NaN and sentinels; −0 is 0. */
export function missingTest(check: CheckData, { type }: Field): (value: Value) => boolean {
  const order = valueOrder(type)
  const values = sentinels(check, type)
  return value =>
    value === null || Number.isNaN(value) || values.some(each => order(positive(value), positive(each)) === 0)
}

function ruleOf(check: CheckData, columns: readonly Field[]): RowRule {
  if (check.check === 'not_missing') return { evaluated: () => true, bad: (_, [missing]) => missing === true }
  if (check.check === 'is_missing') return { evaluated: () => true, bad: (_, [missing]) => missing !== true }
  if (check.check === 'pair_compare') return pairRule(check, columns)
  const make = badTests[check.check]
  if (!make) throw new TypeError(`${check.check} is not decidable on one row`)
  return { evaluated: everyPresent, bad: make(check, columns) }
}

function pairRule(check: CheckData, [a]: readonly Field[]): RowRule {
  const { missing: policy = 'either', op } = check.params
  const order = valueOrder(a?.type ?? 'string')
  const holds = (difference: number): boolean =>
    op === 'eq' ? difference === 0 : op === 'gt' ? difference > 0 : difference >= 0
  return {
    evaluated: missing =>
      policy === 'never' || (policy === 'both' ? missing.includes(false) : !missing.includes(true)),
    bad: ([left = null, right = null], missing) => missing.includes(true) || !holds(order(left, right)),
  }
}

type BadTest = (values: readonly Value[]) => boolean

const badTests: Readonly<Record<string, (check: CheckData, columns: readonly Field[]) => BadTest>> = {
  distinct_within_row: (_, [first]) => {
    const order = valueOrder(first?.type ?? 'string')
    return values =>
      values.some((a, index) => values.slice(index + 1).some(b => order(a ?? null, b ?? null) === 0))
  },
  in_set: (check, columns) => {
    const includes = memberTest(check, columns)
    return values => !includes(values[0] ?? null)
  },
  not_in_set: (check, columns) => {
    const includes = memberTest(check, columns)
    return values => includes(values[0] ?? null)
  },
  between: betweenTest,
  zscore_below: (check, [column]) => {
    const [center = 0, spread = 1, below = 0] = ['center', 'spread', 'below'].map(name =>
      numberParameter(check, name),
    )
    const double = asDouble(column)
    return ([value = null]) => !(Math.abs(double(value) - center) / spread < below)
  },
  length_between: check => {
    const [min = 0, max = Infinity] = [numberParameter(check, 'min'), numberParameter(check, 'max')]
    return ([value]) => {
      const length = codePoints(String(value))
      return length < min || length > max
    }
  },
  matches: check => {
    const patterns = expressions(check)
    const every = check.params['mode'] === 'all'
    return ([value]) => {
      const found = (pattern: RegExp): boolean => pattern.test(String(value))
      return !(every ? patterns.every(found) : patterns.some(found))
    }
  },
  not_matches: check => {
    const patterns = expressions(check)
    return ([value]) => patterns.some(pattern => pattern.test(String(value)))
  },
  parses_as_time: check => {
    const format = parseTimeFormat(String(check.params['format']))
    if ('problem' in format) throw new TypeError(format.problem)
    return ([value]) => !isInstant(String(value), format)
  },
  parses_as_json: jsonTest,
  pair_in_set: (check, columns) => {
    const orders = columns.map(column => valueOrder(column.type))
    const pairs = listParameter(check, 'pairs').map(pair =>
      columns.map((column, index) => positive(valueFor(column, (pair as never[])[index]))),
    )
    return values =>
      !pairs.some(pair => pair.every((each, index) => orders[index]?.(values[index] ?? null, each) === 0))
  },
  sum_across: sumTest,
}

function memberTest(check: CheckData, [column]: readonly Field[]): (value: Value) => boolean {
  if (!column) throw new TypeError('the check names no column')
  const order: Compare = valueOrder(column.type)
  const values = listParameter(check, 'values').map(each => positive(valueFor(column, each)))
  return value => values.some(each => order(value, each) === 0)
}

function betweenTest(check: CheckData, [column]: readonly Field[]): BadTest {
  if (!column) throw new TypeError('the check names no column')
  const order = valueOrder(column.type)
  const { min, max, strictMin, strictMax } = check.params
  const [least, most] = [min, max].map(bound =>
    bound === undefined ? undefined : positive(valueFor(column, bound)),
  )
  return ([value = null]) => {
    const [low, high] = [
      least === undefined ? 1 : order(value, least),
      most === undefined ? -1 : order(value, most),
    ]
    return low < 0 || high > 0 || (low === 0 && strictMin === true) || (high === 0 && strictMax === true)
  }
}

function expressions(check: CheckData): readonly RegExp[] {
  return listParameter(check, 'patterns').map(pattern => {
    const translated = translatePattern(String(pattern))
    if ('problem' in translated) throw new TypeError(translated.problem)
    return new RegExp(translated.source, 'u')
  })
}

function jsonTest(check: CheckData): BadTest {
  const { schema } = check.params
  const validate = schema === undefined ? () => true : compileJsonSchema(schema)
  if (typeof validate === 'object') throw new TypeError(validate.problem)
  return ([value]) => {
    try {
      return !validate(JSON.parse(String(value)))
    } catch {
      return true
    }
  }
}

function sumTest(check: CheckData, columns: readonly Field[]): BadTest {
  const { equals } = check.params
  const [absolute = 0, relative = 0] = [numberParameter(check, 'abs'), numberParameter(check, 'rel')]
  const doubles = columns.map(asDouble)
  return values => {
    const numbers = values.map((value, index) => doubles[index]?.(value ?? null) ?? 0)
    const target = typeof equals === 'string' ? (numbers.pop() ?? 0) : Number(equals)
    const difference = Math.abs(numbers.reduce((sum, each) => sum + each) - target)
    return !(difference <= absolute || (relative !== 0 && difference <= relative * Math.abs(target)))
  }
}

/** A value of a numeric column as a double: decimals by their text, which is rounded once. */
export function asDouble(column: Field | undefined): (value: Value) => number {
  const node = parseType(column?.type ?? 'float64')
  if (node.kind !== 'decimal') return Number
  return value => Number(value) / 10 ** node.scale
}

/** Length of a text in code points. */
export function codePoints(value: string): number {
  let count = 0
  for (const _ of value) count++
  return count
}
