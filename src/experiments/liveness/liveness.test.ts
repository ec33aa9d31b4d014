import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { trackingOver } from '../../../test/support/tracking.ts'
import { type MetadataDatabase, openMetadata } from '../../adapters/metadata/index.ts'
import { parseDuration } from '../../kernel/time.ts'
import type { Tracking } from '../index.ts'

const mila = { name: 'mila' }
const sweeper = { name: 'liveness' }
const nothingEnded = async () => new Map()

let folder: string
let database: MetadataDatabase
let tracking: Tracking
let now: bigint
const clock = { nowMicros: () => now }
const pass = (duration: string) => {
  now += parseDuration(duration)
}
const liveness = async (id: string) => (await tracking.runs.head(id)).liveness.state
const alerts = (run: string) => tracking.alerts.list({ run, limit: 10 })
const start = async () => {
  const { id: experiment } = await tracking.experiments.ensure('late', mila)
  return (await tracking.runs.create({ experiment, name: 'boost' }, mila)).id
}
const beat = (run: string, client = 'c1') => tracking.sync.beat(client, [run], mila)
const log = (run: string, step: number) =>
  tracking.runs.log(run, { metrics: [{ key: 'loss', value: 1, step, at: now }] }, mila)

beforeEach(async () => {
  now = 1_000_000_000_000_000n
  folder = mkdtempSync(join(tmpdir(), 'fettle-liveness-'))
  database = await openMetadata({ kind: 'sqlite', path: join(folder, 'metadata.db') })
  await database.migrate()
  tracking = trackingOver(database, clock)
})
afterEach(async () => {
  await database.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('a run with a heartbeat', () => {
  it('is silent after a minute, lost after three, alerts once, and comes back', async () => {
    const run = await start()
    await log(run, 41)
    await beat(run)
    expect(await liveness(run)).toBe('alive')
    pass('61s')
    expect(await liveness(run)).toBe('silent')
    expect(await tracking.alertLostRuns(sweeper)).toEqual([])
    pass('2m')
    expect(await liveness(run)).toBe('lost')
    expect((await tracking.runs.head(run)).status).toBe('running')
    expect(await tracking.alertLostRuns(sweeper)).toEqual([run])
    expect(await tracking.alertLostRuns(sweeper)).toEqual([])
    const message = expect.stringMatching(/boost is presumed lost since .*last step was 41.*resume="/)
    expect(await alerts(run)).toMatchObject([{ kind: 'lost', owner: 'mila', message, closedAt: null }])
    await beat(run)
    expect(await liveness(run)).toBe('alive')
    await tracking.alertLostRuns(sweeper)
    expect(await alerts(run)).toMatchObject([{ closedAt: now }])
  })

  it('fails after a day of being lost, and any later write takes that back', async () => {
    const run = await start()
    await beat(run)
    pass('24h')
    expect(await tracking.endLostRuns(sweeper, nothingEnded)).toEqual([])
    pass('4m')
    expect(await tracking.endLostRuns(sweeper, nothingEnded)).toEqual([run])
    expect((await tracking.runs.head(run)).status).toBe('failed')
    await beat(run)
    expect(await tracking.runs.head(run)).toMatchObject({ status: 'running', endedAt: null })
    pass('25h')
    await tracking.endLostRuns(sweeper, nothingEnded)
    await log(run, 1)
    expect((await tracking.runs.head(run)).status).toBe('running')
  })
})

describe('a run without one', () => {
  it('is taken for silent after an hour and for lost after a day, inferred', async () => {
    const run = await start()
    pass('61m')
    expect((await tracking.runs.head(run)).liveness).toMatchObject({ state: 'silent', inferred: true })
    pass('23h')
    expect((await tracking.runs.head(run)).liveness).toMatchObject({ state: 'lost', inferred: true })
    expect(await tracking.alertLostRuns(sweeper)).toEqual([run])
    expect(await alerts(run)).toMatchObject([{ message: expect.stringContaining('inferred') }])
    pass('23h')
    expect(await tracking.endLostRuns(sweeper, nothingEnded)).toEqual([])
    pass('2h')
    expect(await tracking.endLostRuns(sweeper, nothingEnded)).toEqual([run])
  })
})

describe('after the start of a server', () => {
  it('nobody is lost for one period', async () => {
    const run = await start()
    await beat(run)
    pass('30h')
    tracking = trackingOver(database, clock)
    pass('2m')
    expect(await tracking.alertLostRuns(sweeper)).toEqual([])
    expect(await tracking.endLostRuns(sweeper, nothingEnded)).toEqual([])
    pass('2m')
    expect(await tracking.alertLostRuns(sweeper)).toEqual([run])
  })
})

describe('a pipeline step', () => {
  it('writes only runs of its own pipeline run', async () => {
    const { id: experiment } = await tracking.experiments.ensure('late', mila)
    const step = { name: 'step:prn_1/train' }
    const own = await tracking.runs.create({ experiment, pipelineRun: 'prn_1' }, step)
    const other = await start()
    const tags = [{ key: 'a', value: 'b' }]
    await tracking.runs.log(own.id, { tags }, step)
    const foreign = { code: 'FORBIDDEN', message: expect.stringContaining('only its own run') }
    await expect(tracking.runs.log(other, { tags }, step)).rejects.toMatchObject(foreign)
    await expect(tracking.runs.update(other, { status: 'failed' }, step)).rejects.toMatchObject(foreign)
    await expect(tracking.runs.remove(other, step)).rejects.toMatchObject(foreign)
    expect((await tracking.runs.get(other)).tags).not.toHaveProperty('a')
  })
})
