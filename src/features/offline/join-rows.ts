import type {
  FeatureViewData,
  LookupData,
  OnDemandData,
  PredicateData,
  SourceData,
} from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Field } from '../../kernel/values/index.ts'
import type { TrainingSetClosure } from '../model.ts'
import type { OnDemandRunner } from '../on-demand/index.ts'
import { joinedFrom, joinLookups, statusSql, valueSql } from './join.ts'
import { requireSource, resolveLookups } from './lookups.ts'
import { addOnDemand } from './on-demand-columns.ts'
import { type OfflineEngine, type OfflineSession, sourceRelation } from './ports.ts'
import { predicateSql } from './predicate.ts'
import { reachOf } from './reach.ts'
import { addSources } from './source-plan.ts'
import { all, id, text } from './sql-text.ts'
import { bigints } from './windows/load.ts'

/** The rows to score: a Parquet file as it lies, or a source of the project. */
export type RowsToJoin =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'source'; readonly source: string; readonly where: readonly PredicateData[] }

export interface JoinRowsRequest {
  readonly rows: RowsToJoin
  readonly sources: readonly SourceData[]
  readonly views: readonly FeatureViewData[]
  readonly lookups: readonly LookupData[]
  readonly onDemand: readonly OnDemandData[]
  readonly fullNames: boolean
  /** Columns of the rows that lookups and functions read, in their declared types. */
  readonly request: readonly Field[]
  /** Given the columns of the rows with the engine's types, the columns to make of them: request field i is `__q<i>`. */
  columns(types: ReadonlyMap<string, string>): readonly string[]
  /** Features are those known at this instant, or at each row's own time in a column; rows without one see nothing. */
  readonly at: { readonly instant: Micros } | { readonly column: string }
  readonly runner: OnDemandRunner
  readonly projectFolder: string
  readonly outputPath: string
  readonly signal: AbortSignal
}

export interface JoinedRows {
  readonly rows: number
  /** Feature i is column `__f<i>`, its status letter `__s<i>`. */
  readonly features: readonly Field[]
}

/**
 * Rows with their features by the point-in-time join of training sets, as one Parquet file in the rows' order: `__n`, the
 * columns asked for, features and status letters. No row is left out: what is wrong with one is for its columns to say. An
 * on-demand function that fails on a row gives null there, as it does when it serves.
 */
export async function joinRows(engine: OfflineEngine, request: JoinRowsRequest): Promise<JoinedRows> {
  const { projectFolder, rows, sources, signal, outputPath } = request
  const files = rows.kind === 'file' ? [rows.path] : []
  const reach = reachOf(sources, projectFolder, [`${outputPath}/..`])
  const session = await engine.open({
    projectFolder,
    reach: { ...reach, files: [...reach.files, ...files] },
    signal,
  })
  try {
    const lookups = resolveLookups({ ...request, spine: request.request })
    await addSources(session, sources, [
      ...(rows.kind === 'source' ? [{ source: rows.source, features: [] }] : []),
      ...lookups.map(({ source, features }) => ({
        source: source.name,
        features: features.map(each => each.feature),
      })),
    ])
    const given = await addGiven(session, request)
    const spine = { relation: 'kept', rows: await addSpine(session, given, request) }
    const joined = await joinLookups({
      session,
      spine,
      lookups,
      times: { horizon: 'instant' in request.at ? request.at.instant : null },
    })
    const computed = await addOnDemand(session, {
      closure: onDemandClosure(request),
      joined: joined.columns,
      rows: spine.rows,
      runner: request.runner,
    })
    const features = [...joined.columns, ...computed]
    const columns = features.flatMap((column, index) => [
      `${valueSql(column)} AS __f${index}`,
      `${statusSql(column)} AS __s${index}`,
    ])
    const own = [...(await columnTypes(session, 'checked')).keys()].filter(name => name !== '__t')
    await session.writeParquet(
      `SELECT ${['__n', ...own]
        .map(name => `s.${id(name)}`)
        .concat(columns)
        .join(', ')} FROM ${joinedFrom('kept', features)} ORDER BY s.__n`,
      outputPath,
    )
    return { rows: spine.rows, features: features.map(({ field }) => field) }
  } finally {
    await session.close()
  }
}

/** The rows as a relation. */
async function addGiven(
  session: OfflineSession,
  { rows, sources }: Pick<JoinRowsRequest, 'rows' | 'sources'>,
): Promise<string> {
  if (session.dialect.name !== 'duckdb')
    throw new FettleError('BAD_PARAMETER', 'batch scoring joins features with the embedded engine only', {
      hint: 'Set "offline": "duckdb" in fettle.json.',
    })
  if (rows.kind === 'file') {
    await session.run(`CREATE TEMP VIEW given AS SELECT * FROM read_parquet(${text(rows.path)})`)
    return 'given'
  }
  const columns = requireSource(sources, rows.source).columns
  const where = all(rows.where.map(each => predicateSql(each, columns, session.dialect)))
  await session.run(
    `CREATE TEMP VIEW given AS SELECT * FROM ${id(sourceRelation(rows.source))} WHERE ${where}`,
  )
  return 'given'
}

async function columnTypes(session: OfflineSession, relation: string): Promise<Map<string, string>> {
  const described = await session.rows(`SELECT column_name, column_type FROM (DESCRIBE ${id(relation)})`, [
    { name: 'name', type: 'string' },
    { name: 'type', type: 'string' },
  ])
  return new Map(described.map(([name, type]) => [String(name), String(type)]))
}

/** `kept`: the rows, numbered, with their instant `__t`, the columns asked for, and request fields by their names. */
async function addSpine(
  session: OfflineSession,
  given: string,
  { at, columns, request }: JoinRowsRequest,
): Promise<number> {
  const types = await columnTypes(session, given)
  if ('column' in at && !(types.get(at.column) ?? '').startsWith('TIMESTAMP'))
    throw new FettleError('COLUMN_MISSING', `the rows have no column "${at.column}" of times`, {
      details: { column: at.column, type: types.get(at.column) ?? null },
    })
  const time =
    'instant' in at
      ? `${at.instant}::BIGINT`
      : `coalesce(${session.dialect.micros(`${id(at.column)}::TIMESTAMP`)}, 0)`
  const own = columns(types)
  await session.run(`CREATE TEMP VIEW checked AS SELECT ${own.join(', ')}, ${time} AS __t FROM ${id(given)}`)
  // What functions read has no NaN: it is missing, as it is online.
  const named = request.map(({ name, type }, index) =>
    type === 'float64' || type === 'float32'
      ? `CASE WHEN isnan(__q${index}) THEN NULL ELSE __q${index} END AS ${id(name)}`
      : `__q${index} AS ${id(name)}`,
  )
  await session.createNumbered('kept', `SELECT ${['*', ...named].join(', ')} FROM checked`)
  const [[rows = 0n] = []] = await session.rows('SELECT count(*) FROM kept', bigints(1))
  if (rows === 0n) throw new FettleError('EMPTY_SPINE', 'there are no rows to score')
  return Number(rows)
}

/** What the functions need of a training set: which they are, and what their inputs are called. */
function onDemandClosure({
  sources,
  views,
  lookups,
  onDemand,
  fullNames,
}: JoinRowsRequest): TrainingSetClosure {
  const tolerant = onDemand.map(each => ({ ...each, maxErrorShare: 1 }))
  const trainingSet = { lookups, fullNames, onDemand: onDemand.map(({ name }) => name) }
  return { entities: [], sources, views, onDemand: tolerant, trainingSet } as unknown as TrainingSetClosure
}
