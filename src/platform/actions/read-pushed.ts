import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { SourceData } from '../../definitions/index.ts'
import {
  copySources,
  type ExportedPush,
  exportPushed,
  type OfflineEngine,
  type SourceVersion,
} from '../../features/index.ts'
import type { ActionContext } from '../../pipelines/index.ts'
import { copyFolder, type Folders, journalFolder } from '../folders.ts'

interface PushedRead<Closure> {
  readonly closure: Closure
  readonly sources?: Readonly<Record<string, SourceVersion>> | undefined
  /** Rows up to these ingest sequences are not needed. */
  readonly after?: Readonly<Record<string, bigint>>
}

/** Push sources and sources with `copy: true` as files the engine reads, at the versions the run was planned with. */
export async function readPushed<Closure extends { readonly sources: readonly SourceData[] }>(
  engine: OfflineEngine,
  { closure, sources, after }: PushedRead<Closure>,
  {
    context,
    folders,
  }: {
    readonly context: Pick<ActionContext, 'scratchFolder' | 'projectFolder' | 'signal'>
    readonly folders: Folders
  },
): Promise<ExportedPush<Closure>> {
  const folder = join(context.scratchFolder, 'pushed')
  await mkdir(folder, { recursive: true })
  const pushed = await exportPushed({
    engine,
    journalFolder: journalFolder(folders.serving),
    closure,
    folder,
    projectFolder: context.projectFolder,
    signal: context.signal,
    ...(sources === undefined ? {} : { upTo: sources }),
    ...(after === undefined ? {} : { after }),
  })
  const copied = await copySources(engine, {
    sources: pushed.closure.sources,
    projectFolder: context.projectFolder,
    copyFolder: copyFolder(folders.root),
    signal: context.signal,
  })
  return {
    ...pushed,
    closure: { ...pushed.closure, sources: copied.sources },
    versions: { ...pushed.versions, ...copied.versions },
  }
}
