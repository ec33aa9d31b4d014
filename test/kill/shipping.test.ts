import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import { settableClock, systemClock } from '../../src/kernel/clock.ts'
import { decisionShipping } from '../../src/platform/shipping.ts'
import { createDecisionReader, createLogWriter, openShippedFiles } from '../../src/serving/index.ts'
import { decidedRequest } from '../../src/serving/testing/decided-fixture.ts'
import { buildProgram, killAfter, type Program } from '../support/child-program.ts'

const day = 86_400_000_000n

describe('a shipper that is killed anywhere', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-kill-shipping-'))
  const logFolder = join(folder, 'log')
  const decisions = join(folder, 'decisions')
  const engine = createDuckDBEngine({ threads: 1 })
  let program: Program
  beforeAll(async () => {
    program = await buildProgram(fileURLToPath(new URL('shipping-program.ts', import.meta.url)))
  })
  afterAll(() => {
    program.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  it('leaves every decision in the table exactly once, and nothing that is not committed is seen', async () => {
    const written: string[] = []
    const reader = createDecisionReader(
      logFolder,
      openShippedFiles(decisions, async () => engine),
    )
    let seed = 0
    for (let kill = 0; kill < 10; kill++) {
      const log = createLogWriter({ folder: logFolder, segmentBytes: 2000 })
      for (let i = 0; i < 20; i++) {
        const request = decidedRequest(++seed, 3)
        await log.append(request, 'written')
        written.push(...request.rows.map(({ row }) => `${request.base}-${row}`))
      }
      await log.close()
      await killAfter(program.start(folder), { after: 1, delayMs: Math.random() * 900 })
      expect(await everything(reader)).toEqual(written)
    }
    const database = await openMetadata({ kind: 'sqlite', path: join(folder, 'meta.sqlite') })
    const clock = settableClock(systemClock.nowMicros() + day)
    const faults: unknown[] = []
    const shipping = decisionShipping({
      ...{ logFolder, folder: decisions, database, clock, keepSegments: '24h', pauseMs: 0 },
      engine: async () => engine,
      erased: async () => () => false,
      onFault: error => faults.push(error),
    })
    for (let round = 0; round < 3; round++) {
      await shipping.round()
      clock.set(clock.nowMicros() + 2n * day)
    }
    expect(faults).toEqual([])
    const files = await database.read.decisionManifest.files()
    expect(files.reduce((sum, file) => sum + file.rows, 0)).toBe(written.length)
    const there = readdirSync(decisions, { recursive: true }).filter(path =>
      String(path).endsWith('.parquet'),
    )
    expect(there.sort()).toEqual(files.map(file => file.path).sort())
    expect(files.length).toBeLessThan(40)
    expect(readdirSync(logFolder).filter(file => file.endsWith('.log')).length).toBe(1)
    expect(await everything(reader)).toEqual(written)
    await database.close()
  }, 120_000)
})

async function everything(reader: ReturnType<typeof createDecisionReader>): Promise<readonly string[]> {
  const found: string[] = []
  let cursor: string | null = null
  for (let done = false; !done; ) {
    const part = await reader.scan({ deployment: 'late', since: 0n, cursor, limit: 100_000 })
    found.push(...part.records.map(each => each.predictionId))
    cursor = part.cursor
    done = part.done
  }
  return found
}
