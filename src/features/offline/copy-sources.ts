import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { SourceData } from '../../definitions/model.ts'
import type { SourceVersion } from '../model.ts'
import { rowOrder } from './order.ts'
import { type OfflineEngine, type OfflineSession, sourceRelation } from './ports.ts'
import { reachOf } from './reach.ts'
import { inDependencyOrder } from './source-plan.ts'
import { fileHash } from './source-versions.ts'
import { id } from './sql-text.ts'

export interface CopyRequest {
  readonly sources: readonly SourceData[]
  readonly projectFolder: string
  /** Where copies are kept: `<source>/<sha256>.parquet`. */
  readonly copyFolder: string
  readonly signal?: AbortSignal
}

export interface CopiedSources {
  /** The sources, those with `copy: true` read from Fettle's copy. */
  readonly sources: readonly SourceData[]
  /** Versions of the copied ones: `files:<sha256>`. */
  readonly versions: Readonly<Record<string, SourceVersion>>
}

/**
 * Makes Fettle's own copy of every source with `copy: true` (features.md §2.6): its declared columns in the order of whole
 * rows, so that the same rows are the same file, kept once. A copy appears whole or not at all. Throws what reading does.
 */
export async function copySources(engine: OfflineEngine, request: CopyRequest): Promise<CopiedSources> {
  const wanted = request.sources.filter(source => source.copy)
  if (wanted.length === 0) return { sources: request.sources, versions: {} }
  const { projectFolder, copyFolder, signal } = request
  await mkdir(copyFolder, { recursive: true })
  const session = await engine.open({
    projectFolder,
    reach: reachOf(request.sources, projectFolder, [copyFolder]),
    ...(signal ? { signal } : {}),
  })
  const copies = new Map<string, string>()
  try {
    const names = wanted.map(({ name }) => name)
    for (const source of inDependencyOrder(request.sources, names)) {
      await session.addSource(source, source.copy ? 'stored' : 'no')
      if (source.copy) copies.set(source.name, await copyOf(session, source, copyFolder))
    }
  } finally {
    await session.close()
  }
  return {
    sources: request.sources.map(source => {
      const hash = copies.get(source.name)
      return hash === undefined ? source : copied(source, join(copyFolder, source.name, `${hash}.parquet`))
    }),
    versions: Object.fromEntries([...copies].map(([name, hash]) => [name, `files:${hash}` as const])),
  }
}

async function copyOf(session: OfflineSession, source: SourceData, copyFolder: string): Promise<string> {
  const folder = join(copyFolder, source.name)
  await mkdir(folder, { recursive: true })
  const partial = join(folder, `${process.pid}.partial`)
  try {
    const columns = source.columns.map(({ name }) => id(name)).join(', ')
    const order = rowOrder(source, session.dialect).join(', ')
    await session.writeParquet(
      `SELECT ${columns} FROM ${id(sourceRelation(source.name))} ORDER BY ${order}`,
      partial,
    )
    const hash = await fileHash(partial)
    await rename(partial, join(folder, `${hash}.parquet`))
    return hash
  } finally {
    await rm(partial, { force: true })
  }
}

/** Times in the copy are in UTC and whole microseconds already. */
function copied({ zone: _, floor: __, ...source }: SourceData, path: string): SourceData {
  return { ...source, from: { kind: 'parquet', path } }
}
