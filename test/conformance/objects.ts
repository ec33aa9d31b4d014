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
  /** Changes the stored bytes of an object behind the store's back. */
  damage(folder: string, hash: string): void
}

const bytesOf = (text: string) => new TextEncoder().encode(text)
const unknown = `sha256:${'0'.repeat(64)}`

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
      const local = store.localPath(hash)
      if (local !== undefined) expect(readFileSync(local).equals(content)).toBe(true)
    })

    it('uses memory that does not grow with the file', async () => {
      const mebibyte = Buffer.alloc(1024 * 1024, 7)
      writeFileSync(at('huge'), '')
      for (let i = 0; i < 96; i++) writeFileSync(at('huge'), mebibyte, { flag: 'a' })
      let peak = 0
      const before = process.memoryUsage().arrayBuffers
      const timer = setInterval(() => {
        peak = Math.max(peak, process.memoryUsage().arrayBuffers - before)
      }, 1)
      const { hash } = await store.putFile(at('huge'))
      await store.getFile(hash, at('huge-copy'))
      clearInterval(timer)
      expect(statSync(at('huge-copy')).size).toBe(96 * 1024 * 1024)
      expect(peak).toBeLessThan(32 * 1024 * 1024)
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
        await expect(store.getBytes(hash)).rejects.toMatchObject({ code: 'OBJECT_UNKNOWN' })
        await expect(store.getFile(hash, at('never'))).rejects.toMatchObject({ code: 'OBJECT_UNKNOWN' })
      }
      expect(readdirSync(work).some(file => file.includes('never'))).toBe(false)
    })

    it('never answers damaged bytes', async () => {
      const { hash } = await store.putBytes(bytesOf('damaged'))
      damage(folder, hash)
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
