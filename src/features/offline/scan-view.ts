import type { FeatureViewData, SourceData } from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { type Field, runValues, type Value } from '../../kernel/values/index.ts'
import type { ViewClosure } from '../model.ts'
import { skippedSql } from './as-of.ts'
import { requireSource } from './lookups.ts'
import { totalOrder } from './order.ts'
import { type OfflineEngine, type ScanRequest, sourceRelation, type ViewScan } from './ports.ts'
import { inDependencyOrder } from './source-plan.ts'
import { all, id } from './sql-text.ts'
import { bigints } from './windows/load.ts'

/** Reads a view's rows for materialization through a session of the engine; see `OfflineEngine.scanView`. */
export async function scanView(engine: OfflineEngine, request: ScanRequest): Promise<ViewScan> {
  const view = request.closure.views.find(each => each.name === request.view)
  if (!view) throw new FettleError('FEATURE_VIEW_UNKNOWN', `there is no feature view "${request.view}"`)
  const source = requireSource(request.closure.sources, view.source)
  const columns = scanColumns(request.closure, view, source)
  let skipped = { null_key: 0, null_event_time: 0 }
  async function* chunks(): AsyncIterable<readonly (readonly Value[])[]> {
    const { projectFolder, signal } = request
    const session = await engine.open({ projectFolder, ...(signal ? { signal } : {}) })
    try {
      for (const each of inDependencyOrder(request.closure.sources, [source.name]))
        await session.addSource(each, each === source ? 'stored' : 'no')
      const [[keys = 0n, times = 0n] = []] = await session.rows(
        skippedSql(view as FeatureViewData, source),
        bigints(2),
      )
      skipped = { null_key: Number(keys), null_event_time: Number(times) }
      const fields = columns.map(column => column.field)
      for await (const batch of session.stream(
        scanSql(request, { view: view as FeatureViewData, source, columns }),
        fields,
      )) {
        yield batch.columns.map((run, index) => runValues(run, fields[index]?.type ?? 'string'))
      }
    } finally {
      await session.close()
    }
  }
  return { fields: columns.map(column => column.field), chunks: chunks(), skipped: () => skipped }
}

interface ScanColumn {
  readonly field: Field
  readonly sql: string
}

function scanColumns(closure: ViewClosure, view: FeatureViewData, source: SourceData): ScanColumn[] {
  const entity = closure.entities.find(each => each.name === view.entity)
  const typeOf = (name: string): Field['type'] =>
    source.columns.find(column => column.name === name)?.type ?? 'string'
  const keys = view.keys.map((name, index) => ({
    field: { name: entity?.key[index]?.name ?? name, type: typeOf(name) },
    sql: id(name),
  }))
  const read = new Set<string>()
  for (const feature of view.features) {
    if (feature.column !== undefined) read.add(feature.column)
    if (feature.kind === 'window' && feature.where) read.add(feature.where.column)
    if (feature.kind === 'window' && source.eventId !== undefined) read.add(source.eventId)
  }
  return [
    ...keys,
    { field: { name: '__event', type: 'timestamp' }, sql: 'make_timestamp(__e)' },
    { field: { name: '__known', type: 'timestamp' }, sql: 'make_timestamp(__k)' },
    ...(source.sequence === undefined
      ? []
      : [{ field: { name: '__sequence', type: 'int64' as const }, sql: id(source.sequence) }]),
    ...(source.deleted === undefined
      ? []
      : [{ field: { name: '__deleted', type: 'bool' as const }, sql: id(source.deleted) }]),
    ...source.columns
      .filter(column => read.has(column.name))
      .map(column => ({ field: { name: column.name, type: column.type }, sql: id(column.name) })),
  ]
}

function scanSql(
  { knownAfter, knownUpTo, eventFrom }: ScanRequest,
  { view, source, columns }: { view: FeatureViewData; source: SourceData; columns: readonly ScanColumn[] },
): string {
  const conditions = [...view.keys.map(key => `${id(key)} IS NOT NULL`), '__e IS NOT NULL']
  const known =
    view.knownTime === 'latest'
      ? (condition: string) => `coalesce(${condition}, true)`
      : (condition: string) => `coalesce(${condition}, false)`
  conditions.push(known(`__k <= ${knownUpTo}`))
  if (knownAfter !== null) conditions.push(known(`__k > ${knownAfter}`))
  if (eventFrom !== null) conditions.push(`__e >= ${eventFrom}`)
  const keyOrder = view.keys.map(key => `${id(key)} NULLS FIRST`)
  const order = [...keyOrder, ...totalOrder(source)].join(', ')
  return `SELECT ${columns.map(column => column.sql).join(', ')} FROM ${id(sourceRelation(source.name))} WHERE ${all(conditions)} ORDER BY ${order}`
}
