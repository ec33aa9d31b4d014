import type { Dirent } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { contentHash } from '../kernel/canonical.ts'
import { textFault } from '../kernel/text.ts'
import { invalid } from './check-outputs.ts'
import type { FileEntry } from './model.ts'
import type { StoreDirectory } from './objects.ts'

/**
 * Stores every file below `folder`. Empty folders are not kept. Throws STEP_OUTPUT_INVALID for a symbolic link, a socket or
 * anything else that is not a file or folder, and for names that are no text.
 */
export const storeDirectory: StoreDirectory = async (store, folder) => {
  const paths = (await listFiles(folder, '')).sort(byCodeUnits)
  const files: FileEntry[] = []
  for (const path of paths) files.push({ path, ...(await store.putFile(join(folder, path))) })
  const entries = files.map(({ path, hash, bytes }) => ({ path, hash, bytes }))
  return { hash: contentHash(entries), bytes: files.reduce((sum, file) => sum + file.bytes, 0), files }
}

/** Throws STEP_OUTPUT_INVALID unless the path itself, no link followed, is a file or a directory as declared. */
export async function assertPlain(path: string, kind: 'file' | 'directory', output: string): Promise<void> {
  const found = await lstat(path)
  if (kind === 'file' ? found.isFile() : found.isDirectory()) return
  const what = found.isSymbolicLink()
    ? 'a symbolic link'
    : found.isDirectory()
      ? 'a directory'
      : found.isFile()
        ? 'a file'
        : 'a special file'
  throw invalid(`output "${output}" is ${what}, not a ${kind}`, output)
}

async function listFiles(folder: string, prefix: string): Promise<string[]> {
  const entries = await readdir(join(folder, prefix), { withFileTypes: true })
  const lists = await Promise.all(entries.map(entry => listEntry(folder, prefix, entry)))
  return lists.flat()
}

async function listEntry(folder: string, prefix: string, entry: Dirent): Promise<string[]> {
  const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`
  if (entry.name.includes('\\') || entry.name.includes('\uFFFD') || textFault(entry.name) !== undefined)
    throw invalid(`the file name ${JSON.stringify(path)} is not usable`)
  if (entry.isDirectory()) return listFiles(folder, path)
  if (entry.isFile()) return [path]
  const kind = entry.isSymbolicLink() ? 'a symbolic link' : 'not a file'
  throw invalid(`"${path}" is ${kind}; only files and folders are stored`)
}

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
