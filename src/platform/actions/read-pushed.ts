import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { SourceData } from '../../definitions/index.ts'
import {
  type ExportedPush,
  exportPushed,
  type OfflineEngine,
  type SourceVersion,
} from '../../features/index.ts'
import type { ActionContext } from '../../pipelines/index.ts'
import { type Folders, journalFolder } from '../folders.ts'

/** Push sources of a closure as files the engine reads, at the versions the run was planned with. */
export async function readPushed<Closure extends { readonly sources: readonly SourceData[] }>(
  engine: OfflineEngine,
  {
    closure,
    sources,
  }: { readonly closure: Closure; readonly sources?: Readonly<Record<string, SourceVersion>> | undefined },
  { context, folders }: { readonly context: ActionContext; readonly folders: Folders },
): Promise<ExportedPush<Closure>> {
  const folder = join(context.scratchFolder, 'pushed')
  await mkdir(folder, { recursive: true })
  return exportPushed({
    engine,
    journalFolder: journalFolder(folders.serving),
    closure,
    folder,
    projectFolder: context.projectFolder,
    signal: context.signal,
    ...(sources === undefined ? {} : { upTo: sources }),
  })
}
