import type { CheckData } from '../../definitions/index.ts'
import { parseDuration } from '../../kernel/time.ts'
import type { Field, Value, ValueType } from '../../kernel/values/index.ts'
import { all, id } from '../offline/sql-text.ts'
import { type AggregateColumn, judged } from './aggregates.ts'
import { columnNamed, columnsOf, listParameter, valueFor } from './columns.ts'
import { type CheckDialect, columnSql, isFloat } from './dialect.ts'
import type { Measure } from './model.ts'
import { missingSql, whereSql } from './row-sql.ts'

/** What a grouping or window check is compiled in. */
export interface StatementContext {
  readonly relation: string
  readonly columns: readonly Field[]
  readonly dialect: CheckDialect
  /** Relation of another source that a check names. */
  readonly other: (name: string) => string
}

/** A check's part of a statement. Checks with equal `from` share one statement. */
export interface Statement {
  readonly from: string
  readonly columns: readonly AggregateColumn[]
  readonly read: (values: readonly Value[]) => Measure
}

/** The statement of a check of target G or W. */
export function statementOf(check: CheckData, context: StatementContext): Statement {
  const make = statements[check.check]
  if (!make) throw new TypeError(`${check.check} is no grouping`)
  return make(check, context)
}

const int64 = (sql: string): AggregateColumn => ({ sql, type: 'int64' satisfies ValueType })

const statements: Readonly<Record<string, (check: CheckData, context: StatementContext) => Statement>> = {
  unique: (check, context) => ({
    ...valueCounts(check, context),
    columns: [allRows(check, context), total, int64('coalesce(sum(n) FILTER (WHERE n > 1), 0)::BIGINT')],
    read: readRows,
  }),
  unique_together: tupleCounts,
  distinct_count: (check, context) => ({
    ...valueCounts(check, context),
    columns: [total, int64('count(*)')],
    read: ([evaluated, distinct]) => number(evaluated, distinct ?? 0n),
  }),
  distinct_share: (check, context) => ({
    ...valueCounts(check, context),
    columns: [total, int64('count(*)')],
    read: ([evaluated, distinct]) => number(evaluated, Number(distinct) / Number(evaluated)),
  }),
  distinct_set: distinctSet,
  mode_in_set: (check, context) => ({
    ...valueCounts(check, context),
    columns: [total, int64('max(n)'), int64(`max(n) FILTER (WHERE ${inSet(check, context)})`)],
    read: ([evaluated, top, inside]) => ({
      kind: 'holds',
      evaluated: Number(evaluated),
      holds: top === inside,
    }),
  }),
  references: antiJoin,
  no_gaps: gaps,
  monotonic: steps,
}

const total = int64('coalesce(sum(n), 0)::BIGINT')

function allRows(check: CheckData, { relation, columns, dialect }: StatementContext): AggregateColumn {
  return int64(`(SELECT count(*) FROM ${relation} WHERE ${whereSql(check, columns, dialect)})`)
}

function readRows([rows, evaluated, unexpected]: readonly Value[]): Measure {
  return { kind: 'rows', rows: Number(rows), evaluated: Number(evaluated), unexpected: Number(unexpected) }
}

function number(evaluated: Value | undefined, value: Value): Measure {
  return { kind: 'observed', rows: Number(evaluated), evaluated: Number(evaluated), values: [value] }
}

/** A value by which rows are grouped: −0 is 0. */
export function groupKey(column: Field, dialect: CheckDialect): string {
  const name = columnSql(column)
  if (!isFloat(column.type)) return name
  const zero = dialect.literal(column.type, 0)
  return `CASE WHEN ${name} = ${zero} THEN ${zero} ELSE ${name} END`
}

function valueCounts(check: CheckData, context: StatementContext): { readonly from: string } {
  const { condition, column } = judged(check, context)
  return {
    from: `(SELECT ${groupKey(column, context.dialect)} AS k, count(*) AS n FROM ${context.relation} WHERE ${condition} GROUP BY 1)`,
  }
}

/** The rows a tuple check judges, by its policy for missing parts. */
export function tupleCondition(
  check: CheckData,
  { columns, dialect }: Pick<StatementContext, 'columns' | 'dialect'>,
) {
  const missing = columnsOf(check, columns).map(column => missingSql(check, column, dialect))
  const policy = check.params['missing'] ?? 'any'
  const left = policy === 'any' ? missing.join(' OR ') : policy === 'all' ? missing.join(' AND ') : 'false'
  return all([whereSql(check, columns, dialect), `NOT (${left})`])
}

/** The parts of a tuple by which rows are grouped: all that is missing is one value, null. */
export function tupleKeys(
  check: CheckData,
  { columns, dialect }: Pick<StatementContext, 'columns' | 'dialect'>,
) {
  return columnsOf(check, columns).map(
    column =>
      `CASE WHEN ${missingSql(check, column, dialect)} THEN NULL ELSE ${groupKey(column, dialect)} END`,
  )
}

function tupleCounts(check: CheckData, context: StatementContext): Statement {
  const keys = tupleKeys(check, context)
  const named = keys.map((key, index) => `${key} AS k${index}`).join(', ')
  const grouped = keys.map((_, index) => index + 1).join(', ')
  return {
    from: `(SELECT ${named}, count(*) AS n FROM ${context.relation} WHERE ${tupleCondition(check, context)} GROUP BY ${grouped})`,
    columns: [allRows(check, context), total, int64('coalesce(sum(n) FILTER (WHERE n > 1), 0)::BIGINT')],
    read: readRows,
  }
}

function inSet(check: CheckData, { columns, dialect }: StatementContext): string {
  const [column] = columnsOf(check, columns)
  const literals = column
    ? listParameter(check, 'values').map(each => dialect.literal(column.type, valueFor(column, each)))
    : []
  return literals.length === 0 ? 'false' : `k IN (${literals.join(', ')})`
}

function distinctSet(check: CheckData, context: StatementContext): Statement {
  const inside = inSet(check, context)
  const [column] = columnsOf(check, context.columns)
  const size = new Set(
    listParameter(check, 'values').map(each => (column ? String(valueFor(column, each)) : '')),
  ).size
  return {
    ...valueCounts(check, context),
    columns: [total, int64('count(*)'), int64(`count(*) FILTER (WHERE ${inside})`)],
    read: ([evaluated, distinct, found]) => {
      const within = distinct === found
      const contains = Number(found) === size
      const { relation } = check.params
      const holds = relation === 'within' ? within : relation === 'contains' ? contains : within && contains
      return { kind: 'holds', evaluated: Number(evaluated), holds }
    },
  }
}

/** Rows beside the keys of the other source; `hit` is null where there is none. */
export function referencedRows(check: CheckData, context: StatementContext): string {
  const { relation, columns, dialect, other } = context
  const names = listParameter(check, 'columns').map(String)
  const keys = names.map((name, index) => `${id(name)} AS __k${index}`).join(', ')
  const own = columnsOf(check, columns)
  const on = own.map((column, index) => `${columnSql(column)} = o.__k${index}`).join(' AND ')
  const present = own.map(column => `NOT ${missingSql(check, column, dialect)}`)
  const condition = all([whereSql(check, columns, dialect), ...present])
  return `(SELECT t.*, o.__hit FROM (SELECT * FROM ${relation} WHERE ${condition}) t LEFT JOIN (SELECT DISTINCT ${keys}, true AS __hit FROM ${other(String(check.params['source']))}) o ON ${on})`
}

function antiJoin(check: CheckData, context: StatementContext): Statement {
  return {
    from: referencedRows(check, context),
    columns: [allRows(check, context), int64('count(*)'), int64('count(*) FILTER (WHERE __hit IS NULL)')],
    read: readRows,
  }
}

function gaps(check: CheckData, context: StatementContext): Statement {
  const { condition, column } = judged(check, context)
  const limit = parseDuration(String(check.params['maxGap']))
  const distinct = `SELECT DISTINCT ${columnSql(column)} AS v FROM ${context.relation} WHERE ${condition}`
  return {
    from: `(SELECT v, lag(v) OVER (ORDER BY v) AS p FROM (${distinct}))`,
    columns: [
      allRows(check, context),
      int64('count(p)'),
      int64(`count(*) FILTER (WHERE ${context.dialect.microsBetween('v', 'p')} > ${limit})`),
    ],
    read: values => (values[1] === 0n ? { kind: 'unjudged', reason: 'too-few-rows' } : readRows(values)),
  }
}

function steps(check: CheckData, context: StatementContext): Statement {
  const { condition, column } = judged(check, context)
  const { columns, dialect, relation } = context
  const by = columnNamed(String(check.params['by']), columns)
  const { direction, strict } = check.params
  const compare = `${direction === 'decreasing' ? '<' : '>'}${strict === true ? '' : '='}`
  const missing = missingSql({ ...check, missingValues: [] }, by, dialect)
  return {
    from: `(SELECT v, b, missing_by, lag(v) OVER o AS p, lag(b) OVER o AS pb
      FROM (SELECT ${columnSql(column)} AS v, ${columnSql(by)} AS b, ${missing} AS missing_by FROM ${relation} WHERE ${condition})
      WINDOW o AS (ORDER BY b))`,
    columns: [
      allRows(check, context),
      int64('count(p)'),
      int64(`count(*) FILTER (WHERE p IS NOT NULL AND NOT (v ${compare} p))`),
      int64('count(*) FILTER (WHERE missing_by)'),
      int64('count(*) FILTER (WHERE b = pb)'),
    ],
    read: ([rows, evaluated, unexpected, missingBy, ties]) => {
      if (missingBy !== 0n) return { kind: 'error', code: 'MISSING_ORDER' }
      if (ties !== 0n) return { kind: 'error', code: 'AMBIGUOUS_ORDER' }
      return readRows([rows ?? 0n, evaluated ?? 0n, unexpected ?? 0n])
    },
  }
}
