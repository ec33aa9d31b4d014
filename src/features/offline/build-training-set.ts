import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp, type Micros, parseDuration } from '../../kernel/time.ts'
import type { Field } from '../../kernel/values/index.ts'
import { addErased } from '../erasure/spine.ts'
import type { ErasedKeys } from '../erasure/suppression-list.ts'
import type { SourceVersion, TrainingSetClosure, TrainingSetManifest } from '../model.ts'
import { inProcessRunner, type OnDemandRunner } from '../on-demand/index.ts'
import { checkStored } from './check-stored.ts'
import { identifyTrainingSet } from './identity.ts'
import { type JoinResult, joinedFrom, joinLookups } from './join.ts'
import { addLabel, labelField, labelUses } from './label.ts'
import { type ResolvedLookup, requireSource, resolveLookups } from './lookups.ts'
import { addOnDemand } from './on-demand-columns.ts'
import { type OutputColumn, outputColumns } from './output-columns.ts'
import type { OfflineEngine, OfflineSession } from './ports.ts'
import { reachOf } from './reach.ts'
import { addSources } from './source-plan.ts'
import { fileHash, sourceVersions } from './source-versions.ts'
import { spineSql, splitBounds, splitSql } from './spine.ts'
import { id } from './sql-text.ts'
import { statusCounts } from './status-counts.ts'
import { bigints } from './windows/load.ts'

export interface BuildUpdate {
  readonly done: number
  readonly total: number | null
  readonly unit: string
  readonly message: string
}

export interface BuildOptions {
  /** Nothing known later than this exists for the build. */
  readonly asOf: Micros
  readonly projectFolder: string
  /** Folder of the finished set; it appears whole or not at all. */
  readonly outputFolder: string
  readonly parameters?: Json
  /**
   * Push sources as the engine reads them, and the versions they are read at (`exportPushed`). The set's identity is that
   * of the closure as it is defined.
   */
  readonly pushed?: {
    readonly closure: TrainingSetClosure
    readonly versions: Readonly<Record<string, SourceVersion>>
  }
  /** Order of spine rows of one time; default: the spine columns used as keys, in order of first use. */
  readonly spineKeys?: readonly string[]
  /** Where on-demand features run; default: in this process, without a limit of memory. */
  readonly onDemand?: OnDemandRunner
  /** Rows of these keys are left out, and counted as `erased`. */
  readonly erased?: ErasedKeys
  /** Build although a yes-or-no label has one class only; such a set trains nothing. */
  readonly allowOneClass?: boolean
  onProgress(update: BuildUpdate): void
  readonly signal: AbortSignal
  readonly now: Micros
}

/**
 * Builds a training set (features.md §7): `part-0.parquet` and `manifest.json` in the output folder, which is written
 * beside it and moved into place at the end. Throws EMPTY_SPINE, NO_ROWS_LEFT, LABEL_ONE_CLASS, SOURCE_CHANGED, and what
 * reading sources and resolving names throws.
 */
export async function buildTrainingSet(
  engine: OfflineEngine,
  closure: TrainingSetClosure,
  options: BuildOptions,
): Promise<TrainingSetManifest> {
  const readVersions = async () => ({
    ...(await sourceVersions(closure.sources, options.projectFolder)),
    ...options.pushed?.versions,
  })
  const versions = await readVersions()
  const read = options.pushed?.closure ?? closure
  const scratch = `${options.outputFolder}.partial`
  await rm(scratch, { recursive: true, force: true })
  await mkdir(scratch, { recursive: true })
  const progress = reporter(closure, options)
  const session = await engine.open({
    projectFolder: options.projectFolder,
    reach: reachOf(read.sources, options.projectFolder, [scratch]),
    signal: options.signal,
    onShare: progress.share,
  })
  try {
    const build: Build = {
      engine,
      closure: read,
      defined: closure,
      options,
      session,
      versions,
      scratch,
      progress,
    }
    const manifest = await runBuild(build)
    refuseChanged(versions, await readVersions())
    await writeFile(join(scratch, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`)
    await rm(options.outputFolder, { recursive: true, force: true })
    await rename(scratch, options.outputFolder)
    return manifest
  } catch (error) {
    // A file that was replaced while it was read fails in many ways; what a person needs to know is that it moved.
    if (error instanceof FettleError && unreadable.has(error.code))
      refuseChanged(versions, await readVersions())
    throw error
  } finally {
    await session.close()
    await rm(scratch, { recursive: true, force: true })
  }
}

const unreadable = new Set<string>(['SOURCE_UNREADABLE', 'SOURCE_BAD_VALUE', 'SCHEMA_MISMATCH'])

interface Build {
  readonly engine: OfflineEngine
  readonly closure: TrainingSetClosure
  /** Before push sources became files. */
  readonly defined: TrainingSetClosure
  readonly options: BuildOptions
  readonly session: OfflineSession
  readonly versions: Readonly<Record<string, SourceVersion>>
  readonly scratch: string
  readonly progress: Reporter
}

interface Reporter {
  step(message: string): void
  share(share: number): void
}

function reporter(closure: TrainingSetClosure, { onProgress }: BuildOptions): Reporter {
  const total = closure.sources.length + closure.trainingSet.lookups.length + 4
  let done = -1
  let message = ''
  return {
    step(next) {
      message = next
      done = Math.min(done + 1, total - 1)
      onProgress({ done, total, unit: 'steps', message })
    },
    share: share => onProgress({ done: Math.min(done + share, total), total, unit: 'steps', message }),
  }
}

async function runBuild(build: Build): Promise<TrainingSetManifest> {
  const { closure, session, options, progress } = build
  const { trainingSet: set, sources } = closure
  const source = requireSource(sources, set.spine.source)
  refuseReserved(set.columns)
  const spineFields = [...new Set([...set.columns, ...set.request])].map(name =>
    spineField(source.columns, name),
  )
  const lookups = resolveLookups({
    views: closure.views,
    sources,
    lookups: set.lookups,
    fullNames: set.fullNames,
    spine: source.columns
      .filter(column => spineFields.some(field => field.name === column.name))
      .concat(keysOnly(source.columns, set, spineFields)),
  })
  const label = labelField(set, sources)
  const uses = [
    { source: source.name, features: [] },
    ...lookups.map(each => ({
      source: each.source.name,
      features: each.features.map(({ feature }) => feature),
    })),
    ...labelUses(set, sources),
  ]
  await addSources(session, sources, uses, name => progress.step(`reading source ${name}`))
  progress.step('spine and label')
  const counts = await addKeptRows(build, lookups)
  const spine = { relation: 'kept', rows: counts.kept }
  const joined = await joinLookups({
    session,
    spine,
    lookups,
    times: { horizon: options.asOf },
    onLookup: each => progress.step(`features of ${each.lookup.as}`),
  })
  progress.step('on-demand features')
  const onDemand = await addOnDemand(session, {
    closure,
    joined: joined.columns,
    rows: counts.kept,
    runner: options.onDemand ?? inProcessRunner(),
  })
  const features = [...joined.columns, ...onDemand]
  progress.step('writing')
  const columns = outputColumns({ set: spineFields, features, label, splits: set.splits.length > 0 })
  const path = join(build.scratch, 'part-0.parquet')
  await session.writeParquet(
    `SELECT ${columns.map(column => `${column.sql} AS ${id(column.name)}`).join(', ')} FROM ${joinedFrom('kept', features)} ORDER BY s.__n`,
    path,
  )
  progress.step('checking the stored file')
  const fields = columns.map(({ name, type }): Field => ({ name, type }))
  const checksum = await checkStored(session, { path, fields, rows: counts.kept })
  return manifestOf(build, {
    columns,
    counts,
    checksum,
    path,
    statuses: await statusCounts(session, 'kept', joined.columns),
    skipped: joined.skipped,
  })
}

function spineField(columns: readonly Field[], name: string): Field {
  const column = columns.find(each => each.name === name)
  if (!column)
    throw new FettleError('COLUMN_MISSING', `the spine has no column "${name}"`, {
      details: { column: name },
    })
  return { name, type: column.type }
}

/** Spine columns that only serve as keys: they can be joined on but are not in the set, so they collide with nothing. */
function keysOnly(
  columns: readonly Field[],
  set: TrainingSetClosure['trainingSet'],
  kept: readonly Field[],
): Field[] {
  const keys = new Set(set.lookups.flatMap(lookup => lookup.keys))
  return columns.filter(column => keys.has(column.name) && !kept.some(field => field.name === column.name))
}

function refuseReserved(names: readonly string[]): void {
  const reserved = names.find(name => name.startsWith('__'))
  if (reserved !== undefined)
    throw new FettleError('RESERVED_NAME', `the spine column "${reserved}" has a reserved name`, {
      details: { column: reserved },
    })
}

interface Counts {
  readonly spine: number
  readonly kept: number
  readonly excluded: Readonly<Record<string, number>>
  readonly splits: Readonly<Record<string, number>>
}

const reasons = ['erased', 'immature', 'unlabelled', 'outside_split', 'embargoed'] as const

/** Makes `kept`: spine rows that no reason excludes, numbered `__n`, with `__row`, `__label` and `__split`. */
async function addKeptRows(
  { session, closure, options }: Build,
  lookups: readonly ResolvedLookup[],
): Promise<Counts> {
  const { trainingSet: set, sources } = closure
  const source = requireSource(sources, set.spine.source)
  const splits = splitBounds(set)
  const keys = options.spineKeys ?? set.spine.order ?? [...new Set(lookups.flatMap(each => each.lookup.keys))]
  const { dialect } = session
  await session.createNumbered('spine', spineSql({ set, source, asOf: options.asOf, keys, dialect }))
  const [[rows = 0n] = []] = await session.rows('SELECT count(*) FROM spine', bigints(1))
  if (rows === 0n)
    throw new FettleError(
      'EMPTY_SPINE',
      `the spine of "${set.name}" has no rows known by ${formatTimestamp(options.asOf)}`,
      { details: { where: set.spine.where ?? [] } },
    )
  const erased = await addErased(session, { lookups, columns: source.columns, erased: options.erased })
  await addLabel({ session, set, source, sources, asOf: options.asOf, rows: Number(rows) })
  const split = splitSql(set, splits, dialect)
  const reason = `CASE WHEN ${erased} THEN 'erased' WHEN __t + ${parseDuration(set.labelMaturity)} > ${options.asOf} THEN 'immature'
    WHEN ${set.keepUnlabelled ? 'false' : '__label IS NULL'} THEN 'unlabelled'
    WHEN ${splits.length === 0 ? 'false' : `${split.name} IS NULL`} THEN 'outside_split' WHEN ${split.embargoed} THEN 'embargoed' END`
  await session.run(
    `CREATE TEMP VIEW judged AS SELECT s.*, l.__label, ${split.name} AS __split, ${reason} AS __reason FROM spine s JOIN label l USING (__n)`,
  )
  const counted = await session.rows(
    "SELECT coalesce(__reason, ''), coalesce(__split, ''), count(*) FROM judged GROUP BY ALL",
    [
      { name: 'reason', type: 'string' },
      { name: 'split', type: 'string' },
      { name: 'n', type: 'int64' },
    ],
  )
  const sum = (test: (reason: string, split: string) => boolean): number =>
    counted.reduce(
      (total, [why, name, n]) => (test(String(why), String(name)) ? total + Number(n) : total),
      0,
    )
  const counts = reasons.map((each): [string, number] => [each, sum(why => why === each)])
  const excluded = Object.fromEntries(counts.filter(([each, count]) => each !== 'erased' || count > 0))
  const kept = sum(why => why === '')
  if (kept + reasons.reduce((total, each) => total + (excluded[each] ?? 0), 0) !== Number(rows))
    throw new Error('rows and exclusions do not add up to the spine')
  if (kept === 0)
    throw new FettleError(
      'NO_ROWS_LEFT',
      `all ${rows} spine rows of "${set.name}" are excluded: ${Object.entries(excluded)
        .map(([each, count]) => `${count} ${each}`)
        .join(', ')}`,
      { details: { excluded } },
    )
  if (labelField(set, sources).type === 'bool' && !options.allowOneClass)
    await refuseOneClass(session, set.name)
  await session.createNumbered(
    'kept',
    `SELECT ${dialect.allBut(['__n'])}, __n AS __row FROM judged WHERE __reason IS NULL ORDER BY __row`,
  )
  return {
    spine: Number(rows),
    kept,
    excluded,
    splits: Object.fromEntries(
      splits.map(({ name }) => [name, sum((why, each) => why === '' && each === name)]),
    ),
  }
}

async function refuseOneClass(session: OfflineSession, name: string): Promise<void> {
  const [[positive = 0n, negative = 0n] = []] = await session.rows(
    'SELECT count(*) FILTER (WHERE __label), count(*) FILTER (WHERE NOT __label) FROM judged WHERE __reason IS NULL',
    bigints(2),
  )
  if (positive !== 0n && negative !== 0n) return
  throw new FettleError(
    'LABEL_ONE_CLASS',
    `the label of "${name}" is true in ${positive} rows and false in ${negative}: both are needed`,
    { details: { true: Number(positive), false: Number(negative) } },
  )
}

interface Stored {
  readonly columns: readonly OutputColumn[]
  readonly counts: Counts
  readonly checksum: string
  readonly path: string
  readonly statuses: TrainingSetManifest['statuses']
  readonly skipped: JoinResult['skipped']
}

async function manifestOf(
  { closure, defined, options, versions, engine }: Build,
  stored: Stored,
): Promise<TrainingSetManifest> {
  const { id, definition, reproducible } = identifyTrainingSet({
    closure: defined,
    versions,
    asOf: options.asOf,
    started: options.now,
    ...(options.parameters === undefined ? {} : { parameters: options.parameters }),
  })
  return {
    schema: 1,
    id,
    name: closure.trainingSet.name,
    definition,
    sources: versions,
    asOf: formatTimestamp(options.asOf),
    engine: engine.version,
    columns: stored.columns.map(({ sql: _, ...column }) => column),
    spineRows: stored.counts.spine,
    excluded: stored.counts.excluded,
    rows: stored.counts.kept,
    splits: stored.counts.splits,
    statuses: stored.statuses,
    skipped: stored.skipped,
    files: [
      { path: 'part-0.parquet', bytes: (await stat(stored.path)).size, sha256: await fileHash(stored.path) },
    ],
    checksum: stored.checksum,
    reproducible,
    createdAt: formatTimestamp(options.now),
  }
}

function refuseChanged(
  before: Readonly<Record<string, SourceVersion>>,
  after: Readonly<Record<string, SourceVersion>>,
): void {
  for (const [name, version] of Object.entries(before)) {
    if (after[name] === version) continue
    throw new FettleError('SOURCE_CHANGED', `source "${name}" changed while the training set was built`, {
      details: { source: name, was: version, is: after[name] },
    })
  }
}
