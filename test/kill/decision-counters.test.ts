import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { measureKills } from '../../bench/reliability/kills.ts'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { decisionShipping } from '../../src/platform/shipping.ts'
import { decisionLogStatus, type LogStatus } from '../../src/serving/index.ts'

it('a front killed under load, and shipped in between: what was written is in files or waits, and none is dropped', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-counters-'))
  const database = await openMetadata({ kind: 'sqlite', path: join(folder, 'meta.sqlite') })
  await database.migrate()
  const engine = createDuckDBEngine({ threads: 1 })
  const seen: LogStatus[] = []
  const { acknowledged, logged, lost } = await measureKills(3, async serving => {
    const logFolder = join(serving, 'log')
    const shipping = decisionShipping({
      ...{ logFolder, folder: join(folder, 'decisions'), database, clock: systemClock, pauseMs: 0 },
      engine: async () => engine,
      erased: async () => () => false,
      onFault(error) {
        throw error
      },
    })
    await shipping.round()
    seen.push(await decisionLogStatus(logFolder, database.read.decisionManifest, systemClock.nowMicros()))
  })
  const inFiles = (await database.read.decisionManifest.files()).reduce((sum, { rows }) => sum + rows, 0)
  expect(lost).toBe(0)
  expect(logged).toBeGreaterThanOrEqual(acknowledged)
  expect(seen.map(({ written, shipped, waiting }) => written - shipped - waiting)).toEqual([0, 0, 0])
  const [first, , last] = seen
  // What the front died over waits for the next one, which seals it.
  expect([first?.shipped, last?.waiting]).toEqual([0, expect.toSatisfy((rows: number) => rows > 0)])
  expect([last?.written, last?.shipped, last?.damagedBytes]).toEqual([logged, inFiles, 0])
  expect(inFiles).toBeGreaterThan(0)
  await engine.close()
  await database.close()
  rmSync(folder, { recursive: true })
}, 120_000)
