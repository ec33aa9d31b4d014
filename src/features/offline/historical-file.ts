import type { FeatureViewData, LookupData, SourceData } from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Field } from '../../kernel/values/index.ts'
import { type JoinResult, joinedFrom, joinLookups, valueSql } from './join.ts'
import { resolveLookups } from './lookups.ts'
import type { OfflineEngine } from './ports.ts'
import { sourceRelation } from './ports.ts'
import { reachOf } from './reach.ts'
import { addSources } from './source-plan.ts'
import { id } from './sql-text.ts'
import { bigints } from './windows/load.ts'

/** Spine rows in a Parquet file, and the features wanted at their times. */
export interface HistoricalFileRequest {
  readonly sources: readonly SourceData[]
  readonly views: readonly FeatureViewData[]
  readonly lookups: readonly LookupData[]
  readonly fullNames: boolean
  /** The columns to read from the file, which are also kept. */
  readonly spine: { readonly path: string; readonly fields: readonly Field[] }
  /** Spine column (timestamp) each row looks back from; SPINE_TIME_NULL if it holds nulls. */
  readonly time: string
  readonly projectFolder: string
  /** Parquet file to write, in an existing folder: the spine's columns, then the features. */
  readonly outputPath: string
  readonly signal?: AbortSignal
}

export interface HistoricalFileResult {
  readonly rows: number
  readonly fields: readonly Field[]
  readonly skipped: JoinResult['skipped']
  readonly nullKeyRows: JoinResult['nullKeyRows']
}

/** As `historical`, from file to file: of any size, in the spine's order, duplicates kept. */
export async function historicalFile(
  engine: OfflineEngine,
  request: HistoricalFileRequest,
): Promise<HistoricalFileResult> {
  const { projectFolder, signal, spine } = request
  const given = spineSource(request)
  const lookups = resolveLookups({ ...request, spine: spine.fields })
  const session = await engine.open({
    projectFolder,
    reach: reachOf([...request.sources, given], projectFolder, [`${request.outputPath}/..`]),
    ...(signal ? { signal } : {}),
  })
  try {
    const uses = lookups.map(({ source, features }) => ({
      source: source.name,
      features: features.map(each => each.feature),
    }))
    await addSources(session, request.sources, uses)
    await session.addSource(given, 'no')
    await session.createNumbered(
      'spine',
      `SELECT *, ${session.dialect.micros(id(request.time))} AS __t FROM ${id(sourceRelation(given.name))}`,
    )
    const [[rows = 0n, untimed = 0n] = []] = await session.rows(
      'SELECT count(*), count(*) - count(__t) FROM spine',
      bigints(2),
    )
    if (untimed !== 0n)
      throw new FettleError('SPINE_TIME_NULL', `${untimed} spine rows have no "${request.time}"`, {
        details: { column: request.time, count: Number(untimed) },
      })
    const relation = { relation: 'spine', rows: Number(rows) }
    const joined = await joinLookups({ session, spine: relation, lookups, times: { horizon: null } })
    const columns = [
      ...spine.fields.map(({ name }) => `s.${id(name)}`),
      ...joined.columns.map(column => `${valueSql(column)} AS ${id(column.field.name)}`),
    ]
    await session.writeParquet(
      `SELECT ${columns.join(', ')} FROM ${joinedFrom('spine', joined.columns)} ORDER BY s.__n`,
      request.outputPath,
    )
    return {
      rows: relation.rows,
      fields: [...spine.fields, ...joined.columns.map(column => column.field)],
      skipped: joined.skipped,
      nullKeyRows: joined.nullKeyRows,
    }
  } finally {
    await session.close()
  }
}

function spineSource({ spine, time, sources }: HistoricalFileRequest): SourceData {
  const field = spine.fields.find(each => each.name === time)
  if (!field)
    throw new FettleError('COLUMN_MISSING', `the spine has no time column "${time}"`, {
      details: { column: time },
    })
  if (field.type !== 'timestamp')
    throw new FettleError(
      'TYPE_MISMATCH',
      `the spine's time column "${time}" is ${field.type}, wanted timestamp`,
    )
  const name = ['spine_file', ...sources.map(source => source.name)].reduce((left, right) =>
    left === right ? `${left}_` : left,
  )
  return {
    kind: 'source',
    name,
    from: { kind: 'parquet', path: spine.path },
    columns: spine.fields,
    eventTime: null,
    knownAt: { kind: 'event' },
  }
}
