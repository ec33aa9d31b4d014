import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cellValues, pushedWatermark } from '../../src/features/index.ts'
import { buildProgram, killAfter, type Program } from '../support/child-program.ts'
import { noon, openService } from './journal-service.ts'

let program: Program
let folder: string
beforeAll(async () => {
  program = await buildProgram(join(import.meta.dirname, 'journal-writer.ts'))
  folder = mkdtempSync(join(tmpdir(), 'fettle-journal-'))
})
afterAll(() => {
  program.remove()
  rmSync(folder, { recursive: true, force: true })
})

/** What the store answers: the trips of each driver, and how many sales there were. */
async function answers(ids: readonly number[]) {
  const { service, store } = await openService(folder)
  const decode = (value: unknown) => value as bigint | string
  const asOf = noon
  const rides = await service.read({
    features: ['ride_state:trips'],
    entities: { driver: ids.map(BigInt) },
    decode,
    asOf,
  })
  const sales = await service.read({
    features: ['shop_sales:sold_1h'],
    entities: { shop: ['shop'] },
    decode,
    asOf,
  })
  const retried = await service.write({
    source: 'sales',
    now: noon,
    rows: [['shop', noon - 1n - BigInt(ids[0] ?? 0), 1]],
    batchId: `sale ${ids[0]}`,
    bodyHash: String(ids[0]),
  })
  await service.close()
  await store.close()
  const [trips = [], [sold] = []] = [rides, sales].map(
    ({ columns: [first] }) => first && cellValues(first.cells),
  )
  return { trips, sold, retried }
}

it('what was acknowledged before SIGKILL is there afterwards, each event once', async () => {
  const acknowledged: number[] = []
  for (const round of [0, 1, 2]) {
    const child = program.start(folder, String(round * 100_000))
    const lines = await killAfter(child, { after: 12, delayMs: 7 * round })
    acknowledged.push(...lines.map(Number))
    const { trips, sold, retried } = await answers(acknowledged)
    expect(trips).toEqual(acknowledged.map(BigInt))
    // Journalled and killed before the answer: visible, though nobody was told. Never more than the journal holds.
    expect(sold).toBe(pushedWatermark(join(folder, 'journal'), 'sales'))
    expect(Number(sold)).toBeGreaterThanOrEqual(acknowledged.length)
    expect(retried.replayed).toBe(true)
  }
}, 60_000)
