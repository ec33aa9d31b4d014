import { lstatSync, utimesSync } from 'node:fs'
import { type FileHandle, lstat, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Digest, hexOf } from '../digest.ts'
import { materialize, removeStale } from '../filesystem/drafts.ts'

/** Objects that are kept elsewhere, on this machine for a while. */
export interface ReadCache {
  /** For drafts of what is on its way out. */
  readonly drafts: string
  /** Where the object is; looking keeps it from being removed for an hour. */
  find(hash: string): string | undefined
  /** Brings it here. */
  fill(hash: string, write: (to: FileHandle) => Promise<Digest>): Promise<string>
  forget(hash: string): Promise<void>
}

const inUseMs = 60 * 60 * 1000

/** Keeps at most `limitBytes` beside what was looked at within the hour; the longest unused goes first. */
export async function openReadCache(folder: string, limitBytes: number): Promise<ReadCache> {
  const drafts = join(folder, 'tmp')
  await mkdir(drafts, { recursive: true })
  await removeStale(drafts)
  const pathOf = (hash: string): string | undefined => {
    const hex = hexOf(hash)
    return hex === undefined ? undefined : join(folder, hex)
  }
  return {
    drafts,
    find(hash) {
      const path = pathOf(hash)
      if (path === undefined || !lstatSync(path, { throwIfNoEntry: false })?.isFile()) return undefined
      const now = new Date()
      utimesSync(path, now, now)
      return path
    },
    async fill(hash, write) {
      const path = pathOf(hash) ?? ''
      await materialize({ hash, path }, write)
      await prune(folder, limitBytes)
      return path
    },
    async forget(hash) {
      const path = pathOf(hash)
      if (path !== undefined) await rm(path, { force: true })
    },
  }
}

async function prune(folder: string, limitBytes: number): Promise<void> {
  const found: { readonly path: string; readonly size: number; readonly mtimeMs: number }[] = []
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const entry = await lstat(path).catch(() => undefined)
    if (entry?.isFile()) found.push({ path, size: entry.size, mtimeMs: entry.mtimeMs })
  }
  let total = found.reduce((sum, { size }) => sum + size, 0)
  for (const { path, size, mtimeMs } of found.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
    if (total <= limitBytes || mtimeMs > Date.now() - inUseMs) return
    await rm(path, { force: true })
    total -= size
  }
}
