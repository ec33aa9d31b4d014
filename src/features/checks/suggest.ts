import type { CheckData, SourceData } from '../../definitions/index.ts'
import { wilson } from '../../kernel/statistics/index.ts'
import type { Micros } from '../../kernel/time.ts'
import { encodeNative, type Field, type Value } from '../../kernel/values/index.ts'
import { type OfflineEngine, type OfflineSession, sourceRelation } from '../offline/ports.ts'
import { reachOf } from '../offline/reach.ts'
import { inDependencyOrder } from '../offline/source-plan.ts'
import { id } from '../offline/sql-text.ts'
import { checkDialect } from './dialect.ts'
import { judgeChecks } from './judge-checks.ts'
import { quarantining } from './quarantine.ts'

/** A draft with its evidence: how it would have done on each partition of the past. */
export interface SuggestedCheck {
  /** TypeScript to paste into the source's `checks`. */
  readonly code: string
  readonly held: number
  readonly failed: number
  readonly notEvaluated: number
}

export interface SuggestRequest {
  readonly source: SourceData
  readonly sources: readonly SourceData[]
  /** Timestamp column by which the past is cut. */
  readonly by: string
  readonly partitions: 'day' | 'week' | 'month'
  readonly projectFolder: string
  readonly now: Micros
}

/** At fewer partitions a suggestion would only repeat the data it came from. */
const fewestPartitions = 2

/**
 * Suggests checks that hold on the source's own past (monitoring.md §1.4), each back-tested on every partition. No
 * suggestion blocks. `partitions` is how many there are; with fewer than two nothing is suggested.
 */
export async function suggestChecks(
  engine: OfflineEngine,
  request: SuggestRequest,
): Promise<{ readonly partitions: number; readonly suggestions: readonly SuggestedCheck[] }> {
  const { source, sources, projectFolder } = request
  const session = await quarantining(engine).open({ projectFolder, reach: reachOf(sources, projectFolder) })
  try {
    for (const each of inDependencyOrder(sources, [source.name]))
      await session.addSource(each, each === source ? 'stored' : 'no')
    const starts = await partitionStarts(session, request)
    if (starts.length < fewestPartitions) return { partitions: starts.length, suggestions: [] }
    const drafts: Draft[] = []
    for (const column of source.columns)
      drafts.push(...(await draftsOf(session, { ...request, starts }, column)))
    const suggestions = await backTest(session, { ...request, starts }, drafts)
    return {
      partitions: starts.length,
      suggestions: suggestions.filter(each => each.failed === 0 && each.held > 0),
    }
  } finally {
    await session.close()
  }
}

interface Draft {
  readonly code: string
  readonly check: CheckData
}

interface Partitioned extends SuggestRequest {
  readonly starts: readonly Micros[]
}

const instant: Field = { name: 'start', type: 'timestamp' }
const count: Field = { name: 'n', type: 'int64' }

async function partitionStarts(session: OfflineSession, request: SuggestRequest): Promise<Micros[]> {
  const start = `date_trunc('${request.partitions}', ${id(request.by)})::TIMESTAMP`
  const rows = await session.rows(
    `SELECT DISTINCT ${start} FROM ${id(sourceRelation(request.source.name))} WHERE ${id(request.by)} IS NOT NULL ORDER BY 1`,
    [instant],
  )
  return rows.map(([value]) => value as Micros)
}

function draft(column: string, [word, call]: readonly [string, string], given: Partial<CheckData>): Draft {
  const check = {
    check: word,
    name: `${word}_${column}`,
    columns: [column],
    params: {},
    severity: 'warn' as const,
  }
  return { code: call, check: { ...check, ...given } }
}

/** Most values of a set, and least rows for a unique column. */
const mostValues = 50
const fewestUnique = 1000n

async function draftsOf(session: OfflineSession, request: Partitioned, column: Field): Promise<Draft[]> {
  const relation = id(sourceRelation(request.source.name))
  const name = id(column.name)
  const [[rows = 0n, present = 0n, distinct = 0n] = []] = await session.rows(
    `SELECT count(*), count(${name}), count(DISTINCT ${name}) FROM ${relation}`,
    [count, count, count],
  )
  const drafts: Draft[] = []
  const ref = `c.${column.name}`
  const missing = missingDraft(column.name, { rows: Number(rows), missing: Number(rows) - Number(present) })
  if (missing) drafts.push(missing)
  if (present === distinct && (present as bigint) >= fewestUnique)
    drafts.push(draft(column.name, ['unique', `unique(${ref})`], {}))
  if (/^(int64|float64|float32)$/.test(column.type))
    drafts.push(...(await rangeDraft(session, relation, column)))
  if (column.type === 'string' && (distinct as bigint) <= mostValues && (distinct as bigint) > 0n)
    drafts.push(...(await setDraft(session, request, column)))
  if (column.type === 'string') drafts.push(...(await shapeDraft(session, relation, column)))
  return drafts
}

/** `mostly` = 1 − upper 99 % Wilson bound of the missing share, rounded down to 6 decimals. */
function missingDraft(
  column: string,
  { rows, missing }: { rows: number; missing: number },
): Draft | undefined {
  if (rows === 0 || missing === rows) return undefined
  const bounds = wilson(missing, rows, 0.01)
  if ('undefined' in bounds) return undefined
  const mostly = Math.floor((1 - bounds.upper) * 1e6) / 1e6
  const options = `, { mostly: ${mostly} }`
  return draft(column, ['not_missing', `notMissing(c.${column}${options})`], { mostly })
}

/** The observed range widened on each side by 10 % of the interquartile range, or one unit of the last decimal. */
async function rangeDraft(session: OfflineSession, relation: string, column: Field): Promise<Draft[]> {
  const value = `${id(column.name)}::DOUBLE`
  const float: Field = { name: 'x', type: 'float64' }
  const { quantile } = checkDialect(session.dialect)
  const [[min, max, low, high] = []] = await session.rows(
    `SELECT min(x), max(x), ${quantile('x', 0.25)}, ${quantile('x', 0.75)} FROM (SELECT ${value} AS x FROM ${relation}) WHERE NOT isnan(x) AND abs(x) <> 'Infinity'::DOUBLE`,
    [float, float, float, float],
  )
  if (typeof min !== 'number' || typeof max !== 'number') return []
  const decimals = column.type === 'int64' ? 0 : Math.max(decimalsOf(min), decimalsOf(max))
  const unit = 10 ** -decimals
  const margin = Math.max((Number(high) - Number(low)) / 10, unit)
  const params = {
    min: Number((Math.floor((min - margin) / unit) * unit).toFixed(decimals)),
    max: Number((Math.ceil((max + margin) / unit) * unit).toFixed(decimals)),
  }
  const call = `between(c.${column.name}, { min: ${params.min}, max: ${params.max} })`
  return [draft(column.name, ['between', call], { params })]
}

function decimalsOf(value: number): number {
  return Math.min(6, (/\.(\d+)$/.exec(String(value))?.[1] ?? '').length)
}

/** A set, unless the newest quarter of the partitions brought a value that was new. */
async function setDraft(session: OfflineSession, request: Partitioned, column: Field): Promise<Draft[]> {
  const { starts, source, by } = request
  const newest = starts[Math.floor((starts.length * 3) / 4)] ?? 0n
  const rows = await session.rows(
    `SELECT ${id(column.name)}, min(${id(by)}) FROM ${id(sourceRelation(source.name))} WHERE ${id(column.name)} IS NOT NULL GROUP BY 1 ORDER BY 1`,
    [column, instant],
  )
  if (rows.some(([, first = null]) => first === null || (first as Micros) >= newest)) return []
  const values = rows.map(([value]) => String(value))
  const call = `inSet(c.${column.name}, ${JSON.stringify(values).replaceAll('"', "'")})`
  return values.some(each => /['\\]/.test(each))
    ? []
    : [draft(column.name, ['in_set', call], { params: { values } })]
}

/** Shapes that many columns have; the first that all values have is suggested. */
const shapes = [
  '^[A-Z]{2}$',
  '^[A-Z]{3}$',
  '^[0-9]+$',
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
  '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  '^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$',
]

async function shapeDraft(session: OfflineSession, relation: string, column: Field): Promise<Draft[]> {
  const tests = shapes.map(shape =>
    draft(column.name, ['matches', `matches(c.${column.name}, '${shape.replaceAll('\\', '\\\\')}')`], {
      params: { patterns: [shape] },
    }),
  )
  const table = { relation: relation.slice(1, -1), columns: [column], other: sourceRelation }
  const facts = { now: 0n, history: [], missing: {} }
  const judged = await judgeChecks(session, table, { checks: tests.map(each => each.check), facts })
  return tests.filter(each => judged.get(each.check)?.outcome.state === 'pass').slice(0, 1)
}

/** Runs every draft on every partition by itself. */
async function backTest(
  session: OfflineSession,
  request: Partitioned,
  drafts: readonly Draft[],
): Promise<SuggestedCheck[]> {
  const { source, by, starts } = request
  const counts = drafts.map(() => ({ held: 0, failed: 0, notEvaluated: 0 }))
  const relation = 'part'
  for (const [index, from] of starts.entries()) {
    const to = starts[index + 1]
    const bound = (value: Value): string =>
      `TIMESTAMP ${encodeNative('timestamp', value).replaceAll('"', "'").replace('Z', '')}`
    await session.createTable(
      relation,
      `SELECT * FROM ${id(sourceRelation(source.name))} WHERE ${id(by)} >= ${bound(from)}${to === undefined ? '' : ` AND ${id(by)} < ${bound(to)}`}`,
    )
    const table = { relation, columns: source.columns, other: sourceRelation }
    const facts = { now: request.now, history: [], missing: {} }
    const judged = await judgeChecks(session, table, { checks: drafts.map(each => each.check), facts })
    for (const [at, { check }] of drafts.entries()) {
      const state = judged.get(check)?.outcome.state
      const tally = counts[at]
      if (!tally) continue
      if (state === 'pass') tally.held++
      else if (state === 'fail') tally.failed++
      else tally.notEvaluated++
    }
  }
  return drafts.map(({ code }, at) => ({ code, ...(counts[at] ?? { held: 0, failed: 0, notEvaluated: 0 }) }))
}
