import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../src/kernel/canonical.ts'
import { type ObjectStore, storeDirectory } from '../../src/pipelines/index.ts'

export interface ObjectsFactory {
  readonly name: string
  /** A store of its own, empty, that may keep what it needs below `folder`. */
  open(folder: string): Promise<ObjectStore>
  /** Puts other bytes in an object's place, behind the store's back. */
  damage(folder: string, hash: string, other: Uint8Array): void | Promise<void>
}

const bytesOf = (text: string) => new TextEncoder().encode(text)
const mebibyte = 1024 * 1024
const unknown = `sha256:${'0'.repeat(64)}`

async function* streamOf(pieces: readonly string[]): AsyncIterable<Uint8Array> {
  for (const piece of pieces) yield bytesOf(piece)
}

async function* broken(pieces: readonly string[]): AsyncIterable<Uint8Array> {
  yield* streamOf(pieces)
  throw new Error('the client is gone')
}

async function* repeated(mebibytes: number, text: string): AsyncIterable<Uint8Array> {
  for (let i = 0; i < mebibytes; i++) yield Buffer.alloc(mebibyte, `${text}${i}`)
}

async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

const joined = async (pieces: AsyncIterable<Uint8Array>) => Buffer.concat(await collected(pieces)).toString()

/** The most memory outside the heap that some work took, in bytes. */
async function peakOf(work: () => Promise<void>): Promise<number> {
  let peak = 0
  const before = process.memoryUsage().arrayBuffers
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().arrayBuffers - before)
  }, 1)
  await work()
  clearInterval(timer)
  return peak
}

/** Every promise of the ObjectStore port, for one adapter. */
export function objectsConformance({ name, open, damage }: ObjectsFactory): void {
  describe(`objects on ${name}`, () => {
    const work = mkdtempSync(join(tmpdir(), 'fettle-objects-'))
    const folder = join(work, 'store')
    const at = (path: string) => join(work, path)
    let store: ObjectStore
    beforeAll(async () => {
      store = await open(folder)
    })
    afterAll(() => rmSync(work, { recursive: true, force: true }))

    it('answers what was put, by the hash of the bytes', async () => {
      for (const text of ['', 'hello', 'ü'.repeat(100_000)]) {
        const put = await store.putBytes(bytesOf(text))
        expect(put).toEqual({ hash: `sha256:${sha256Hex(text)}`, bytes: bytesOf(text).byteLength })
        expect(await store.has(put.hash)).toBe(true)
        expect(new TextDecoder().decode(await store.getBytes(put.hash))).toBe(text)
      }
    })

    it('stores equal bytes once, also from a file and many at a time', async () => {
      writeFileSync(at('equal'), 'equal')
      const puts = [
        ...Array.from({ length: 8 }, () => store.putBytes(bytesOf('equal'))),
        store.putFile(at('equal')),
      ]
      const hashes = new Set((await Promise.all(puts)).map(({ hash }) => hash))
      expect(hashes.size).toBe(1)
    })

    it('removes an object for good, once or twice', async () => {
      const { hash } = await store.putBytes(bytesOf('to be removed'))
      await store.remove(hash)
      await store.remove(hash)
      expect(await store.has(hash)).toBe(false)
      await expect(store.getBytes(hash)).rejects.toMatchObject({ code: 'OBJECT_UNKNOWN' })
      expect((await store.putBytes(bytesOf('to be removed'))).hash).toBe(hash)
      expect(await store.has(hash)).toBe(true)
    })

    it('copies a file larger than any buffer, in and out, whole and read-only', async () => {
      const content = Buffer.alloc(5 * 1024 * 1024 + 7, 'fettle')
      writeFileSync(at('large'), content)
      const { hash, bytes } = await store.putFile(at('large'))
      expect([hash, bytes]).toEqual([`sha256:${sha256Hex(content)}`, content.byteLength])
      await store.getFile(hash, at('copy'))
      expect(readFileSync(at('copy')).equals(content)).toBe(true)
      expect(statSync(at('copy')).mode & 0o222).toBe(0)
      const located = await store.locate(hash)
      expect(readFileSync(located ?? '').equals(content)).toBe(true)
      expect(store.localPath(hash)).toBe(located)
    })

    it('uses memory that does not grow with the file', async () => {
      writeFileSync(at('huge'), '')
      for (let i = 0; i < 96; i++) writeFileSync(at('huge'), Buffer.alloc(mebibyte, 7), { flag: 'a' })
      const peak = await peakOf(async () => {
        const { hash } = await store.putFile(at('huge'))
        await store.getFile(hash, at('huge-copy'))
      })
      expect(statSync(at('huge-copy')).size).toBe(96 * mebibyte)
      expect(peak).toBeLessThan(64 * mebibyte)
    })

    it('takes and gives a stream in memory that does not grow with it', async () => {
      let received = 0
      const peak = await peakOf(async () => {
        const { hash, bytes } = await store.putStream(repeated(160, 'stream'), { bytes: 160 * mebibyte })
        expect(bytes).toBe(160 * mebibyte)
        for await (const piece of store.read(hash)) received += piece.byteLength
      })
      expect(received).toBe(160 * mebibyte)
      expect(peak).toBeLessThan(80 * mebibyte)
    })

    it('stores a stream of any pieces, once for equal bytes', async () => {
      for (const pieces of [[], [''], ['str', '', 'eam'], ['s', 't', 'ream']]) {
        const text = pieces.join('')
        const digest = { hash: `sha256:${sha256Hex(text)}`, bytes: text.length }
        expect(await store.putStream(streamOf(pieces), digest)).toEqual(digest)
        expect(await joined(store.read(digest.hash))).toBe(text)
      }
    })

    it('stores nothing of a stream that is cut, longer, shorter or other than announced', async () => {
      const text = 'not to be stored'
      const { hash, bytes } = { hash: `sha256:${sha256Hex(text)}`, bytes: text.length }
      const refused: [AsyncIterable<Uint8Array>, Parameters<ObjectStore['putStream']>[1]?][] = [
        [broken([text])],
        [streamOf([text]), { bytes: bytes + 1 }],
        [streamOf([text]), { bytes: bytes - 1, hash }],
        [streamOf([text]), { bytes, hash: unknown }],
        [broken([text]), { bytes, hash }],
      ]
      for (const [stream, announced] of refused)
        await expect(store.putStream(stream, announced)).rejects.toMatchObject({ code: 'UPLOAD_INCOMPLETE' })
      expect(await store.has(hash)).toBe(false)
      expect(await store.putStream(streamOf([text]), { bytes, hash })).toEqual({ hash, bytes })
    })

    it('stops taking a stream that exceeds what was announced', async () => {
      let taken = 0
      async function* endless() {
        for (;;) yield Buffer.alloc(mebibyte, ++taken)
      }
      await expect(store.putStream(endless(), { bytes: 3 * mebibyte })).rejects.toMatchObject({
        code: 'UPLOAD_INCOMPLETE',
      })
      expect(taken).toBeLessThan(16)
    })

    it('reads ranges, cut to what there is', async () => {
      const content = Buffer.from(Array.from({ length: 600_000 }, (_, i) => i % 251))
      const { hash } = await store.putBytes(content)
      for (const [start, end] of [
        [0, 1],
        [0, 600_000],
        [262_143, 262_145],
        [599_999, 700_000],
        [600_000, 600_001],
        [5, 5],
      ] as const) {
        const pieces = await collected(store.read(hash, { start, end }))
        expect(Buffer.concat(pieces).equals(content.subarray(start, end))).toBe(true)
      }
    })

    it('ends a read of damaged bytes before its last piece, and of an unknown object before its first', async () => {
      const content = Buffer.alloc(3 * mebibyte, 'intact')
      const { hash } = await store.putBytes(content)
      content[17] = 0
      for (const other of [content, content.subarray(0, mebibyte), Buffer.alloc(0)]) {
        await damage(folder, hash, other)
        let received = 0
        const reading = async () => {
          for await (const piece of store.read(hash)) received += piece.byteLength
        }
        await expect(reading()).rejects.toMatchObject({ code: 'OBJECT_CORRUPT' })
        expect(received).toBeLessThan(Math.max(1, other.byteLength))
      }
      await expect(joined(store.read(unknown))).rejects.toMatchObject({ code: 'OBJECT_UNKNOWN' })
      await expect(joined(store.read('../x'))).rejects.toMatchObject({ code: 'OBJECT_UNKNOWN' })
      await store.remove(hash)
    })

    it('lists every object with its size and the time it was last put', async () => {
      const before = BigInt(Date.now()) * 1_000n
      const put = await Promise.all(
        Array.from({ length: 25 }, (_, i) => store.putBytes(bytesOf(`listed ${i}`))),
      )
      const listed = new Map((await collected(store.all())).map(each => [each.hash, each]))
      for (const { hash, bytes } of put) {
        expect(listed.get(hash)).toMatchObject({ bytes })
        expect(listed.get(hash)?.at).toBeGreaterThanOrEqual(before - 2_000_000n)
        expect(listed.get(hash)?.at).toBeLessThan(before + 60_000_000n)
      }
      await store.remove(put[0]?.hash ?? '')
      const left = await collected(store.all())
      expect(left.map(({ hash }) => hash)).not.toContain(put[0]?.hash)
    })

    it('says which object is unknown, whatever is asked for', async () => {
      for (const hash of [
        unknown,
        '',
        'sha256:xyz',
        '../../etc/passwd',
        `sha256:${'../'.repeat(22)}`,
        unknown.toUpperCase(),
      ]) {
        expect(await store.has(hash)).toBe(false)
        expect(store.localPath(hash)).toBeUndefined()
        expect(await store.locate(hash)).toBeUndefined()
        await expect(store.getBytes(hash)).rejects.toMatchObject({ code: 'OBJECT_UNKNOWN' })
        await expect(store.getFile(hash, at('never'))).rejects.toMatchObject({ code: 'OBJECT_UNKNOWN' })
      }
      expect(readdirSync(work).some(file => file.includes('never'))).toBe(false)
    })

    it('never answers damaged bytes', async () => {
      const { hash } = await store.putBytes(bytesOf('damaged'))
      await damage(folder, hash, bytesOf('other!!'))
      await expect(store.getBytes(hash)).rejects.toMatchObject({ code: 'OBJECT_CORRUPT' })
      await expect(store.getFile(hash, at('never'))).rejects.toMatchObject({ code: 'OBJECT_CORRUPT' })
      expect(readdirSync(work).some(file => file.includes('never'))).toBe(false)
    })

    it('takes files only: no link, folder or missing path', async () => {
      mkdirSync(at('folder'))
      symlinkSync('/etc/passwd', at('link'))
      for (const path of [at('folder'), at('link'), at('absent')])
        await expect(store.putFile(path)).rejects.toThrow()
    })

    it('stores a directory by the paths and hashes of its files', async () => {
      for (const path of ['tree/b/c', 'tree/empty']) mkdirSync(at(path), { recursive: true })
      for (const path of ['B', 'a', 'b/c/x', 'b-x']) writeFileSync(at(`tree/${path}`), path)
      const stored = await storeDirectory(store, at('tree'))
      expect(stored.files.map(({ path }) => path)).toEqual(['B', 'a', 'b-x', 'b/c/x'])
      expect(stored.bytes).toBe(10)
      expect(await storeDirectory(store, at('tree'))).toEqual(stored)
      for (const { path, hash } of stored.files)
        expect(new TextDecoder().decode(await store.getBytes(hash))).toBe(path)
      symlinkSync('a', at('tree/link'))
      expect(lstatSync(at('tree/link')).isSymbolicLink()).toBe(true)
      await expect(storeDirectory(store, at('tree'))).rejects.toMatchObject({ code: 'STEP_OUTPUT_INVALID' })
    })
  })
}
