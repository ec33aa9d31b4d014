import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { writeAll } from './copy.ts'
import { fileError } from './durable.ts'
import { openFilesystemObjects } from './index.ts'

describe('objects in the file system', () => {
  const root = mkdtempSync(join(tmpdir(), 'fettle-files-'))
  afterAll(() => rmSync(root, { recursive: true, force: true }))
  const bytes = new TextEncoder().encode('content')
  const place = (folder: string, hash: string) => join(folder, 'sha256', hash.slice(7, 9), hash.slice(7))

  it('leaves no draft behind, neither after a put nor after a failed one', async () => {
    const folder = join(root, 'drafts')
    const store = await openFilesystemObjects(folder)
    await store.putBytes(bytes)
    await expect(store.putFile(join(root, 'absent'))).rejects.toThrow('ENOENT')
    expect(readdirSync(join(folder, 'tmp'))).toEqual([])
  })

  it('removes drafts of the dead, and only those', async () => {
    const folder = join(root, 'stale')
    mkdirSync(join(folder, 'tmp'), { recursive: true })
    for (const name of ['old', 'new']) writeFileSync(join(folder, 'tmp', name), '')
    utimesSync(join(folder, 'tmp', 'old'), 1, 1)
    await openFilesystemObjects(folder)
    expect(readdirSync(join(folder, 'tmp'))).toEqual(['new'])
  })

  it('does not follow a link planted in the place of an object or of its folder', async () => {
    const folder = join(root, 'planted')
    const store = await openFilesystemObjects(folder)
    const { hash } = await store.putBytes(bytes)
    const path = place(folder, hash)
    const elsewhere = join(root, 'elsewhere')
    renameSync(path, elsewhere)
    symlinkSync(elsewhere, path)
    expect(await store.has(hash)).toBe(false)
    expect(store.localPath(hash)).toBeUndefined()
    await expect(store.getBytes(hash)).rejects.toMatchObject({ code: 'OBJECT_UNKNOWN' })
    expect(await store.putBytes(bytes)).toMatchObject({ hash })
    expect(await store.getBytes(hash)).toEqual(bytes)
    const parent = join(path, '..')
    renameSync(parent, join(root, 'moved'))
    symlinkSync(join(root, 'moved'), parent)
    await expect(store.getBytes(hash)).rejects.toMatchObject({ code: 'OBJECT_UNKNOWN' })
    expect(await store.has(hash)).toBe(false)
    await expect(store.putBytes(bytes)).rejects.toThrow()
  })

  it('replaces an object that was cut short', async () => {
    const folder = join(root, 'cut')
    const store = await openFilesystemObjects(folder)
    const { hash } = await store.putBytes(bytes)
    rmSync(place(folder, hash))
    writeFileSync(place(folder, hash), 'con')
    await store.putBytes(bytes)
    expect(await store.getBytes(hash)).toEqual(bytes)
  })

  it('calls a full disk DISK_FULL', async () => {
    const full = await open('/dev/full', 'w')
    const error = await writeAll(full, bytes).catch(fileError)
    await full.close()
    expect(error).toMatchObject({ code: 'DISK_FULL', status: 507 })
  })
})
