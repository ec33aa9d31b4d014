import { copyFile, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export interface Mirrored {
  /** Copied now. */
  readonly files: number
  readonly bytes: number
}

/**
 * Makes a folder hold the files of another, while that is written to: a file of the same size and time is not copied again,
 * one that goes meanwhile is left out, and with `exact` what the other has no longer is removed.
 */
export async function mirrorFolder(from: string, to: string, exact: boolean): Promise<Mirrored> {
  const there = await filesIn(from)
  let [files, bytes] = [0, 0]
  for (const path of there) {
    const copied = await copyNewer(join(from, path), join(to, path)).catch(gone)
    if (copied === undefined) continue
    files += 1
    bytes += copied
  }
  if (exact) {
    const kept = new Set(there)
    for (const path of await filesIn(to)) if (!kept.has(path)) await rm(join(to, path), { force: true })
  }
  return { files, bytes }
}

/** Without what is being written aside. */
async function filesIn(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(gone)
  return (found ?? [])
    .filter(each => each.isFile())
    .map(each => join(each.parentPath, each.name).slice(folder.length + 1))
    .filter(path => !path.endsWith('.new') && !path.split('/').some(part => part.startsWith('.')))
}

/** Bytes that were copied; undefined when it is there. */
async function copyNewer(from: string, to: string): Promise<number | undefined> {
  const { size, atime, mtime, mtimeMs } = await stat(from)
  const there = await stat(to).catch(gone)
  if (there?.size === size && Math.abs(there.mtimeMs - mtimeMs) < 1) return undefined
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  const aside = `${to}.new`
  await copyFile(from, aside)
  await utimes(aside, atime, mtime)
  await rename(aside, to)
  return size
}

function gone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
