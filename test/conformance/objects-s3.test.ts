import { existsSync, mkdtempSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openS3Objects, parseS3Location, type S3Location } from '../../src/adapters/objects/s3/index.ts'
import { everyObject } from '../../src/adapters/objects/s3/listing.ts'
import { s3Sender } from '../../src/adapters/objects/s3/request.ts'
import { startProxy } from '../kill/tcp-proxy.ts'
import { type S3Server, startS3 } from '../services/s3.ts'
import { type Bucket, makeBucket, urlOf } from '../support/s3-bucket.ts'
import { objectsConformance } from './objects.ts'

let server: S3Server
let bucket: Bucket
beforeAll(async () => {
  server = await startS3()
  bucket = await makeBucket(server, 'conformance', 'some/prefix')
}, 60_000)
afterAll(() => server.remove())

objectsConformance({
  name: 'S3',
  open: folder => openS3Objects({ location: bucket.location, folder }),
  damage: async (_folder, hash, other) => {
    const hex = hash.slice('sha256:'.length)
    const put = await bucket.send('PUT', `conformance/some/prefix/sha256/${hex.slice(0, 2)}/${hex}`, other)
    if (!put.ok) throw new Error(await put.text())
  },
})

describe('S3 that fails', () => {
  const work = mkdtempSync(join(tmpdir(), 'fettle-s3-test-'))
  afterAll(() => rmSync(work, { recursive: true, force: true }))
  const folder = (name: string) => join(work, name)
  const at = (place: string, change: (location: S3Location) => S3Location = location => location) =>
    openS3Objects({ location: change(parseS3Location(urlOf(server, place), {})), folder: folder('cache') })

  it('says what is wrong with credentials, bucket, region and address', async () => {
    const refused: [() => Promise<unknown>, string, RegExp][] = [
      [
        () => at('conformance', own => ({ ...own, secretAccessKey: 'no' })),
        'OBJECT_STORE_MISCONFIGURED',
        /credentials/,
      ],
      [
        () => at('conformance', own => ({ ...own, accessKeyId: 'who' })),
        'OBJECT_STORE_MISCONFIGURED',
        /credentials/,
      ],
      [() => at('missing-bucket'), 'OBJECT_STORE_MISCONFIGURED', /no bucket "missing-bucket"/],
      [
        () => at('conformance', own => ({ ...own, region: 'eu-west-1' })),
        'OBJECT_STORE_MISCONFIGURED',
        /not in region eu-west-1/,
      ],
      [
        () => at('conformance', own => ({ ...own, endpoint: 'http://127.0.0.1:1' })),
        'OBJECT_STORE_UNAVAILABLE',
        /does not answer/,
      ],
    ]
    for (const [open, code, message] of refused)
      await expect(open()).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('lists page after page', async () => {
    const paged = await makeBucket(server, 'paged')
    const store = await openS3Objects({ location: paged.location, folder: folder('paged') })
    const hashes: string[] = []
    for (let i = 0; i < 7; i++) hashes.push((await store.putBytes(Buffer.from([i]))).hash)
    const listed: string[] = []
    for await (const { hash } of everyObject(s3Sender(paged.location, 1), paged.location, 2))
      listed.push(hash)
    expect(listed).toEqual(hashes.sort())
  })

  it('asks again when the server is busy, and passes on what stays', async () => {
    let busy = 2
    const real = globalThis.fetch
    const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (...args) => {
      if (busy-- <= 0) return real(...args)
      return new Response('<Error><Code>SlowDown</Code></Error>', { status: 503 })
    })
    const store = await at('conformance')
    const { hash } = await store.putBytes(Buffer.from('after a while'))
    busy = 1
    expect(Buffer.from(await store.getBytes(hash)).toString()).toBe('after a while')
    spy.mockRestore()
  })

  it('goes on with a read where the connection broke', async () => {
    const store = await at('conformance')
    const content = Buffer.alloc(6 * 1024 * 1024, 'cut and taken up again')
    const { hash } = await store.putBytes(content)
    const proxy = await startProxy(server.port)
    // The server checks the address that was signed: a proxy on another port is another address.
    const cut = await at('conformance', own => ({ ...own, endpoint: `http://127.0.0.1:${proxy.port}` }))
    let received = 0
    for await (const piece of cut.read(hash)) {
      if (received === 0) proxy.cut()
      received += piece.byteLength
    }
    expect(received).toBe(content.byteLength)
    expect(proxy.connections()).toBeGreaterThan(1)
    await proxy.close()
  })

  it('keeps a bounded part of what it read on this machine', async () => {
    const bounded = await openS3Objects({
      location: bucket.location,
      folder: folder('bounded'),
      cacheBytes: 250_000,
    })
    const paths: string[] = []
    for (let i = 0; i < 4; i++) {
      const { hash } = await bounded.putBytes(Buffer.alloc(100_000, i))
      const path = (await bounded.locate(hash)) ?? ''
      // As if it had been looked at two hours ago.
      utimesSync(path, Date.now() / 1_000 - 7_200 + i, Date.now() / 1_000 - 7_200 + i)
      paths.push(path)
    }
    expect(paths.map(path => existsSync(path))).toEqual([false, false, true, true])
  })
})
