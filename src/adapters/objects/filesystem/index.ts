import { lstatSync } from 'node:fs'
import { type FileHandle, lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { FettleError } from '../../../kernel/errors/index.ts'
import { uuidv7 } from '../../../kernel/ids.ts'
import type { ObjectStore } from '../../../pipelines/index.ts'
import { copyHashing, type Digest, hashBytes, writeAll } from './copy.ts'
import { ensureFolder, fileError, hasCode, openNew, openToRead, syncFolder } from './durable.ts'

const staleMs = 24 * 60 * 60 * 1000

/**
 * Objects as read-only files `sha256/ab/<hex>` below `root`. A new object is written beside, flushed, renamed into place
 * and its folder flushed before it is acknowledged. Symbolic links are never followed below `root`. Several processes may
 * share a root. Throws DISK_FULL, leaving nothing.
 */
export async function openFilesystemObjects(root: string): Promise<ObjectStore> {
  const temporary = join(root, 'tmp')
  await ensureFolder(join(root, 'sha256'))
  await mkdir(temporary, { recursive: true })
  await removeStale(temporary)
  const pathOf = (hash: string) => objectPath(root, hash)
  return {
    async putBytes(bytes) {
      const digest = hashBytes(bytes)
      if (await isStored(pathOf(digest.hash), digest)) return digest
      return put({ root, temporary }, async to => {
        await writeAll(to, bytes)
        return digest
      })
    },
    async putFile(path) {
      const from = await openFile(path)
      try {
        return await put({ root, temporary }, to => copyHashing(from, to))
      } finally {
        await from.close()
      }
    },
    async getBytes(hash) {
      const from = await openObject(pathOf(hash), hash)
      try {
        const bytes = await from.readFile()
        if (hashBytes(bytes).hash !== hash) throw corrupt(hash)
        return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      } finally {
        await from.close()
      }
    },
    getFile: (hash, path) => materialize(pathOf(hash), { hash, path }),
    has: async hash => isHere(pathOf(hash)),
    async remove(hash) {
      const path = pathOf(hash)
      if (path === undefined || !isHere(path)) return
      await rm(path, { force: true })
      await syncFolder(dirname(path))
    },
    localPath(hash) {
      const path = pathOf(hash)
      return isHere(path) ? path : undefined
    },
  }
}

/** Undefined for anything that is no hash: such an object cannot exist. */
function objectPath(root: string, hash: string): string | undefined {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(hash)?.[1]
  return hex === undefined ? undefined : join(root, 'sha256', hex.slice(0, 2), hex)
}

function isHere(path: string | undefined): path is string {
  if (path === undefined) return false
  const look = (at: string) => lstatSync(at, { throwIfNoEntry: false })
  return (look(dirname(path))?.isDirectory() && look(path)?.isFile()) ?? false
}

interface Place {
  readonly root: string
  readonly temporary: string
}

async function put({ root, temporary }: Place, write: (to: FileHandle) => Promise<Digest>): Promise<Digest> {
  const draft = join(temporary, uuidv7())
  try {
    const digest = await writeDraft(draft, write)
    const path = objectPath(root, digest.hash) ?? ''
    if (await isStored(path, digest)) return digest
    await ensureFolder(dirname(path))
    await rename(draft, path)
    await syncFolder(dirname(path))
    return digest
  } catch (error) {
    throw fileError(error)
  } finally {
    await rm(draft, { force: true })
  }
}

async function writeDraft(draft: string, write: (to: FileHandle) => Promise<Digest>): Promise<Digest> {
  const to = await openNew(draft)
  try {
    const digest = await write(to)
    await to.sync()
    return digest
  } finally {
    await to.close()
  }
}

/** Whether the object is there in its full size; it is made durable, for another process may be about to do that. */
async function isStored(path: string | undefined, { bytes }: Digest): Promise<boolean> {
  if (path === undefined) return false
  const found = await lstat(path).catch(absent)
  if (!isFile(found) || found?.size !== bytes) return false
  await syncFolder(dirname(path))
  return true
}

async function materialize(
  from: string | undefined,
  { hash, path }: { hash: string; path: string },
): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}.${uuidv7()}`)
  const object = await openObject(from, hash)
  try {
    const copied = await writeDraft(draft, to => copyHashing(object, to))
    if (copied.hash !== hash) throw corrupt(hash)
    await rename(draft, path)
  } catch (error) {
    throw fileError(error)
  } finally {
    await object.close()
    await rm(draft, { force: true })
  }
}

async function openObject(path: string | undefined, hash: string): Promise<FileHandle> {
  try {
    if (path === undefined) throw unknownObject(hash)
    if (!(await lstat(dirname(path))).isDirectory()) throw unknownObject(hash)
    return await openToRead(path)
  } catch (error) {
    throw hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP') ? unknownObject(hash) : error
  }
}

async function openFile(path: string): Promise<FileHandle> {
  const from = await openToRead(path)
  if ((await from.stat()).isFile()) return from
  await from.close()
  throw new FettleError('STEP_OUTPUT_INVALID', `"${basename(path)}" is not a file and cannot be stored`)
}

/** Drafts of processes that died. */
async function removeStale(temporary: string): Promise<void> {
  for (const name of await readdir(temporary)) {
    const draft = join(temporary, name)
    const found = await stat(draft).catch(absent)
    if (found !== undefined && found.mtimeMs < Date.now() - staleMs) await rm(draft, { force: true })
  }
}

const absent = (): undefined => undefined
const isFile = (found: { isFile(): boolean } | undefined): boolean => found?.isFile() ?? false
const unknownObject = (hash: string) =>
  new FettleError('OBJECT_UNKNOWN', `There is no object ${JSON.stringify(hash)}`)
const corrupt = (hash: string) =>
  new FettleError('OBJECT_CORRUPT', `The stored bytes of ${hash} are not what was stored`)
