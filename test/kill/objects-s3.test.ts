import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { openS3Objects } from '../../src/adapters/objects/s3/index.ts'
import { elementsOf } from '../../src/adapters/objects/s3/xml.ts'
import { sha256Hex } from '../../src/kernel/canonical.ts'
import { type S3Server, startS3 } from '../services/s3.ts'
import { buildProgram } from '../support/child-program.ts'
import { type Bucket, makeBucket } from '../support/s3-bucket.ts'

const work = mkdtempSync(join(tmpdir(), 'fettle-kill-s3-'))
const partBytes = 5 * 1024 * 1024
const parts = 12
let server: S3Server
let bucket: Bucket
beforeAll(async () => {
  server = await startS3()
  bucket = await makeBucket(server, 'killed')
}, 60_000)
afterEach(() => {
  vi.restoreAllMocks()
})
afterAll(async () => {
  await server.remove()
  rmSync(work, { recursive: true, force: true })
})

/** A file of twelve different parts. */
function fileOf(name: string): { readonly path: string; readonly hash: string; readonly bytes: number } {
  const content = Buffer.concat(
    Array.from({ length: parts }, (_, i) => Buffer.alloc(partBytes, `${name} ${i} `)),
  )
  writeFileSync(join(work, name), content)
  return { path: join(work, name), hash: `sha256:${sha256Hex(content)}`, bytes: content.byteLength }
}

const open = (attempts = 8) =>
  openS3Objects({ location: bucket.location, folder: join(work, 'cache'), partBytes, attempts })

/** Calls `onPart` with the number of every part this process sends. */
function watchParts(onPart: (number: number) => Promise<void> | void): void {
  const real = globalThis.fetch
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (...args) => {
    const [input] = args
    const number = new URL(input instanceof Request ? input.url : input).searchParams.get('partNumber')
    if (number !== null && args[1]?.method === 'PUT') await onPart(Number(number))
    return real(...args)
  })
}

async function unfinishedParts(): Promise<number> {
  const uploads = elementsOf(await (await bucket.send('GET', 'killed?uploads=')).text(), 'Upload')
  let count = 0
  for (const upload of uploads) {
    const [key] = elementsOf(upload, 'Key')
    const [id] = elementsOf(upload, 'UploadId')
    count += elementsOf(
      await (await bucket.send('GET', `killed/${key}?uploadId=${id}`)).text(),
      'Part',
    ).length
  }
  return count
}

it('a writer killed in the middle shows nothing; the next one sends only what is missing', async () => {
  const file = fileOf('client')
  const writer = await buildProgram(fileURLToPath(new URL('objects-s3-writer.ts', import.meta.url)))
  const child = writer.start(bucket.url, join(work, 'other-cache'), file.path, String(partBytes))
  const ended = once(child, 'exit')
  while (child.exitCode === null && (await unfinishedParts()) < 3) await sleep(5)
  child.kill('SIGKILL')
  expect((await ended)[1]).toBe('SIGKILL')
  writer.remove()
  const store = await open()
  expect(await store.has(file.hash)).toBe(false)
  expect(await unfinishedParts()).toBeGreaterThanOrEqual(3)
  const sent: number[] = []
  watchParts(number => void sent.push(number))
  expect(await store.putFile(file.path)).toEqual({ hash: file.hash, bytes: file.bytes })
  expect(sent.length).toBeLessThanOrEqual(parts - 3)
  expect(sha256Hex(await store.getBytes(file.hash))).toBe(file.hash.slice('sha256:'.length))
  expect(await unfinishedParts()).toBe(0)
}, 60_000)

it('an upload outlives the server that is killed in its middle and comes back', async () => {
  const file = fileOf('server')
  const store = await open()
  let restarted: Promise<void> | undefined
  watchParts(async number => {
    if (number !== 5 || restarted !== undefined) return
    await server.kill()
    restarted = sleep(300).then(() => server.start())
  })
  expect(await store.putFile(file.path)).toEqual({ hash: file.hash, bytes: file.bytes })
  await restarted
  expect(sha256Hex(await store.getBytes(file.hash))).toBe(file.hash.slice('sha256:'.length))
}, 60_000)

it('a server that stays away leaves nothing visible, and the parts for the next try', async () => {
  const file = fileOf('gone')
  const store = await open(3)
  let killed: Promise<void> | undefined
  watchParts(number => {
    if (number === 4) killed ??= server.kill()
    return killed
  })
  await expect(store.putFile(file.path)).rejects.toMatchObject({ code: 'OBJECT_STORE_UNAVAILABLE' })
  vi.restoreAllMocks()
  await server.start()
  expect(await store.has(file.hash)).toBe(false)
  const sent: number[] = []
  watchParts(number => void sent.push(number))
  await store.putFile(file.path)
  expect(sent).not.toContain(1)
  expect(await store.has(file.hash)).toBe(true)
}, 60_000)

it('what changes while it is sent is refused, and its parts are taken back', async () => {
  const file = fileOf('changing')
  const store = await open()
  watchParts(number => {
    if (number === 2) writeFileSync(file.path, Buffer.alloc(file.bytes, 'changed'))
  })
  await expect(store.putFile(file.path)).rejects.toMatchObject({ code: 'OBJECT_CORRUPT' })
  vi.restoreAllMocks()
  expect(await store.has(file.hash)).toBe(false)
  expect(await unfinishedParts()).toBe(0)
}, 60_000)
