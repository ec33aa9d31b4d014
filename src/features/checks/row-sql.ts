import { type CheckData, parseTimeFormat } from '../../definitions/index.ts'
import type { Field } from '../../kernel/values/index.ts'
import { predicateSql } from '../offline/predicate.ts'
import { all } from '../offline/sql-text.ts'
import { columnNamed, columnsOf, listParameter, numberParameter, sentinels, valueFor } from './columns.ts'
import { type CheckDialect, columnSql, isFloat } from './dialect.ts'
import { timeConditions } from './time-sql.ts'

/** Conditions on one row: which are judged, and which of these are bad. `bad` may be null where a row is not judged. */
export interface RowConditions {
  readonly evaluated: string
  readonly bad: string
}

/** Condition that a column's value is missing: null, NaN, or a sentinel. Never null. */
export function missingSql(check: CheckData, column: Field, dialect: CheckDialect): string {
  const name = columnSql(column)
  const values = sentinels(check, column.type).map(value => dialect.literal(column.type, value))
  return `(${[
    `${name} IS NULL`,
    ...(isFloat(column.type) ? [dialect.isNaN(name)] : []),
    ...(values.length === 0 ? [] : [`${name} IN (${values.join(', ')})`]),
  ].join(' OR ')})`
}

/** The rows a check looks at; true without a condition. */
export function whereSql(check: CheckData, columns: readonly Field[], { sql }: CheckDialect): string {
  return check.where === undefined ? 'true' : `coalesce(${predicateSql(check.where, columns, sql)}, false)`
}

/** Centre and spread of a z-score as SQL. */
export interface Standard {
  readonly center: string
  readonly spread: string
}

interface Parts {
  readonly check: CheckData
  readonly columns: readonly Field[]
  readonly all: readonly Field[]
  readonly dialect: CheckDialect
  readonly standard: Standard
}

/** Conditions of a check that can be decided in SQL on one row; `standard` is needed by a z-score of the batch. */
export function rowConditions(
  check: CheckData,
  table: readonly Field[],
  { dialect, standard }: { readonly dialect: CheckDialect; readonly standard?: Standard },
): RowConditions {
  const columns = columnsOf(check, table)
  const frozen = { center: number(check, 'center'), spread: number(check, 'spread') }
  const parts: Parts = { check, columns, all: table, dialect, standard: standard ?? frozen }
  const present = all(columns.map(column => `NOT ${missingSql(check, column, dialect)}`))
  const special = ownPresence[check.check]
  if (special) return special(parts)
  const bad = badWhenPresent[check.check]
  if (!bad) throw new TypeError(`${check.check} is not decided in SQL on one row`)
  return { evaluated: presenceOf(parts, present), bad: bad(parts) }
}

function number(check: CheckData, name: string): string {
  return `${numberParameter(check, name) ?? 0}::DOUBLE`
}

/** A sum also needs its target. */
function presenceOf({ check, all: table, dialect }: Parts, present: string): string {
  const { equals } = check.params
  if (check.check !== 'sum_across' || typeof equals !== 'string') return present
  return `${present} AND NOT ${missingSql(check, columnNamed(equals, table), dialect)}`
}

/** Checks that judge missing rows themselves. */
const ownPresence: Readonly<Record<string, (parts: Parts) => RowConditions>> = {
  not_missing: ({ check, columns: [column], dialect }) => ({
    evaluated: 'true',
    bad: missingSql(check, required(column), dialect),
  }),
  is_missing: ({ check, columns: [column], dialect }) => ({
    evaluated: 'true',
    bad: `NOT ${missingSql(check, required(column), dialect)}`,
  }),
  pair_compare: ({ check, columns, dialect }) => {
    const [a, b] = columns.map(column => missingSql(check, column, dialect))
    const { missing = 'either', op } = check.params
    const evaluated = { either: `NOT (${a} OR ${b})`, both: `NOT (${a} AND ${b})`, never: 'true' }
    const [left, right] = columns.map(columnSql)
    const compare = { eq: '=', gt: '>', ge: '>=' }[String(op)] ?? '='
    return {
      evaluated: evaluated[missing as keyof typeof evaluated],
      bad: `CASE WHEN ${a} OR ${b} THEN true ELSE NOT (${left} ${compare} ${right}) END`,
    }
  },
}

const badWhenPresent: Readonly<Record<string, (parts: Parts) => string>> = {
  distinct_within_row: ({ columns }) => {
    const names = columns.map(columnSql)
    return names.flatMap((a, at) => names.slice(at + 1).map(b => `${a} = ${b}`)).join(' OR ')
  },
  in_set: parts => `NOT ${inValues(parts)}`,
  not_in_set: inValues,
  between: ({ check, columns: [first], dialect }) => {
    const column = required(first)
    const { min, max, strictMin, strictMax } = check.params
    const literal = (written: CheckData['params'][string] | undefined): string =>
      dialect.literal(column.type, valueFor(column, written))
    return `NOT (${all([
      ...(min === undefined ? [] : [`${columnSql(column)} ${strictMin ? '>' : '>='} ${literal(min)}`]),
      ...(max === undefined ? [] : [`${columnSql(column)} ${strictMax ? '<' : '<='} ${literal(max)}`]),
    ])})`
  },
  zscore_below: ({ check, columns: [column], dialect, standard }) =>
    `NOT coalesce(abs(${dialect.double(columnSql(required(column)))} - ${standard.center}) / nullif(${standard.spread}, 0) < ${number(check, 'below')}, false)`,
  length_between: ({ check, columns: [column], dialect }) => {
    const length = dialect.codePoints(columnSql(required(column)))
    const [min, max] = [numberParameter(check, 'min'), numberParameter(check, 'max')]
    return `NOT (${all([
      ...(min === undefined ? [] : [`${length} >= ${min}`]),
      ...(max === undefined ? [] : [`${length} <= ${max}`]),
    ])})`
  },
  matches: parts => `NOT (${foundPatterns(parts, parts.check.params['mode'] === 'all' ? ' AND ' : ' OR ')})`,
  not_matches: parts => `(${foundPatterns(parts, ' OR ')})`,
  parses_as_time: ({ check, columns: [column], dialect }) => {
    const format = parseTimeFormat(String(check.params['format']))
    if ('problem' in format) throw new TypeError(format.problem)
    return `NOT (${timeConditions(columnSql(required(column)), format, dialect)})`
  },
  pair_in_set: ({ check, columns, dialect }) => {
    const pairs = listParameter(check, 'pairs').map(pair => {
      const values = pair as readonly CheckData['params'][string][]
      return all(
        columns.map(
          (column, at) =>
            `${columnSql(column)} = ${dialect.literal(column.type, valueFor(column, values[at]))}`,
        ),
      )
    })
    return `NOT (${pairs.length === 0 ? 'false' : pairs.map(pair => `(${pair})`).join(' OR ')})`
  },
  sum_across: sumAcross,
}

function required(column: Field | undefined): Field {
  if (!column) throw new TypeError('the check names no column')
  return column
}

function inValues({ check, columns: [first], dialect }: Parts): string {
  const column = required(first)
  const values = listParameter(check, 'values').map(each =>
    dialect.literal(column.type, valueFor(column, each)),
  )
  return values.length === 0 ? '(false)' : `(${columnSql(column)} IN (${values.join(', ')}))`
}

function foundPatterns({ check, columns: [column], dialect }: Parts, joiner: string): string {
  return listParameter(check, 'patterns')
    .map(pattern => dialect.found(columnSql(required(column)), String(pattern)))
    .join(joiner)
}

/** A NaN difference is bad; a NaN tolerance (0 · ∞) tolerates nothing. */
function sumAcross({ check, columns, all: table, dialect }: Parts): string {
  const { equals } = check.params
  const target =
    typeof equals === 'string'
      ? dialect.double(columnSql(columnNamed(equals, table)))
      : dialect.literal('float64', Number(equals))
  const sum = columns.map(column => dialect.double(columnSql(column))).join(' + ')
  const difference = `abs((${sum}) - ${target})`
  const [absolute, relative] = [numberParameter(check, 'abs') ?? 0, numberParameter(check, 'rel') ?? 0]
  const within = `${difference} <= ${dialect.literal('float64', absolute)}`
  if (relative === 0) return `NOT (${within})`
  const tolerance = `${dialect.literal('float64', relative)} * abs(${target})`
  return `NOT (${within} OR (NOT ${dialect.isNaN(tolerance)} AND ${difference} <= ${tolerance}))`
}
