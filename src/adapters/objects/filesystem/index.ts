import { lstatSync } from 'node:fs'
import { type FileHandle, lstat, mkdir, opendir, rename, rm, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { uuidv7 } from '../../../kernel/ids.ts'
import type { ObjectStore } from '../../../pipelines/index.ts'
import { checked, corrupt, type Digest, drainHashing, hashBytes, hexOf, unknownObject } from '../digest.ts'
import { copyHashing, piecesOf, writeAll } from './copy.ts'
import { materialize, openFile, removeStale, writeDraft } from './drafts.ts'
import { ensureFolder, fileError, hasCode, openToRead, syncFolder } from './durable.ts'

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
  const local = (hash: string): string | undefined => {
    const path = pathOf(hash)
    return isHere(path) ? path : undefined
  }
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
    putStream: (chunks, expect = {}) =>
      put({ root, temporary }, to => drainHashing(chunks, expect, chunk => writeAll(to, chunk))),
    async *read(hash, range) {
      const from = await openObject(pathOf(hash), hash)
      try {
        yield* range ? piecesOf(from, range) : checked(hash, piecesOf(from, whole))
      } finally {
        await from.close()
      }
    },
    all: () => everyObject(join(root, 'sha256')),
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
    async getFile(hash, path) {
      const from = await openObject(pathOf(hash), hash)
      try {
        await materialize({ hash, path }, to => copyHashing(from, to))
      } finally {
        await from.close()
      }
    },
    has: async hash => isHere(pathOf(hash)),
    async remove(hash) {
      const path = pathOf(hash)
      if (path === undefined || !isHere(path)) return
      await rm(path, { force: true })
      await syncFolder(dirname(path))
    },
    localPath: local,
    locate: async hash => local(hash),
  }
}

const whole = { start: 0, end: Number.POSITIVE_INFINITY }

/** Files that are no objects are passed over; one that goes meanwhile is not told of. */
async function* everyObject(folder: string): ReturnType<ObjectStore['all']> {
  for await (const part of await opendir(folder)) {
    if (!part.isDirectory()) continue
    for await (const { name } of await opendir(join(folder, part.name))) {
      const hash = `sha256:${name}`
      const found = hexOf(hash) && (await lstat(join(folder, part.name, name)).catch(absent))
      if (found && isFile(found))
        yield { hash, bytes: found.size, at: BigInt(Math.trunc(found.mtimeMs)) * 1_000n }
    }
  }
}

function objectPath(root: string, hash: string): string | undefined {
  const hex = hexOf(hash)
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

/**
 * Whether the object is there in its full size. It is made durable, for another process may be about to do that, and
 * young again: whoever puts it now has yet to refer to it.
 */
async function isStored(path: string | undefined, { bytes }: Digest): Promise<boolean> {
  if (path === undefined) return false
  const found = await lstat(path).catch(absent)
  if (!isFile(found) || found?.size !== bytes) return false
  const now = new Date()
  await utimes(path, now, now)
  await syncFolder(dirname(path))
  return true
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

const absent = (): undefined => undefined
const isFile = (found: { isFile(): boolean } | undefined): boolean => found?.isFile() ?? false
