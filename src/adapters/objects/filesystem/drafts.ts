import { type FileHandle, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { FettleError } from '../../../kernel/errors/index.ts'
import { uuidv7 } from '../../../kernel/ids.ts'
import { corrupt, type Digest } from '../digest.ts'
import { fileError, openNew, openToRead } from './durable.ts'

const staleMs = 24 * 60 * 60 * 1000

/** A new file, durable when this resolves. */
export async function writeDraft(draft: string, write: (to: FileHandle) => Promise<Digest>): Promise<Digest> {
  const to = await openNew(draft)
  try {
    const digest = await write(to)
    await to.sync()
    return digest
  } finally {
    await to.close()
  }
}

/** A new read-only file at `path` with what `write` gives, whole or absent. Throws OBJECT_CORRUPT for another hash, DISK_FULL. */
export async function materialize(
  { hash, path }: { readonly hash: string; readonly path: string },
  write: (to: FileHandle) => Promise<Digest>,
): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}.${uuidv7()}`)
  try {
    const written = await writeDraft(draft, write)
    if (written.hash !== hash) throw corrupt(hash)
    await rename(draft, path)
  } catch (error) {
    throw fileError(error)
  } finally {
    await rm(draft, { force: true })
  }
}

/** A file to be stored; a link or folder is refused with STEP_OUTPUT_INVALID or the system's error. */
export async function openFile(path: string): Promise<FileHandle> {
  const from = await openToRead(path)
  if ((await from.stat()).isFile()) return from
  await from.close()
  throw new FettleError('STEP_OUTPUT_INVALID', `"${basename(path)}" is not a file and cannot be stored`)
}

/** Removes the drafts of processes that died. */
export async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const draft = join(folder, name)
    const found = await stat(draft).catch(() => undefined)
    if (found !== undefined && found.mtimeMs < Date.now() - staleMs) await rm(draft, { force: true })
  }
}
