import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { embeddedProviders, readProjectFile } from './project-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-project-file-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function read(content: object) {
  writeFileSync(join(folder, 'fettle.json'), JSON.stringify({ project: 'flights', ...content }))
  return readProjectFile(folder)
}

it('takes the memory of the embedded engine as a size, or nothing', async () => {
  expect((await read({})).providers).toEqual(embeddedProviders)
  expect((await read({ memory: '4GiB' })).providers).toEqual({ ...embeddedProviders, memory: '4GiB' })
  expect((await read({ memory: '512 MB' })).providers.memory).toBe('512 MB')
})

it.each([4, '4', 'all', '-1GiB', '0GiB', '4 GiBs', null])(
  'refuses %j as memory and shows a size',
  async memory => {
    await expect(read({ memory })).rejects.toMatchObject({
      code: 'DEFINITIONS_UNLOADABLE',
      hint: expect.stringContaining('"4GiB"'),
    })
  },
)

it('takes providers by the names there are adapters for; the others stay embedded', async () => {
  const shared = { metadata: 'postgres://db/fettle', objects: 's3://models/prefix' }
  expect((await read({ providers: shared })).providers).toEqual({ ...embeddedProviders, ...shared })
  const named = {
    metadata: 'env:DATABASE',
    objects: 'env:OBJECTS',
    offline: 'env:SPARK',
    online: 'env:REDIS',
  }
  expect((await read({ providers: named })).providers).toEqual(named)
})

it.each([
  [{ metadata: 'mysql://db' }, 'no adapter'],
  [{ metadata: 'sqlite3' }, 'no adapter'],
  [{ objects: 'gs://models' }, 'no adapter'],
  [{ objects: 7 }, 'no adapter'],
  [{ object: 's3://models' }, 'unknown member "object"'],
])('refuses the providers %j', async (providers, message) => {
  await expect(read({ providers })).rejects.toMatchObject({
    code: 'DEFINITIONS_UNLOADABLE',
    message: expect.stringContaining(message),
  })
})
