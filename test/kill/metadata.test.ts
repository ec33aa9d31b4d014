import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MetadataConfig, openMetadata } from '../../src/adapters/metadata/index.ts'
import { createAuditService } from '../../src/governance/index.ts'
import { withPostgres } from '../services/postgres.ts'
import { buildProgram, killAfter, type Program } from '../support/child-program.ts'

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

  async function killMany(config: MetadataConfig, times: number): Promise<string[]> {
    const place = config.kind === 'sqlite' ? config.path : config.url
    const acknowledged: string[] = []
    for (let i = 0; i < times; i++) {
      const after = 1 + Math.floor(Math.random() * 8)
      acknowledged.push(
        ...(await killAfter(writer.start(config.kind, place), { after, delayMs: Math.random() * 12 })),
      )
    }
    return acknowledged
  }

  async function check(
    config: MetadataConfig,
    acknowledged: readonly string[],
    kills: number,
  ): Promise<void> {
    expect(acknowledged.length).toBeGreaterThanOrEqual(kills)
    const db = await openMetadata(config)
    expect(await db.migrate()).toEqual([])
    for (const id of acknowledged) expect((await db.read.experiments.findRun(id))?.metrics).toEqual({ m: 19 })
    const complete = { params: { a: '1', b: '2' }, tags: { c: '3' }, metrics: { m: 19 } }
    const untouched = { params: {}, tags: {}, metrics: {} }
    let logged = 0
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await db.read.experiments.listRuns({
        experiment: 'kill',
        limit: 500,
        ...(cursor === undefined ? {} : { cursor }),
      })
      for (const run of page.items) {
        const points = await db.read.experiments.metricHistory(run.id, 'm')
        logged += points.length === 0 ? 0 : 1
        expect(run).toMatchObject(points.length === 0 ? untouched : complete)
        expect([0, 20]).toContain(points.length)
      }
      cursor = page.next
      more = cursor !== undefined
    }
    expect(await createAuditService({ uow: db }).verify()).toMatchObject({ fault: null })
    const events = await db.read.audit.links({ after: 0, limit: 1_000_000 })
    expect(events.filter(({ action }) => action === 'experiment-run.logged')).toHaveLength(logged)
    await db.close()
  }

  it('has lost nothing it acknowledged and left nothing half written, on SQLite', async () => {
    const config = { kind: 'sqlite', path: join(folder, 'meta.sqlite') } as const
    await check(config, await killMany(config, 24), 24)
  }, 180_000)

  it('has lost nothing it acknowledged and left nothing half written, on Postgres', async () => {
    const config = { kind: 'postgres', url: await withPostgres() } as const
    await check(config, await killMany(config, 5), 5)
  }, 120_000)
})
