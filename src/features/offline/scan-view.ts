import type { FeatureViewData, SourceData } from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { type Field, runValues, type Value } from '../../kernel/values/index.ts'
import type { ViewClosure } from '../model.ts'
import { skippedSql } from './as-of.ts'
import type { SqlDialect } from './dialect.ts'
import { requireSource } from './lookups.ts'
import { rowOrder, totalOrder } from './order.ts'
import {
  type OfflineEngine,
  type OfflineSession,
  type ScanRequest,
  type ScanScope,
  type SessionOptions,
  sourceRelation,
  type ViewScan,
} from './ports.ts'
import { reachOf } from './reach.ts'
import { inDependencyOrder } from './source-plan.ts'
import { all, id } from './sql-text.ts'
import { bigints } from './windows/load.ts'

/** One scan in a scope of its own; see `OfflineEngine.scanView`. */
export async function scanView(engine: OfflineEngine, request: ScanRequest): Promise<ViewScan> {
  const { projectFolder, signal } = request
  let close = async (): Promise<void> => undefined
  const scan = await lazyScan(request, async plan => {
    const session = await engine.open({
      projectFolder,
      reach: reachOf(request.closure.sources, projectFolder),
      ...(signal ? { signal } : {}),
    })
    close = () => session.close()
    const uses = new Map([[plan.source.name, 1]])
    await addScanned({ session, uses, added: new Set() }, request, plan)
    return session
  })
  return { ...scan, chunks: closing(scan.chunks, () => close()) }
}

/** See `OfflineEngine.openScans`: a source that several views or SQL sources read is evaluated once and held. */
export async function openScans(
  engine: OfflineEngine,
  closure: ViewClosure,
  options: SessionOptions,
): Promise<ScanScope> {
  const session = await engine.open({ reach: reachOf(closure.sources, options.projectFolder), ...options })
  const uses = usesOf(closure)
  const added = new Set<string>()
  return {
    scanView: request =>
      lazyScan(request, async plan => {
        await addScanned({ session, uses, added }, request, plan)
        return session
      }),
    close: () => session.close(),
  }
}

async function* closing<Item>(items: AsyncIterable<Item>, close: () => Promise<void>): AsyncIterable<Item> {
  try {
    yield* items
  } finally {
    await close()
  }
}

interface ScanPlan {
  readonly view: FeatureViewData
  readonly source: SourceData
  readonly columns: readonly ScanColumn[]
}

async function lazyScan(
  request: ScanRequest,
  open: (plan: ScanPlan) => Promise<OfflineSession>,
): Promise<ViewScan> {
  const view = request.closure.views.find(each => each.name === request.view)
  if (!view) throw new FettleError('FEATURE_VIEW_UNKNOWN', `there is no feature view "${request.view}"`)
  const source = requireSource(request.closure.sources, view.source)
  const columns = [...scanColumns(request.closure, view, source), ...placeColumn(request, source)]
  const fields = columns.map(column => column.field)
  let skipped = { null_key: 0, null_event_time: 0 }
  async function* chunks(): AsyncIterable<readonly (readonly Value[])[]> {
    const plan: ScanPlan = { view: view as FeatureViewData, source, columns }
    const session = await open(plan)
    const [[keys = 0n, times = 0n] = []] = await session.rows(skippedSql(plan.view, source), bigints(2))
    skipped = { null_key: Number(keys), null_event_time: Number(times) }
    for await (const batch of session.stream(scanSql(request, plan, session.dialect), fields))
      yield batch.columns.map((run, index) => runValues(run, fields[index]?.type ?? 'string'))
  }
  return { fields, chunks: chunks(), skipped: () => skipped }
}

interface Scanned {
  readonly session: OfflineSession
  readonly uses: ReadonlyMap<string, number>
  readonly added: Set<string>
}

/** Adds what the scan reads. A source with one use holds only the rows of the scan and those it counts as skipped. */
async function addScanned(
  { session, uses, added }: Scanned,
  request: ScanRequest,
  { view, source }: ScanPlan,
): Promise<void> {
  for (const each of inDependencyOrder(request.closure.sources, [source.name])) {
    if (added.has(each.name)) continue
    const shared = (uses.get(each.name) ?? 0) > 1
    if (each !== source || shared) await session.addSource(each, shared ? 'stored' : 'no')
    else await session.addSource(each, 'stored', `${inBounds(request, view)} OR ${skippable(view)}`)
    added.add(each.name)
  }
}

/** How often the scans of a closure read each source, directly or through SQL. Versions of events take a scan more. */
function usesOf({ sources, views }: ViewClosure): ReadonlyMap<string, number> {
  const uses = new Map<string, number>()
  const use = (name: string, times: number): void => void uses.set(name, (uses.get(name) ?? 0) + times)
  const read = [...new Set(views.map(view => view.source))]
  for (const view of views)
    use(view.source, requireSource(sources, view.source).eventId === undefined ? 1 : 2)
  for (const { from } of inDependencyOrder(sources, read)) {
    if (from.kind !== 'sql') continue
    for (const name of new Set(from.parts.flatMap(part => (typeof part === 'string' ? [] : [part.source]))))
      use(name, 1)
  }
  return uses
}

interface ScanColumn {
  readonly field: Field
  sql(dialect: SqlDialect): string
}

function scanColumns(closure: ViewClosure, view: FeatureViewData, source: SourceData): ScanColumn[] {
  const entity = closure.entities.find(each => each.name === view.entity)
  const typeOf = (name: string): Field['type'] =>
    source.columns.find(column => column.name === name)?.type ?? 'string'
  const keys = view.keys.map((name, index) => ({
    field: { name: entity?.key[index]?.name ?? name, type: typeOf(name) },
    sql: () => id(name),
  }))
  const read = new Set<string>()
  for (const feature of view.features) {
    if (feature.column !== undefined) read.add(feature.column)
    if (feature.kind === 'window' && feature.where) read.add(feature.where.column)
    if (feature.kind === 'window' && source.eventId !== undefined) read.add(source.eventId)
  }
  return [
    ...keys,
    { field: { name: '__event', type: 'timestamp' }, sql: dialect => dialect.timestamp('__e') },
    { field: { name: '__known', type: 'timestamp' }, sql: dialect => dialect.timestamp('__k') },
    ...(source.sequence === undefined
      ? []
      : [{ field: { name: '__sequence', type: 'int64' as const }, sql: () => id(source.sequence ?? '') }]),
    ...(source.deleted === undefined
      ? []
      : [{ field: { name: '__deleted', type: 'bool' as const }, sql: () => id(source.deleted ?? '') }]),
    ...source.columns
      .filter(column => read.has(column.name))
      .map(column => ({ field: { name: column.name, type: column.type }, sql: () => id(column.name) })),
  ]
}

function placeColumn({ places }: ScanRequest, source: SourceData): ScanColumn[] {
  if (places !== true || source.eventId === undefined) return []
  const version = [source.eventId, ...(source.sequence === undefined ? [] : [source.sequence])].map(id)
  const sql = (dialect: SqlDialect): string =>
    `row_number() OVER (PARTITION BY __k, ${version.join(', ')} ORDER BY ${rowOrder(source, dialect).join(', ')})`
  return [{ field: { name: '__place', type: 'int64' }, sql }]
}

function scanSql(request: ScanRequest, { view, source, columns }: ScanPlan, dialect: SqlDialect): string {
  const keyOrder = view.keys.map(key => `${id(key)} NULLS FIRST`)
  const order = [...keyOrder, ...totalOrder(source, dialect)].join(', ')
  return `SELECT ${columns.map(column => column.sql(dialect)).join(', ')} FROM ${id(sourceRelation(source.name))} WHERE ${inBounds(request, view)} ORDER BY ${order}`
}

/** Rows that the scan gives. */
function inBounds({ knownAfter, knownUpTo, eventFrom }: ScanRequest, view: FeatureViewData): string {
  const conditions = [...view.keys.map(key => `${id(key)} IS NOT NULL`), '__e IS NOT NULL']
  const known = (condition: string): string => `coalesce(${condition}, ${view.knownTime === 'latest'})`
  conditions.push(known(`__k <= ${knownUpTo}`))
  if (knownAfter !== null) conditions.push(known(`__k > ${knownAfter}`))
  if (eventFrom !== null) conditions.push(`__e >= ${eventFrom}`)
  return `(${all(conditions)})`
}

function skippable(view: FeatureViewData): string {
  return [...view.keys.map(key => `${id(key)} IS NULL`), '__e IS NULL'].join(' OR ')
}
