import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MetadataConfig, openMetadata } from '../../src/adapters/metadata/index.ts'
import type { MetricPoint, Tracking } from '../../src/experiments/index.ts'
import { createAuditService } from '../../src/governance/index.ts'
import { naiveKeys, naiveSummary } from '../oracles/tracked-runs.ts'
import { withPostgres } from '../services/postgres.ts'
import { buildProgram, killAfter, type Program } from '../support/child-program.ts'
import { toText, trackingOver } from '../support/tracking.ts'

const pointsPerBatch = 521

describe('a writer of metadata that is killed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-kill-'))
  let writer: Program
  beforeAll(async () => {
    writer = await buildProgram(fileURLToPath(new URL('metadata-writer.ts', import.meta.url)))
  })
  afterAll(() => {
    writer.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Batches acknowledged of each run. */
  async function killMany(config: MetadataConfig, times: number): Promise<ReadonlyMap<string, number>> {
    const place = config.kind === 'sqlite' ? config.path : config.url
    const acknowledged = new Map<string, number>()
    for (let i = 0; i < times; i++) {
      const after = 1 + Math.floor(Math.random() * 30)
      const lines = await killAfter(writer.start(config.kind, place), { after, delayMs: Math.random() * 12 })
      for (const line of lines) {
        const [run = '', number = ''] = line.split(' ')
        acknowledged.set(run, Number(number) + 1)
      }
    }
    return acknowledged
  }

  /** All that was logged of a run that has so many batches, each whole and once. */
  async function checkRun(tracking: Tracking, id: string, acknowledged: number): Promise<number> {
    const run = await tracking.runs.get(id)
    const batches = Object.keys(run.params).length
    expect(batches).toBeGreaterThanOrEqual(acknowledged)
    expect(batches).toBeLessThanOrEqual(acknowledged + 1)
    expect(run.tags['last']).toBe(batches === 0 ? undefined : String(batches - 1))
    const points: MetricPoint[] = []
    for (const [key, perBatch] of [
      ['tail', 200],
      ['packed', 300],
      ['nan', 1],
      ...Array.from({ length: 20 }, (_, i) => [`wide-${i}`, 1] as const),
    ] as const) {
      const { items } = await tracking.runs.history({ run: id, key, limit: 50_000 })
      expect(items.map(({ step }) => step)).toEqual(Array.from({ length: batches * perBatch }, (_, i) => i))
      points.push(...items)
    }
    const naive = { params: new Map(), tags: new Map(), points }
    expect(await tracking.runs.summaries(id)).toEqual(naiveKeys(naive).map(key => naiveSummary(naive, key)))
    expect(await tracking.runs.document(id)).toBe(toText(run))
    return batches
  }

  async function check(config: MetadataConfig, acknowledged: ReadonlyMap<string, number>): Promise<void> {
    const db = await openMetadata(config)
    expect(await db.migrate()).toEqual([])
    const tracking = trackingOver(db)
    const events = await db.read.audit.links({ after: 0, limit: 1_000_000 })
    const logged = new Map<string, number>()
    for (const { action, object, details } of events) {
      const id = object.slice('experiment-run:'.length)
      if (action === 'experiment-run.started') logged.set(id, 0)
      if (action !== 'experiment-run.logged') continue
      logged.set(id, (logged.get(id) ?? 0) + Number((details as { metrics: number }).metrics))
    }
    for (const id of acknowledged.keys()) expect(logged.has(id)).toBe(true)
    for (const [id, points] of logged) {
      const batches = await checkRun(tracking, id, acknowledged.get(id) ?? 0)
      expect(points).toBe(batches * pointsPerBatch)
    }
    expect(await createAuditService({ uow: db }).verify()).toMatchObject({ fault: null })
    await db.close()
  }

  it('has lost nothing it acknowledged and left nothing half written, on SQLite', async () => {
    const config = { kind: 'sqlite', path: join(folder, 'meta.sqlite') } as const
    await check(config, await killMany(config, 100))
  }, 300_000)

  it('has lost nothing it acknowledged and left nothing half written, on Postgres', async () => {
    const config = { kind: 'postgres', url: await withPostgres() } as const
    await check(config, await killMany(config, 8))
  }, 120_000)
})
