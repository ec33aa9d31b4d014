import { type FileHandle, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { uuidv7 } from '../../../kernel/ids.ts'
import type { ObjectStore } from '../../../pipelines/index.ts'
import { checked, type Digest, drainHashing, hashBytes, hexOf, unknownObject } from '../digest.ts'
import { copyHashing, writeAll } from '../filesystem/copy.ts'
import { materialize, openFile, writeDraft } from '../filesystem/drafts.ts'
import { fileError } from '../filesystem/durable.ts'
import { openReadCache, type ReadCache } from './cache.ts'
import { everyObject } from './listing.ts'
import type { S3Location } from './location.ts'
import { readBody } from './read.ts'
import { keyOf, type SendS3, s3Sender } from './request.ts'
import { abortStale, type Source, upload } from './upload.ts'

export { parseS3Location, type S3Location } from './location.ts'

export interface S3Options {
  readonly location: S3Location
  /** On this machine: drafts on their way out, and a bounded cache of what was read. */
  readonly folder: string
  /** Most bytes of the cache. Default 10 GiB. */
  readonly cacheBytes?: number
  /** Larger objects are sent in parts of this size. Default 8 MiB, S3's least is 5 MiB. */
  readonly partBytes?: number
  /** Tries of a request, each after a longer pause. Default 8, which takes about twelve seconds. */
  readonly attempts?: number
}

const defaultCacheBytes = 10 * 2 ** 30
const usualAttempts = 8
const openAttempts = 4
const defaultPartBytes = 8 * 2 ** 20
const staleMs = 24 * 60 * 60 * 1000
const refreshMs = 6 * 60 * 60 * 1000

/**
 * Objects in a bucket of any server that speaks S3, under `<prefix>/sha256/ab/<hex>`, as the file system has them. Several
 * processes may share a prefix. Throws OBJECT_STORE_UNAVAILABLE, OBJECT_STORE_MISCONFIGURED; DISK_FULL here or there.
 */
export async function openS3Objects(options: S3Options): Promise<ObjectStore> {
  const { location, folder, cacheBytes = defaultCacheBytes } = options
  const send = s3Sender(location, options.attempts ?? usualAttempts)
  const cache = await openReadCache(folder, cacheBytes)
  await probeS3(location)
  await abortStale(send, location.prefix, Date.now() - staleMs)
  const put = putter(options, send)
  const read: ObjectStore['read'] = (hash, range) => readBody(send, { hash, key: knownKey(hash) }, range)
  const download = (hash: string) => async (to: FileHandle) =>
    drainHashing(read(hash), {}, chunk => writeAll(to, chunk))
  return {
    putBytes: bytes => put({ ...hashBytes(bytes), part: async (start, end) => bytes.subarray(start, end) }),
    putFile: path => putFile(path, put),
    putStream: (chunks, expect = {}) =>
      spooled(cache.drafts, to => drainHashing(chunks, expect, chunk => writeAll(to, chunk)), put),
    async *read(hash, range) {
      yield* range ? read(hash, range) : checked(hash, read(hash))
    },
    all: () => everyObject(send, location),
    async getBytes(hash) {
      const pieces: Uint8Array[] = []
      for await (const piece of checked(hash, read(hash))) pieces.push(piece)
      return new Uint8Array(Buffer.concat(pieces))
    },
    async getFile(hash, path) {
      if (await copyCached(cache, hash, path)) return
      await materialize({ hash, path }, download(hash))
    },
    has: async hash => {
      const key = objectKey(hash)
      return key !== undefined && (await send({ method: 'HEAD', key, accept: [404] })).ok
    },
    async remove(hash) {
      const key = objectKey(hash)
      await cache.forget(hash)
      if (key !== undefined) await (await send({ method: 'DELETE', key, accept: [404] })).arrayBuffer()
    },
    localPath: cache.find,
    async locate(hash) {
      const here = cache.find(hash)
      const key = objectKey(hash)
      if (here !== undefined || key === undefined) return here
      const { ok } = await send({ method: 'HEAD', key, accept: [404] })
      return ok ? cache.fill(hash, download(hash)) : undefined
    },
  }
}

/** Whether the bucket answers and lets us list it. Throws what is wrong, as opening does, within a second or two. */
export async function probeS3(location: S3Location): Promise<void> {
  const query = { 'list-type': '2', 'max-keys': '1' }
  await (await s3Sender(location, openAttempts)({ method: 'GET', query })).arrayBuffer()
}

/** Undefined for anything that is no hash: such an object cannot exist. */
function objectKey(hash: string): string | undefined {
  const hex = hexOf(hash)
  return hex === undefined ? undefined : `sha256/${hex.slice(0, 2)}/${hex}`
}

function knownKey(hash: string): string {
  const key = objectKey(hash)
  if (key === undefined) throw unknownObject(hash)
  return key
}

type Put = (source: Source) => Promise<Digest>

/** Sends what is not yet there; what is, becomes young again: whoever puts it now has yet to refer to it. */
function putter({ location, partBytes = defaultPartBytes }: S3Options, send: SendS3): Put {
  return async source => {
    const { hash, bytes } = source
    const key = knownKey(hash)
    const wholeKey = keyOf(location, key)
    const found = await send({ method: 'HEAD', key, accept: [404] })
    const isWhole = found.ok && Number(found.headers.get('content-length')) === bytes
    const age = Date.now() - Date.parse(found.headers.get('last-modified') ?? '')
    if (!isWhole || !(age < refreshMs)) await upload(source, { send, key, wholeKey, partBytes })
    return { hash, bytes }
  }
}

async function putFile(path: string, put: Put): Promise<Digest> {
  const from = await openFile(path)
  try {
    return await putHandle(from, await copyHashing(from), put)
  } finally {
    await from.close()
  }
}

/** Through a file of this machine: only the hash of the whole says where the bytes belong. */
async function spooled(
  drafts: string,
  write: (to: FileHandle) => Promise<Digest>,
  put: Put,
): Promise<Digest> {
  const draft = join(drafts, uuidv7())
  try {
    const digest = await writeDraft(draft, write)
    const from = await openFile(draft)
    try {
      return await putHandle(from, digest, put)
    } finally {
      await from.close()
    }
  } catch (error) {
    throw fileError(error)
  } finally {
    await rm(draft, { force: true })
  }
}

async function putHandle(from: FileHandle, digest: Digest, put: Put): Promise<Digest> {
  let buffer = new Uint8Array(0)
  return put({
    ...digest,
    async part(start, end) {
      if (buffer.byteLength < end - start) buffer = new Uint8Array(end - start)
      let filled = 0
      for (; filled < end - start; ) {
        const { bytesRead } = await from.read(buffer, filled, end - start - filled, start + filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return buffer.subarray(0, filled)
    },
  })
}

/** What the cache holds but is damaged is forgotten. */
async function copyCached(cache: ReadCache, hash: string, path: string): Promise<boolean> {
  const here = cache.find(hash)
  if (here === undefined) return false
  const from = await openFile(here)
  try {
    await materialize({ hash, path }, to => copyHashing(from, to))
    return true
  } catch {
    await cache.forget(hash)
    return false
  } finally {
    await from.close()
  }
}
