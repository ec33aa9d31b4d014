import { type CheckData, type ColumnData, checkWords } from '../../definitions/index.ts'
import { isFettleError } from '../../kernel/errors/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import { type Field, runValues, type Value } from '../../kernel/values/index.ts'
import type { OfflineSession } from '../offline/ports.ts'
import { id } from '../offline/sql-text.ts'
import { type Aggregate, aggregateOf } from './aggregates.ts'
import { type CheckDialect, checkDialect } from './dialect.ts'
import { type Statement, type StatementContext, statementOf } from './groups.ts'
import type { CheckedRelation, Measure } from './model.ts'
import { rowTest } from './row-test.ts'

/** A table to measure, and the relations of the sources its checks name. */
export interface MeasuredTable extends CheckedRelation {
  /** Relation of another source; it is there before measuring begins. */
  readonly other: (name: string) => string
}

/** A measured table that says what its columns hold of persons. */
export interface ShownTable extends MeasuredTable {
  readonly columns: readonly ColumnData[]
}

/**
 * Measures checks in SQL: one aggregate statement for all of target A, one statement per grouping or window, and the
 * row evaluator for what SQL cannot say. A check that cannot be computed is an error of its own.
 */
export async function measureChecks(
  session: OfflineSession,
  table: MeasuredTable,
  checks: readonly CheckData[],
): Promise<ReadonlyMap<CheckData, Measure>> {
  const of = (target: string): CheckData[] => checks.filter(each => checkWords[each.check]?.target === target)
  const measures = new Map<CheckData, Measure>()
  await measureAggregates(session, table, { checks: of('aggregate'), measures })
  await measureStatements(session, table, { checks: [...of('group'), ...of('window')], measures })
  for (const check of of('row')) measures.set(check, await attempt(() => measureByRow(session, table, check)))
  return measures
}

interface Measuring {
  readonly checks: readonly CheckData[]
  readonly measures: Map<CheckData, Measure>
}

async function attempt(measure: () => Promise<Measure>): Promise<Measure> {
  try {
    return await measure()
  } catch (error) {
    return { kind: 'error', code: codeOf(error) }
  }
}

/** The catalogue's code, or what the engine said in short. */
function codeOf(error: unknown): string {
  if (isFettleError(error)) return error.code
  return `NOT_COMPUTABLE: ${messageOf(error).split('\n')[0]?.slice(0, 200)}`
}

async function measureAggregates(
  session: OfflineSession,
  table: MeasuredTable,
  { checks, measures }: Measuring,
): Promise<void> {
  const dialect = checkDialect(session.dialect)
  const plans: { check: CheckData; aggregate: Aggregate }[] = []
  for (const [index, check] of checks.entries()) {
    try {
      plans.push({ check, aggregate: aggregateOf(check, contextOf(table, { index, dialect })) })
    } catch (error) {
      measures.set(check, { kind: 'error', code: codeOf(error) })
    }
  }
  const together = await attemptAll(session, table, plans)
  for (const plan of plans) {
    const [found] = together ?? (await attemptAll(session, table, [plan])) ?? []
    const measure = together ? together[plans.indexOf(plan)] : found
    measures.set(plan.check, measure ?? { kind: 'error', code: 'NOT_COMPUTABLE' })
  }
}

function contextOf(table: MeasuredTable, { index, dialect }: { index: number; dialect: CheckDialect }) {
  return { relation: id(table.relation), columns: table.columns, dialect, index }
}

/** One statement for all; undefined if it fails, so that each can be tried by itself. */
async function attemptAll(
  session: OfflineSession,
  table: MeasuredTable,
  plans: readonly { readonly aggregate: Aggregate }[],
): Promise<Measure[] | undefined> {
  if (plans.length === 0) return []
  const { sql, fields, at } = aggregateStatement(table, plans)
  try {
    const [row = []] = await session.rows(sql, fields)
    return plans.map(({ aggregate }) =>
      aggregate.read(aggregate.columns.map(({ sql: text }) => row[at.get(text) ?? -1] ?? null)),
    )
  } catch {
    return undefined
  }
}

/** The statement, and where each expression stands in it; equal ones stand once. */
function aggregateStatement(table: MeasuredTable, plans: readonly { readonly aggregate: Aggregate }[]) {
  const at = new Map<string, number>()
  const fields: Field[] = []
  for (const { aggregate } of plans)
    for (const { sql, type } of aggregate.columns) {
      if (at.has(sql)) continue
      at.set(sql, fields.length)
      fields.push({ name: `c${fields.length}`, type })
    }
  const joins = plans.flatMap(({ aggregate: { join } }) =>
    join ? [` CROSS JOIN (${join.sql}) ${join.name}`] : [],
  )
  return {
    sql: `SELECT ${[...at.keys()].join(', ')} FROM ${id(table.relation)}${joins.join('')}`,
    fields,
    at,
  }
}

async function measureStatements(
  session: OfflineSession,
  table: MeasuredTable,
  { checks, measures }: Measuring,
): Promise<void> {
  const dialect = checkDialect(session.dialect)
  const groups = new Map<string, { check: CheckData; statement: Statement }[]>()
  for (const check of checks) {
    try {
      const statement = statementOf(check, statementContext(table, dialect))
      groups.set(statement.from, [...(groups.get(statement.from) ?? []), { check, statement }])
    } catch (error) {
      measures.set(check, { kind: 'error', code: codeOf(error) })
    }
  }
  for (const [from, group] of groups) {
    const columns = group.flatMap(({ statement }) => statement.columns)
    const fields = columns.map(({ type }, index) => ({ name: `c${index}`, type }))
    let offset = 0
    const row = await session
      .rows(`SELECT ${columns.map(({ sql }) => sql).join(', ')} FROM ${from}`, fields)
      .then(rows => rows[0] ?? [])
      .catch((error: unknown) => codeOf(error))
    for (const { check, statement } of group) {
      const values = typeof row === 'string' ? [] : row.slice(offset, offset + statement.columns.length)
      offset += statement.columns.length
      measures.set(check, typeof row === 'string' ? { kind: 'error', code: row } : statement.read(values))
    }
  }
}

/** What the statements of a table are compiled in. */
export function statementContext(table: MeasuredTable, dialect: CheckDialect): StatementContext {
  return {
    relation: id(table.relation),
    columns: table.columns,
    dialect,
    other: name => id(table.other(name)),
  }
}

/** Streams the rows through the evaluator. */
async function measureByRow(
  session: OfflineSession,
  table: MeasuredTable,
  check: CheckData,
): Promise<Measure> {
  const used = [...new Set([...check.columns, ...(check.where ? [check.where.column] : [])])]
  const fields = table.columns.filter(each => used.includes(each.name))
  const test = rowTest(check, fields)
  let [rows, evaluated, unexpected] = [0, 0, 0]
  const names = fields.map(each => id(each.name)).join(', ')
  for await (const batch of session.stream(`SELECT ${names} FROM ${id(table.relation)}`, fields)) {
    const columns = batch.columns.map((run, index) => runValues(run, fields[index]?.type ?? 'string'))
    for (let row = 0; row < batch.rows; row++) {
      const verdict = test(columns.map((values): Value => values[row] ?? null))
      if (verdict !== 'outside') rows++
      if (verdict === 'good' || verdict === 'bad') evaluated++
      if (verdict === 'bad') unexpected++
    }
  }
  return { kind: 'rows', rows, evaluated, unexpected }
}
