import type { CheckData } from '../../definitions/index.ts'
import type { Field, Value, ValueType } from '../../kernel/values/index.ts'
import { all } from '../offline/sql-text.ts'
import { binConditions } from './bins.ts'
import { columnsOf, listParameter } from './columns.ts'
import { type CheckDialect, columnSql, isFloat } from './dialect.ts'
import type { Measure } from './model.ts'
import { missingSql, rowConditions, type Standard, whereSql } from './row-sql.ts'

/** One column of the aggregate statement. */
export interface AggregateColumn {
  readonly sql: string
  readonly type: ValueType
}

/** What a check adds to the one aggregate statement of a table, and how its values are read. */
export interface Aggregate {
  readonly columns: readonly AggregateColumn[]
  /** A relation of one row that is joined to every row. */
  readonly join?: { readonly name: string; readonly sql: string }
  readonly read: (values: readonly Value[]) => Measure
}

/** What an aggregate is made for. */
export interface AggregateContext {
  readonly relation: string
  readonly columns: readonly Field[]
  readonly dialect: CheckDialect
  /** Distinguishes the checks of a statement. */
  readonly index: number
}

/** The aggregate of a check of target A. */
export function aggregateOf(check: CheckData, context: AggregateContext): Aggregate {
  const make = aggregates[check.check]
  if (make) return make(check, context)
  return rowCounts(check, context)
}

type Make = (check: CheckData, context: AggregateContext) => Aggregate

const aggregates: Readonly<Record<string, Make>> = {
  row_count: countRows,
  row_count_equals: countRows,
  row_count_change: countRows,
  freshness: (check, context) => extremeOf('max', check, context),
  min_between: (check, context) => extremeOf('min', check, context),
  max_between: (check, context) => extremeOf('max', check, context),
  missing_share_change: missingCounts,
  mean_between: sumOf,
  sum_between: sumOf,
  stddev_between: deviationOf,
  quantiles_between: quantilesOf,
  zscore_below: zscoreCounts,
  close_to_reference: binCounts,
}

function counted(condition: string): AggregateColumn {
  return { sql: `count(*) FILTER (WHERE ${condition})`, type: 'int64' }
}

function countRows(check: CheckData, { columns, dialect }: AggregateContext): Aggregate {
  return {
    columns: [counted(whereSql(check, columns, dialect))],
    read: ([rows]) => ({
      kind: 'observed',
      rows: Number(rows),
      evaluated: Number(rows),
      values: [rows ?? 0n],
    }),
  }
}

function rowCounts(check: CheckData, context: AggregateContext, standard?: Standard): Aggregate {
  const { columns, dialect } = context
  const where = whereSql(check, columns, dialect)
  const { evaluated, bad } = rowConditions(check, columns, {
    dialect,
    ...(standard === undefined ? {} : { standard }),
  })
  return {
    columns: [counted(where), counted(all([where, evaluated])), counted(all([where, evaluated, bad]))],
    read: ([rows, judged, unexpected]) => ({
      kind: 'rows',
      rows: Number(rows),
      evaluated: Number(judged),
      unexpected: Number(unexpected),
    }),
  }
}

function missingCounts(check: CheckData, { columns, dialect }: AggregateContext): Aggregate {
  const where = whereSql(check, columns, dialect)
  const [column] = columnsOf(check, columns)
  return {
    columns: [counted(where), counted(all([where, column ? missingSql(check, column, dialect) : 'false']))],
    read: ([rows, missing]) => ({
      kind: 'rows',
      rows: Number(rows),
      evaluated: Number(rows),
      unexpected: Number(missing),
    }),
  }
}

/** Condition of the rows a check of one column judges, and the column. */
export function judged(
  check: CheckData,
  { columns, dialect }: Pick<AggregateContext, 'columns' | 'dialect'>,
): { readonly condition: string; readonly column: Field; readonly where: string } {
  const [column] = columnsOf(check, columns)
  if (!column) throw new TypeError('the check names no column')
  const where = whereSql(check, columns, dialect)
  return { condition: all([where, `NOT ${missingSql(check, column, dialect)}`]), column, where }
}

function extremeOf(which: 'min' | 'max', check: CheckData, context: AggregateContext): Aggregate {
  const { condition, column, where } = judged(check, context)
  return {
    columns: [
      counted(where),
      counted(condition),
      { sql: `${which}(${columnSql(column)}) FILTER (WHERE ${condition})`, type: column.type },
    ],
    read: ([rows, evaluated, value = null]) => observed([rows, evaluated], [value]),
  }
}

function observed([rows, evaluated]: readonly (Value | undefined)[], values: readonly Value[]): Measure {
  return { kind: 'observed', rows: Number(rows), evaluated: Number(evaluated), values }
}

interface Doubles {
  readonly where: string
  readonly condition: string
  readonly finite: string
  readonly value: string
  readonly infinite: readonly AggregateColumn[]
}

/** A numeric column as doubles, with counts of +∞ and −∞, which compensated sums cannot hold. */
function doubles(check: CheckData, context: AggregateContext): Doubles {
  const { condition, column, where } = judged(check, context)
  const { dialect } = context
  const value = dialect.double(columnSql(column))
  if (!isFloat(column.type)) return { where, condition, finite: condition, value, infinite: [] }
  const infinity = dialect.literal('float64', Infinity)
  return {
    where,
    condition,
    finite: all([condition, `abs(${value}) <> ${infinity}`]),
    value,
    infinite: [
      counted(all([condition, `${value} = ${infinity}`])),
      counted(all([condition, `${value} = -${infinity}`])),
    ],
  }
}

/** Mean and sum share their measure: the sum of the finite values, and how many are infinite. */
function sumOf(check: CheckData, context: AggregateContext): Aggregate {
  const { where, condition, finite, value, infinite } = doubles(check, context)
  const sum = `coalesce(${context.dialect.sum(value, finite)}, 0)`
  return {
    columns: [counted(where), counted(condition), { sql: sum, type: 'float64' }, ...infinite],
    read: ([rows, evaluated, total, above = 0n, below = 0n]) => {
      const infinity = (above === 0n ? 0 : Infinity) + (below === 0n ? 0 : -Infinity)
      const whole = above === 0n && below === 0n ? Number(total) : infinity
      if (Number.isNaN(whole)) return { kind: 'unjudged', reason: 'not-a-number' }
      return observed([rows, evaluated], [check.check === 'mean_between' ? whole / Number(evaluated) : whole])
    },
  }
}

function deviationOf(check: CheckData, context: AggregateContext): Aggregate {
  const { where, condition, finite, value, infinite } = doubles(check, context)
  const deviation = `${context.dialect.sampleDeviation(value)} FILTER (WHERE ${finite})`
  return {
    columns: [counted(where), counted(condition), { sql: deviation, type: 'float64' }, ...infinite],
    read: ([rows, evaluated, found = null, above = 0n, below = 0n]) => {
      if (evaluated !== 0n && Number(evaluated) < 2) return { kind: 'unjudged', reason: 'too-few-rows' }
      if (above !== 0n || below !== 0n) return { kind: 'unjudged', reason: 'not-finite' }
      return observed([rows, evaluated], [found])
    },
  }
}

function quantilesOf(check: CheckData, context: AggregateContext): Aggregate {
  const { where, condition, value, infinite } = doubles(check, context)
  const wanted = listParameter(check, 'quantiles').map(each => Number((each as { q: number }).q))
  return {
    columns: [
      counted(where),
      counted(condition),
      ...wanted.map(q => ({
        sql: `${context.dialect.quantile(value, q)} FILTER (WHERE ${condition})`,
        type: 'float64' as const,
      })),
      ...infinite,
    ],
    read: ([rows, evaluated, ...found]) => {
      const values = found.slice(0, wanted.length)
      if (values.some(each => Number.isNaN(each))) return { kind: 'unjudged', reason: 'not-a-number' }
      return observed([rows, evaluated], values)
    },
  }
}

/** Centre and spread of the batch stand in a relation of one row beside the rows; frozen ones are numbers. */
function zscoreCounts(check: CheckData, context: AggregateContext): Aggregate {
  const { params } = check
  if (params['center'] !== undefined && params['spread'] !== undefined) return rowCounts(check, context)
  const { relation, dialect, index } = context
  const { condition, finite, value } = doubles(check, context)
  const name = `z${index}`
  const mad = params['method'] === 'mad'
  const moments = `SELECT ${dialect.sum(value)} / nullif(count(*), 0) AS center, ${dialect.sampleDeviation(value)} AS spread, count(*) AS n FROM ${relation} WHERE ${finite}`
  const robust = `SELECT any_value(m) AS center, 1.4826 * ${dialect.median('abs(x - m)')} AS spread, count(*) AS n
    FROM (SELECT ${value} AS x FROM ${relation} WHERE ${finite}) CROSS JOIN (SELECT ${dialect.median(value)} AS m FROM ${relation} WHERE ${finite})`
  const counts = rowCounts(check, context, { center: `${name}.center`, spread: `${name}.spread` })
  const unbounded = counted(`${condition} AND NOT (${finite})`)
  return {
    columns: [
      ...counts.columns,
      { sql: `any_value(${name}.spread)`, type: 'float64' },
      { sql: `any_value(${name}.n)`, type: 'int64' },
      unbounded,
    ],
    join: { name, sql: mad ? robust : moments },
    read: ([rows, evaluated, unexpected, spread, n, infinite]) => {
      if (evaluated !== 0n && !mad && Number(n ?? 0) < 2) return { kind: 'unjudged', reason: 'too-few-rows' }
      if (infinite !== 0n) return { kind: 'unjudged', reason: 'not-finite' }
      if (evaluated !== 0n && (spread === 0 || spread === null))
        return { kind: 'unjudged', reason: 'zero-spread' }
      return counts.read([rows ?? 0n, evaluated ?? 0n, unexpected ?? 0n])
    },
  }
}

function binCounts(check: CheckData, { columns, dialect }: AggregateContext): Aggregate {
  const where = whereSql(check, columns, dialect)
  return {
    columns: binConditions(check, columns, dialect).map(condition => counted(all([where, condition]))),
    read: values => ({ kind: 'counts', counts: values.map(Number) }),
  }
}
