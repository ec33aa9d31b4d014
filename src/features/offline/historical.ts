import type { FeatureViewData, LookupData, SourceData } from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Field, Rows, Value } from '../../kernel/values/index.ts'
import type { SpineRelation } from './as-of.ts'
import { type JoinResult, joinedFrom, joinLookups, statusSql, valueSql } from './join.ts'
import { resolveLookups } from './lookups.ts'
import type { OfflineEngine, OfflineSession } from './ports.ts'
import { reachOf } from './reach.ts'
import { addSources } from './source-plan.ts'
import { id } from './sql-text.ts'

/** Rows in memory and the features wanted at their times. */
export interface HistoricalRequest {
  readonly sources: readonly SourceData[]
  readonly views: readonly FeatureViewData[]
  readonly lookups: readonly LookupData[]
  readonly fullNames: boolean
  readonly spine: Rows
  /** Spine column (timestamp) each row looks back from; SPINE_TIME_NULL if it holds nulls. */
  readonly time: string
  readonly projectFolder: string
  readonly signal?: AbortSignal
}

/** Features in requested order, row for row of the spine, with one status letter per row and feature. */
export interface HistoricalResult {
  readonly fields: readonly Field[]
  readonly rows: readonly (readonly Value[])[]
  /** Per feature, one letter per row: P, N, F, A. */
  readonly statuses: readonly string[]
  readonly skipped: JoinResult['skipped']
  readonly nullKeyRows: JoinResult['nullKeyRows']
  readonly undefinedReasons: JoinResult['undefinedReasons']
}

/** What was known of each row's keys at its time (features.md §3 and §4): output rows are the spine's, in its order. */
export async function historical(
  engine: OfflineEngine,
  request: HistoricalRequest,
): Promise<HistoricalResult> {
  const { spine, projectFolder, signal } = request
  const lookups = resolveLookups({ ...request, spine: spine.fields })
  const session = await engine.open({
    projectFolder,
    reach: reachOf(request.sources, projectFolder),
    ...(signal ? { signal } : {}),
  })
  try {
    await addSources(
      session,
      request.sources,
      lookups.map(({ source, features }) => ({
        source: source.name,
        features: features.map(each => each.feature),
      })),
    )
    const relation = await addSpine(session, request)
    const joined = await joinLookups({ session, spine: relation, lookups, times: { horizon: null } })
    const fields = joined.columns.map(column => column.field)
    const letters = fields.map((_, index): Field => ({ name: `status${index}`, type: 'string' }))
    const select = [...joined.columns.map(valueSql), ...joined.columns.map(statusSql)].join(', ')
    const rows = await session.rows(
      `SELECT ${select} FROM ${joinedFrom(relation.relation, joined.columns)} ORDER BY s.__n`,
      [...fields, ...letters],
    )
    return {
      fields,
      rows: rows.map(row => row.slice(0, fields.length)),
      statuses: fields.map((_, index) => rows.map(row => String(row[fields.length + index])).join('')),
      skipped: joined.skipped,
      nullKeyRows: joined.nullKeyRows,
      undefinedReasons: joined.undefinedReasons,
    }
  } finally {
    await session.close()
  }
}

async function addSpine(session: OfflineSession, { spine, time }: HistoricalRequest): Promise<SpineRelation> {
  const at = spine.fields.findIndex(field => field.name === time)
  if (at < 0)
    throw new FettleError('COLUMN_MISSING', `the spine has no time column "${time}"`, {
      details: { column: time },
    })
  if (spine.fields[at]?.type !== 'timestamp')
    throw new FettleError(
      'TYPE_MISMATCH',
      `the spine's time column "${time}" is ${spine.fields[at]?.type}, wanted timestamp`,
    )
  const nulls = spine.rows.flatMap((row, index) => (row[at] === null ? [index] : []))
  if (nulls.length > 0) {
    throw new FettleError(
      'SPINE_TIME_NULL',
      `${nulls.length} spine rows have no "${time}"; the first are ${nulls.slice(0, 5).join(', ')}`,
      { details: { column: time, count: nulls.length, rows: nulls.slice(0, 5) } },
    )
  }
  await session.addRows('spine_given', {
    fields: [{ name: '__n', type: 'int64' }, ...spine.fields],
    rows: spine.rows.map((row, index) => [BigInt(index), ...row]),
  })
  await session.createTable(
    'spine',
    `SELECT *, ${session.dialect.micros(id(time))} AS __t FROM spine_given ORDER BY __n`,
  )
  return { relation: 'spine', rows: spine.rows.length }
}
