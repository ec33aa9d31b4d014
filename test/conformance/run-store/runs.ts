import { expect, test } from 'vitest'
import { me, value } from '../../fixtures/pipeline-service.ts'
import { chainPlan, runPlan, stepPlan } from '../../fixtures/plans.ts'
import type { RunStoreHarness } from './harness.ts'

/** Storing, following and listing runs. */
export function runCases({ fresh, start }: RunStoreHarness): void {
  test('a run is stored whole before it is acknowledged, and read back equal', async () => {
    const { service } = start()
    const run = await service.startRun(chainPlan(3, { ...fresh(), params: { days: 7 } }), { principal: me })
    expect(await service.getRun(run.id)).toEqual(run)
    expect(run.steps.map(step => step.state)).toEqual(['ready', 'waiting', 'waiting'])
    await service.cancel(run.id, me)
  })

  test('an invalid plan stores nothing', async () => {
    const { service } = start()
    const pipeline = fresh()
    const cycle = runPlan([stepPlan('a', { after: ['b'] }), stepPlan('b', { after: ['a'] })], pipeline)
    await expect(service.startRun(cycle, { principal: me })).rejects.toMatchObject({
      code: 'PIPELINE_INVALID',
    })
    expect((await service.listRuns(pipeline)).items).toEqual([])
  })

  test('steps run in order, outputs become inputs, and events tell it without gaps', async () => {
    const { service, claim, run } = start()
    const before = await service.latestEvent()
    const started = await service.startRun(chainPlan(2, fresh()), { principal: me })
    const first = await claim()
    expect(first).toMatchObject({ run: started.id, step: 's0', attempt: 1, token: 1, inputs: {} })
    expect(await service.claim({ worker: 'w2', waitMs: 0 })).toBeUndefined()
    expect(await run(first, value(1))).toEqual({ published: true })
    const next = await claim()
    expect(next.inputs).toEqual({ before: value(1)['value'] })
    await run(next, value(2))
    expect(await service.getRun(started.id)).toMatchObject({
      state: 'succeeded',
      steps: [{ state: 'succeeded' }, { state: 'succeeded', outputs: value(2) }],
    })
    const events = await service.events(before, 100)
    expect(events.map(event => event.type)).toEqual([
      'run.created',
      'step.ready',
      'run.started',
      'attempt.leased',
      'attempt.running',
      'attempt.succeeded',
      'step.succeeded',
      'step.ready',
      'attempt.leased',
      'attempt.running',
      'attempt.succeeded',
      'step.succeeded',
      'run.succeeded',
    ])
    expect(events.map(event => event.seq)).toEqual(events.map((_, index) => before + index + 1))
    expect(await service.events(before, 2, started.id)).toEqual(events.slice(0, 2))
  })

  test('the same idempotency key and plan is one run, also at once; another plan is refused', async () => {
    const { service } = start()
    const plan = chainPlan(1, fresh())
    const options = { principal: me, idempotencyKey: `key-${plan.pipeline}` }
    const runs = await Promise.all([1, 2, 3].map(() => service.startRun(plan, options)))
    expect(new Set(runs.map(run => run.id)).size).toBe(1)
    await expect(service.startRun({ ...plan, seed: 2 }, options)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
    })
    await service.cancel(runs[0]?.id ?? '', me)
  })

  test('runs are listed newest first, by page, pipeline and state', async () => {
    const { service } = start()
    const { pipeline } = fresh()
    const ids: string[] = []
    for (let index = 0; index < 5; index++)
      ids.unshift((await service.startRun(chainPlan(1, { pipeline }), { principal: me })).id)
    await service.cancel(ids[0] ?? '', me)
    const page = await service.listRuns({ pipeline, limit: 3 })
    expect(page.items.map(run => run.id)).toEqual(ids.slice(0, 3))
    const rest = await service.listRuns({
      pipeline,
      limit: 3,
      ...(page.next === undefined ? {} : { cursor: page.next }),
    })
    expect(rest.items.map(run => run.id)).toEqual(ids.slice(3))
    expect(rest.next).toBeUndefined()
    expect((await service.listRuns({ pipeline, state: 'cancelled' })).items.map(run => run.id)).toEqual(
      ids.slice(0, 1),
    )
    for (const id of ids) await service.cancel(id, me)
  })

  test('a run with 600 steps is stored and read whole', async () => {
    const { service } = start()
    const { id } = await service.startRun(chainPlan(600, fresh()), { principal: me })
    expect((await service.getRun(id)).steps).toHaveLength(600)
    expect((await service.cancel(id, me)).steps.every(step => step.state === 'cancelled')).toBe(true)
  })
}
