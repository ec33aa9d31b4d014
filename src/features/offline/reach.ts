import { resolve } from 'node:path'
import type { SourceData } from '../../definitions/model.ts'

/** The only files and folders a session may touch; anything else is refused by the engine itself. */
export interface Reach {
  readonly files: readonly string[]
  readonly folders: readonly string[]
}

/** What reading the sources takes: their files, the folder a glob starts in, and `outputs` to write to. */
export function reachOf(
  sources: readonly SourceData[],
  projectFolder: string,
  outputs: readonly string[] = [],
): Reach {
  const files: string[] = []
  const folders = [...outputs]
  for (const { from } of sources) {
    if (from.kind === 'sql' || from.kind === 'postgres' || from.kind === 'push') continue
    const wildcard = from.path.search(/[*?[{]/)
    const path = resolve(projectFolder, from.path)
    if (wildcard >= 0)
      folders.push(resolve(projectFolder, from.path.slice(0, wildcard).replace(/[^/]*$/, '') || '.'))
    else files.push(path, ...(from.kind === 'duckdb' ? [`${path}.wal`] : []))
  }
  return { files, folders: folders.map(folder => resolve(folder)) }
}
