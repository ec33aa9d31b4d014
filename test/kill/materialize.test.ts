import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { openLmdbStore } from '../../src/adapters/online/lmdb/index.ts'
import type { OnlineStore } from '../../src/features/index.ts'
import { buildProgram, killAfter } from '../support/child-program.ts'
import { answers, batches, fill, push, timeOf } from './materialize-data.ts'

const root = mkdtempSync(join(tmpdir(), 'fettle-kill-materialize-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

async function undisturbed(folder: string): Promise<OnlineStore> {
  const store = openLmdbStore({ folder })
  for (let batch = 0; batch < batches; batch++) await push(store, batch)
  return store
}

async function expectSame(found: OnlineStore, wanted: OnlineStore): Promise<void> {
  for (const ahead of [0n, 1n, 3_600_000_000n, 19_000_000_000n]) {
    const at = timeOf(batches) + ahead
    expect(await answers(found, at)).toEqual(await answers(wanted, at))
  }
}

it('writers killed at any moment leave what one undisturbed writer leaves, and lose nothing acknowledged', async () => {
  const wanted = await undisturbed(join(root, 'wanted'))
  const folder = join(root, 'killed')
  const writer = await buildProgram(fileURLToPath(new URL('materialize-writer.ts', import.meta.url)))
  let next = 0
  let kills = 0
  while (next < batches) {
    const done = await killAfter(writer.start(folder, String(next)), {
      after: 1 + Math.floor(Math.random() * 5),
      delayMs: Math.random() * 15,
    })
    kills += 1
    next = Number(done.at(-1) ?? next - 1) + 1
  }
  writer.remove()
  expect(kills).toBeGreaterThan(5)
  const found = openLmdbStore({ folder })
  await expectSame(found, wanted)
  await fill(found, batches - 1)
  await expectSame(found, wanted)
  await found.close()
  await wanted.close()
}, 120_000)

it('two writers and a run on the same keys at once leave what one writer leaves', async () => {
  const wanted = await undisturbed(join(root, 'alone'))
  const folder = join(root, 'together')
  const [one, two] = [openLmdbStore({ folder }), openLmdbStore({ folder })]
  for (let batch = 0; batch < batches; batch += 3) {
    await Promise.all([
      push(one, batch),
      push(two, batch + 1),
      push(one, batch + 2),
      ...(batch % 9 === 0 && batch > 0 ? [fill(two, batch - 1)] : []),
    ])
  }
  await expectSame(one, wanted)
  await one.close()
  await two.close()
  await wanted.close()
}, 60_000)
