import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { openFilesystemObjects } from '../../src/adapters/objects/filesystem/index.ts'
import { buildProgram, killAfter } from '../support/child-program.ts'

const root = mkdtempSync(join(tmpdir(), 'fettle-kill-objects-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

it('a writer of objects that is killed has lost none it acknowledged and shows none cut short', async () => {
  const folder = join(root, 'store')
  const writer = await buildProgram(fileURLToPath(new URL('objects-writer.ts', import.meta.url)))
  const acknowledged: string[] = []
  for (let i = 0; i < 20; i++) {
    const after = 1 + Math.floor(Math.random() * 10)
    acknowledged.push(
      ...(await killAfter(writer.start(folder, join(root, 'scratch')), {
        after,
        delayMs: Math.random() * 10,
      })),
    )
  }
  writer.remove()
  expect(acknowledged.length).toBeGreaterThanOrEqual(20)
  const store = await openFilesystemObjects(folder)
  for (const hash of acknowledged) expect(await store.has(hash)).toBe(true)
  const visible = readdirSync(join(folder, 'sha256')).flatMap(part =>
    readdirSync(join(folder, 'sha256', part)),
  )
  expect(visible.length).toBeGreaterThanOrEqual(new Set(acknowledged).size)
  for (const hex of visible) expect((await store.getBytes(`sha256:${hex}`)).byteLength).toBeGreaterThan(0)
}, 120_000)
