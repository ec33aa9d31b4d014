import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type SourceFile, UnreadableFiles } from './model.ts'

/** Every file below a folder, by name; links are not followed. A folder that is not there has none. */
export async function* folderFiles(root: string, below = ''): AsyncIterable<SourceFile> {
  for (const entry of await entriesOf(join(root, below))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) yield* folderFiles(root, path)
    if (!entry.isFile()) continue
    const file = join(root, path)
    const { size, mtimeMs } = await stat(file)
    yield { path, bytes: size, mark: String(mtimeMs), open: () => createReadStream(file) }
  }
}

async function entriesOf(folder: string) {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}

/**
 * The folder that an artifact location names. `proxied` is the folder behind `mlflow-artifacts:`. Throws UnreadableFiles
 * for a location on another service.
 */
export function folderOf(location: string, proxied: string | undefined): string {
  if (isAbsolute(location)) return location
  if (!URL.canParse(location))
    throw new UnreadableFiles(`${location} is relative to a folder that is not known`)
  const url = new URL(location)
  if (url.protocol === 'file:') return fileURLToPath(`file://${url.pathname}`)
  if (url.protocol !== 'mlflow-artifacts:')
    throw new UnreadableFiles(`files on ${url.protocol}// stay where they are`)
  if (proxied === undefined)
    throw new UnreadableFiles('the server kept its files in a folder: name it with --artifacts')
  return join(proxied, decodeURIComponent(url.pathname))
}
