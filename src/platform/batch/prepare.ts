import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createDuckDBEngine } from '../../adapters/engines/duckdb/index.ts'
import type { SourceData } from '../../definitions/index.ts'
import { layFiles } from '../../deployments/index.ts'
import { type ServingPlan, servingPlanFile } from '../../evaluation/index.ts'
import {
  joinRows,
  type OfflineEngine,
  type RowsToJoin,
  type SourceVersion,
  sourceVersions,
  workerRunner,
} from '../../features/index.ts'
import { contentHash } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { ActionContext, ObjectStore } from '../../pipelines/index.ts'
import type { Release } from '../../registry/index.ts'
import {
  checkedSelect,
  fileRelation,
  joinedRelation,
  quoteText,
  type RowsRelation,
} from '../../serving/index.ts'
import { readPushed } from '../actions/read-pushed.ts'
import type { Folders } from '../folders.ts'

export interface RowsWanted {
  readonly rows: RowsToJoin
  /** Sources of the rows, those they select from included; empty for a file. */
  readonly sources: readonly SourceData[]
  readonly keep: readonly string[]
  /** At which instant features are read: one for all, or the column of each row's own. */
  readonly at: { readonly instant: Micros } | { readonly column: string }
}

/** The release in a folder as serving lays it down: release.json, the model files, verified by hash, and what scores it. */
export async function layRelease(
  objects: Pick<ObjectStore, 'getFile'>,
  { release, plan }: { readonly release: Release; readonly plan: ServingPlan | undefined },
  folder: string,
): Promise<void> {
  await mkdir(folder, { recursive: true })
  await layFiles(objects, release.model.files, folder)
  if (plan) await writeFile(join(folder, servingPlanFile), JSON.stringify(plan))
  await writeFile(join(folder, 'release.json'), JSON.stringify(release))
}

/** What the rows are, before anything is computed: other bytes, or other versions of a source, are another snapshot. */
export async function snapshotOf(
  release: Release,
  { rows, sources }: RowsWanted,
  projectFolder: string,
): Promise<{ readonly snapshot: string; readonly versions: Readonly<Record<string, SourceVersion>> }> {
  const read = [...new Map([...sources, ...release.features.sources].map(each => [each.name, each])).values()]
  const needed = release.features.lookups.length > 0 ? read : sources
  const versions = await sourceVersions(needed, projectFolder)
  const content = rows.kind === 'file' ? await fileHash(resolve(projectFolder, rows.path)) : rows
  return { snapshot: contentHash({ rows: content, versions } as never), versions }
}

async function fileHash(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile())
    throw new FettleError('SOURCE_UNREADABLE', `there is no file ${path}`, {
      hint: '--rows takes a Parquet file.',
    })
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

export interface PreparePlace {
  readonly engine: OfflineEngine
  readonly context: ActionContext
  readonly folders: Folders
}

/** The rows with their features: a file that needs none is read where it lies, everything else is joined once. */
export async function prepareRows(
  release: Release,
  wanted: RowsWanted,
  { engine, context, folders }: PreparePlace,
): Promise<RowsRelation> {
  const { features } = release
  const { rows, keep, at } = wanted
  if (rows.kind === 'file' && features.lookups.length === 0 && features.onDemand.length === 0)
    return fileRows(features, { path: resolve(context.projectFolder, rows.path), keep })
  const closure = { sources: merged(wanted.sources, features.sources) }
  const pushed = await readPushed(engine, { closure }, { context, folders })
  const path = join(context.scratchFolder, 'rows.parquet')
  const runner = workerRunner()
  try {
    const joined = await joinRows(engine, {
      rows: rows.kind === 'file' ? { ...rows, path: resolve(context.projectFolder, rows.path) } : rows,
      sources: pushed.closure.sources,
      // As online: without a look-back of its own a view looks back for its maxAge.
      views: features.views.map(({ lookback: _, ...view }) => view),
      lookups: features.lookups,
      onDemand: features.onDemand,
      fullNames: features.fullNames,
      request: features.request.map(({ name, type }) => ({ name, type })),
      columns: types =>
        checkedSelect(features, { types, keep: known(keep, types), time: 'column' in at ? at.column : null }),
      at,
      runner,
      projectFolder: context.projectFolder,
      outputPath: path,
      signal: context.signal,
    })
    return joinedRelation({ path, rows: joined.rows, features: joined.features })
  } finally {
    await runner.close()
  }
}

function merged(...lists: readonly (readonly SourceData[])[]): readonly SourceData[] {
  return [...new Map(lists.flat().map(each => [each.name, each])).values()]
}

function known(keep: readonly string[], types: ReadonlyMap<string, string>): readonly string[] {
  const missing = keep.find(name => !types.has(name))
  if (missing !== undefined)
    throw new FettleError('COLUMN_MISSING', `the rows have no column "${missing}" to keep`, {
      details: { column: missing },
    })
  return keep
}

/** Types and number of the rows of a Parquet file. */
export async function fileRows(
  features: Release['features'],
  { path, keep }: { readonly path: string; readonly keep: readonly string[] },
): Promise<RowsRelation> {
  const engine = createDuckDBEngine({ threads: 1 })
  const session = await engine.open({ projectFolder: '/', reach: { files: [path], folders: [] } })
  try {
    const from = `read_parquet(${quoteText(path)})`
    const described = await session.rows(
      `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${from})`,
      [
        { name: 'name', type: 'string' },
        { name: 'type', type: 'string' },
      ],
    )
    const types = new Map(described.map(([name, type]) => [String(name), String(type)]))
    const [[rows = 0n] = []] = await session.rows(`SELECT count(*) FROM ${from}`, [
      { name: 'rows', type: 'int64' },
    ])
    if (rows === 0n) throw new FettleError('EMPTY_SPINE', `${path} has no rows`)
    return fileRelation(features, { path, rows: Number(rows), types, keep: known(keep, types) })
  } finally {
    await session.close()
    await engine.close()
  }
}
