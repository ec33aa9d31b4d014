import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTrackingServer, type TrackingServer } from '../../../test/support/tracking-server.ts'
import type { AlertTest } from '../index.ts'

const mila = { name: 'mila' }
let server: TrackingServer
let experiment: string
beforeAll(async () => {
  server = await startTrackingServer()
})
afterAll(() => server.close())

const watch = async (test: AlertTest) => {
  const { tracking } = server
  experiment = (await tracking.experiments.ensure(`of ${JSON.stringify(test)}`, mila)).id
  const rule = await tracking.alerts.addRule({ experiment, test }, mila)
  return { rule, run: (await tracking.runs.create({ experiment, name: 'boost' }, mila)).id }
}
const log = (run: string, values: readonly number[], from = 0) =>
  server.tracking.runs.log(
    run,
    {
      metrics: values.map((value, index) => ({
        key: 'loss',
        value,
        step: from + index,
        at: BigInt(from + index),
      })),
    },
    mila,
  )
const messages = async (run: string) =>
  (await server.tracking.alerts.list({ run, limit: 10 })).map(({ message }) => message)

describe('alert rules', () => {
  it('find a NaN at the write that brings it, once', async () => {
    const { run } = await watch({ kind: 'nan' })
    await log(run, [1, 2])
    expect(await messages(run)).toEqual([])
    await log(run, [Number.NaN, Number.NaN], 2)
    await log(run, [Number.NaN], 4)
    expect(await messages(run)).toEqual(['loss became NaN at step 2'])
  })

  it('find a value outside bounds, not on them', async () => {
    const { run } = await watch({ kind: 'bound', key: 'loss', above: 3, below: -3 })
    await log(run, [3, -3])
    expect(await messages(run)).toEqual([])
    await log(run, [3.5], 2)
    expect(await messages(run)).toEqual(['loss is 3.5 at step 2, above 3'])
  })

  it('find that nothing improved in so many steps', async () => {
    const { run } = await watch({ kind: 'stalled', key: 'loss', steps: 10, better: 'lower' })
    await log(run, [5, 4, 3, ...Array.from({ length: 9 }, () => 3.5)])
    expect(await messages(run)).toEqual([])
    await log(run, [3.5], 12)
    expect(await messages(run)).toEqual(['loss has not improved on 3 for 10 steps, since step 2'])
  })

  it('find failed runs and too many bytes', async () => {
    const failing = await watch({ kind: 'failed' })
    await server.tracking.runs.update(failing.run, { status: 'failed' }, mila)
    expect(await messages(failing.run)).toEqual(['Run boost failed'])
    const large = await watch({ kind: 'artifacts', bytes: 10 })
    const put = (path: string) =>
      server.tracking.artifacts.put(
        {
          owner: { kind: 'run', id: large.run },
          path,
          bytes: (async function* () {
            yield Buffer.from(`bytes of ${path}`)
          })(),
        },
        mila,
      )
    await put('a')
    expect(await messages(large.run)).toEqual([])
    await put('b')
    expect(await messages(large.run)).toEqual(['The files of run boost are 20 bytes, more than 10'])
  })

  it('leave other experiments alone, and are muted until a time and removed', async () => {
    const { rule, run } = await watch({ kind: 'nan', key: 'loss' })
    const elsewhere = await server.tracking.experiments.ensure('elsewhere', mila)
    const other = await server.tracking.runs.create({ experiment: elsewhere.id }, mila)
    await log(other.id, [Number.NaN])
    expect(await messages(other.id)).toEqual([])
    await log(run, [Number.NaN])
    const muted = async () => (await server.tracking.alerts.list({ run, limit: 1 }))[0]?.muted
    expect(await muted()).toBe(false)
    await server.tracking.alerts.mute(rule.id, BigInt(Date.now() + 60_000) * 1000n, mila)
    expect(await muted()).toBe(true)
    await server.tracking.alerts.mute(rule.id, 1n, mila)
    expect(await muted()).toBe(false)
    await server.tracking.alerts.removeRule(rule.id, mila)
    const next = await server.tracking.runs.create({ experiment, name: 'n' }, mila)
    await log(next.id, [Number.NaN])
    expect(await messages(next.id)).toEqual([])
    expect(await messages(run)).toHaveLength(1)
  })

  it('refuse what cannot be meant, and unknown rules', async () => {
    const add = (test: AlertTest, of: string | null = null) =>
      server.tracking.alerts.addRule({ experiment: of, test }, mila)
    await expect(add({ kind: 'bound', key: 'loss' })).rejects.toMatchObject({ code: 'TRACKING_INVALID' })
    await expect(add({ kind: 'nan', key: '../x' })).rejects.toMatchObject({ code: 'TRACKING_INVALID' })
    await expect(add({ kind: 'failed' }, '999')).rejects.toMatchObject({ code: 'EXPERIMENT_UNKNOWN' })
    await expect(server.tracking.alerts.removeRule('x', mila)).rejects.toMatchObject({
      code: 'ALERT_RULE_UNKNOWN',
    })
  })
})
