import { expect, test } from 'vitest'
import { me, ref, value } from '../../fixtures/pipeline-service.ts'
import { chainPlan, runPlan, stepPlan } from '../../fixtures/plans.ts'
import type { RunStoreHarness } from './harness.ts'

/** Claims, tokens, heartbeats and what is lost. */
export function leaseCases({ fresh, start }: RunStoreHarness): void {
  test('two workers never get the same step', async () => {
    const { service } = start()
    const { id } = await service.startRun(
      runPlan(
        Array.from({ length: 6 }, (_, index) => stepPlan(`s${index}`)),
        fresh(),
      ),
      { principal: me },
    )
    const leases = await Promise.all(
      Array.from({ length: 10 }, (_, index) => service.claim({ worker: `w${index}`, waitMs: 0 })),
    )
    const steps = leases.flatMap(lease => lease?.step ?? [])
    expect([...steps].sort()).toEqual(['s0', 's1', 's2', 's3', 's4', 's5'])
    for (const lease of leases)
      if (lease) await service.fail({ ...ref(lease), outcome: 'failed', errorClass: 'data', error: null })
    expect((await service.getRun(id)).state).toBe('failed')
  })

  test('a stale token, an unknown attempt and a second begin change nothing', async () => {
    const { service, claim, advance, run } = start()
    const { id } = await service.startRun(chainPlan(1, fresh()), { principal: me })
    const old = await claim()
    await service.begin({ ...ref(old), instance: 'one' })
    await service.begin({ ...ref(old), instance: 'one' })
    await expect(service.begin({ ...ref(old), instance: 'two' })).rejects.toMatchObject({
      code: 'ATTEMPT_BEGUN',
    })
    for (let scan = 0; scan < 13; scan++) {
      advance(5)
      await service.reap()
    }
    const now = await claim('w2')
    expect(now).toMatchObject({ attempt: 2, token: 2 })
    await expect(service.publish({ ...ref(old), outputs: value(1) })).rejects.toMatchObject({
      code: 'STALE_TOKEN',
    })
    await expect(service.heartbeat(ref(old))).rejects.toMatchObject({ code: 'STALE_TOKEN' })
    await expect(
      service.fail({ ...ref(old), outcome: 'failed', errorClass: 'user', error: null }),
    ).rejects.toMatchObject({ code: 'STALE_TOKEN' })
    await expect(service.heartbeat({ ...ref(now), token: 1 })).rejects.toMatchObject({
      code: 'STALE_TOKEN',
    })
    await expect(service.heartbeat({ ...ref(now), attempt: 9 })).rejects.toMatchObject({
      code: 'ATTEMPT_UNKNOWN',
    })
    await run(now, value(2))
    expect(await service.getRun(id)).toMatchObject({
      state: 'succeeded',
      steps: [{ outputs: value(2), attempts: [{ state: 'lost' }, { state: 'succeeded' }] }],
    })
  })

  test('a claim that names its instance has begun', async () => {
    const { service } = start()
    const { id } = await service.startRun(chainPlan(1, fresh()), { principal: me })
    const lease = await service.claim({ worker: 'w1', waitMs: 0, instance: 'one' })
    if (lease === undefined) throw new Error('no step is ready')
    expect((await service.getRun(id)).steps[0]?.attempts[0]).toMatchObject({
      state: 'running',
      instance: 'one',
    })
    await expect(service.begin({ ...ref(lease), instance: 'two' })).rejects.toMatchObject({
      code: 'ATTEMPT_BEGUN',
    })
    expect(await service.publish({ ...ref(lease), outputs: value(1) })).toEqual({ published: true })
  })

  test('a heartbeat keeps the lease and carries progress', async () => {
    const { service, claim, advance } = start()
    const { id } = await service.startRun(chainPlan(1, fresh()), { principal: me })
    const lease = await claim()
    await service.reap()
    for (let beat = 1; beat <= 10; beat++) {
      advance(10)
      const progress = { done: beat, total: 10, unit: 'rows', message: 'reading' }
      expect(await service.heartbeat({ ...ref(lease), progress })).toEqual({ cancel: false })
      await service.reap()
    }
    expect((await service.getRun(id)).steps[0]).toMatchObject({
      state: 'running',
      progress: { done: 10, total: 10, unit: 'rows' },
    })
    expect(
      (await service.events(0, 10_000, id)).filter(event => event.type === 'step.progress'),
    ).toHaveLength(10)
    await service.cancel(id, me)
    expect(await service.heartbeat(ref(lease))).toEqual({ cancel: true })
    await service.fail({ ...ref(lease), outcome: 'cancelled', errorClass: null, error: null })
    expect((await service.getRun(id)).state).toBe('cancelled')
  })

  test('after a restart leases get one lease of amnesty', async () => {
    const first = start()
    const { id } = await first.service.startRun(chainPlan(1, fresh()), { principal: me })
    await first.claim()
    const restarted = start()
    restarted.advance(29)
    expect(await restarted.service.reap()).toBe(0)
    restarted.advance(2)
    restarted.advance(15)
    expect(await restarted.service.reap()).toBe(0)
    for (let scan = 0; scan < 7; scan++) {
      restarted.advance(5)
      await restarted.service.reap()
    }
    expect((await first.service.getRun(id)).steps[0]?.attempts[0]?.state).toBe('lost')
    await first.service.cancel(id, me)
  })

  test('a claim waits and wakes within moments of a step becoming ready', async () => {
    const { service } = start()
    const waiting = service.claim({ worker: 'w1', waitMs: 5_000 })
    const begun = performance.now()
    const { id } = await service.startRun(chainPlan(1, fresh()), { principal: me })
    const lease = await waiting
    expect(lease?.run).toBe(id)
    expect(performance.now() - begun).toBeLessThan(400)
    await service.cancel(id, me)
    if (lease) await service.fail({ ...ref(lease), outcome: 'cancelled', errorClass: null, error: null })
  })
}
