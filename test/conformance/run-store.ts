import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { UnitOfWork } from '../../src/kernel/unit-of-work.ts'
import type { PipelineStores } from '../../src/pipelines/index.ts'
import { me, ref, testService, value } from '../fixtures/pipeline-service.ts'
import { chainPlan, runPlan, stepPlan } from '../fixtures/plans.ts'

export interface OpenedStores {
  readonly uow: UnitOfWork<PipelineStores>
  close(): Promise<void>
}

/** What every RunStore promises, seen through the one service that uses it. */
export function runStoreConformance(name: string, open: () => Promise<OpenedStores>): void {
  describe(`run store: ${name}`, () => {
    let opened: OpenedStores
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened.close())
    const start = (parts: Parameters<typeof testService>[1] = {}) => testService(opened.uow, parts)
    let serial = 0
    const fresh = () => ({ pipeline: `p${++serial}` })

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

    test('cancel and publish: whichever commits first wins, and the answer says which', async () => {
      const { service, claim } = start()
      const { id } = await service.startRun(chainPlan(2, fresh()), { principal: me })
      const lease = await claim()
      await service.begin({ ...ref(lease), instance: 'i' })
      expect((await service.cancel(id, me)).state).toBe('cancelling')
      expect(await service.publish({ ...ref(lease), outputs: value(1) })).toEqual({ published: false })
      expect(await service.getRun(id)).toMatchObject({
        state: 'cancelled',
        steps: [{ state: 'cancelled', outputs: {} }, { state: 'cancelled' }],
      })
      expect((await service.cancel(id, me)).state).toBe('cancelled')
    })

    test('a publish whose reply was lost is repeated without harm; one with other bytes changes nothing', async () => {
      const { service, claim, run } = start()
      const { id } = await service.startRun(chainPlan(1, fresh()), { principal: me })
      const lease = await claim()
      await run(lease, value(1))
      const events = await service.latestEvent()
      expect(await service.publish({ ...ref(lease), outputs: value(1) })).toEqual({ published: true })
      expect(await service.latestEvent()).toBe(events)
      expect((await service.getRun(id)).steps[0]?.outputs).toEqual(value(1))
    })

    test.each([
      ['missing', {}, /"value" is missing/],
      ['extra', { ...value(1), more: value(1)['value'] }, /"more" is not declared/],
      ['of another kind', { value: { kind: 'file', hash: 'sha256:x', bytes: 1 } }, /declared as json/],
      [
        'lying about its hash',
        { value: { kind: 'json', hash: 'sha256:x', bytes: 1, value: 1 } },
        /claims sha256:x/,
      ],
    ])('an output that is %s is refused and nothing is published', async (_name, outputs, message) => {
      const { service, claim } = start()
      const { id } = await service.startRun(chainPlan(1, fresh()), { principal: me })
      const lease = await claim()
      await service.begin({ ...ref(lease), instance: 'i' })
      await expect(service.publish({ ...ref(lease), outputs: outputs as never })).rejects.toThrow(message)
      expect((await service.getRun(id)).steps[0]).toMatchObject({ state: 'running', outputs: {} })
      await service.cancel(id, me)
      await service.fail({ ...ref(lease), outcome: 'cancelled', errorClass: null, error: null })
    })

    test('an output whose object is not in the store is refused', async () => {
      const { service, claim, missing } = start()
      const { id } = await service.startRun(
        runPlan([stepPlan('a', { outputs: { model: 'file' } })], fresh()),
        { principal: me },
      )
      const lease = await claim()
      missing.add('sha256:gone')
      await expect(
        service.publish({
          ...ref(lease),
          outputs: { model: { kind: 'file', hash: 'sha256:gone', bytes: 1 } },
        }),
      ).rejects.toMatchObject({ code: 'STEP_OUTPUT_INVALID' })
      await service.cancel(id, me)
      await service.fail({ ...ref(lease), outcome: 'cancelled', errorClass: null, error: null })
    })

    test('a failed step blocks what is below it, others finish; resume keeps what succeeded', async () => {
      const { service, claim, run } = start()
      const plan = runPlan(
        [
          stepPlan('good'),
          stepPlan('bad'),
          stepPlan('below', { after: ['bad'] }),
          stepPlan('last', { after: ['below', 'good'] }),
        ],
        fresh(),
      )
      const { id } = await service.startRun(plan, { principal: me })
      const [good, bad] = [await claim(), await claim()]
      await service.fail({
        ...ref(bad),
        outcome: 'failed',
        errorClass: 'user',
        error: { code: 'MINE', message: 'm', hint: 'h', details: { row: 7 } },
      })
      await run(good)
      const failed = await service.getRun(id)
      expect(failed).toMatchObject({
        state: 'failed',
        steps: [
          { state: 'succeeded' },
          { state: 'failed', attempts: [{ error: { details: { row: 7 } } }] },
          { state: 'blocked' },
          { state: 'blocked' },
        ],
      })
      const resumed = await service.resume(id, me)
      expect(resumed.steps.map(step => step.state)).toEqual(['succeeded', 'ready', 'waiting', 'waiting'])
      await expect(service.resume(id, me)).rejects.toMatchObject({ code: 'RUN_NOT_RESUMABLE' })
      for (const step of ['bad', 'below', 'last']) {
        const lease = await claim()
        expect(lease.step).toBe(step)
        await run(lease)
      }
      expect((await service.getRun(id)).state).toBe('succeeded')
      expect((await service.getRun(id)).steps[1]?.attempts.map(attempt => attempt.state)).toEqual([
        'failed',
        'succeeded',
      ])
    })

    test('retries wait for their time, by the budget of their class', async () => {
      const { service, claim, advance } = start({ random: () => 0.999 })
      const { id } = await service.startRun(
        runPlan([stepPlan('a', { retry: { infra: 1, user: 0 } })], fresh()),
        { principal: me },
      )
      await service.fail({ ...ref(await claim()), outcome: 'failed', errorClass: 'infra', error: null })
      expect(await service.claim({ worker: 'w1', waitMs: 0 })).toBeUndefined()
      advance(10)
      await service.fail({ ...ref(await claim()), outcome: 'failed', errorClass: 'infra', error: null })
      expect((await service.getRun(id)).state).toBe('failed')
    })

    test('a step given back is ready at once and costs nothing', async () => {
      const { service, claim, run } = start({ random: () => 0.999 })
      const { id } = await service.startRun(
        runPlan([stepPlan('a', { retry: { infra: 0, user: 0 } })], fresh()),
        { principal: me },
      )
      for (let turn = 0; turn < 5; turn++)
        await service.fail({ ...ref(await claim()), outcome: 'released', errorClass: null, error: null })
      await run(await claim())
      expect((await service.getRun(id)).state).toBe('succeeded')
    })

    test('three losses in a row blame the step', async () => {
      const { service, claim } = start()
      const { id } = await service.startRun(chainPlan(1, fresh()), { principal: me })
      for (let turn = 0; turn < 3; turn++)
        await service.fail({ ...ref(await claim()), outcome: 'lost', errorClass: 'infra', error: null })
      expect(await service.getRun(id)).toMatchObject({ state: 'failed' })
      expect((await service.getRun(id)).steps[0]?.attempts[2]).toMatchObject({
        errorClass: 'user',
        error: { code: 'STEP_KILLS_WORKERS' },
      })
    })

    test('unchanged steps are reused across runs, with explanations; changed and side-effecting ones run', async () => {
      const { service, claim, run, missing, advance } = start()
      const plan = (depth: number) =>
        runPlan(
          [
            stepPlan('build', { outputs: { value: 'json' } }),
            stepPlan('train', {
              params: { depth },
              inputs: { set: { from: 'build', output: 'value' } },
              outputs: { model: 'file' },
            }),
            stepPlan('tell', { after: ['train'], reusable: false }),
          ],
          { pipeline: 'reuse', reuse: 'unchanged' },
        )
      const model = { model: { kind: 'file', hash: 'sha256:model', bytes: 1 } } as const
      const first = await service.startRun(plan(6), { principal: me })
      for (const outputs of [value(1), model, {}]) await run(await claim(), outputs)
      advance(1)
      const again = await service.startRun(plan(6), { principal: me })
      expect(again.steps.map(step => [step.state, step.reusedFrom])).toEqual([
        ['reused', first.id],
        ['reused', first.id],
        ['ready', null],
      ])
      expect(again.steps[1]?.outputs).toEqual(model)
      await run(await claim())
      expect((await service.getRun(again.id)).state).toBe('succeeded')
      expect(await service.explain(again.id, 'train')).toMatchObject({ outcome: 'reused', against: first.id })
      expect(await service.explain(again.id, 'tell')).toMatchObject({
        outcome: 'ran',
        reason: 'side effects',
      })
      advance(1)
      const deeper = await service.startRun(plan(8), { principal: me })
      expect(deeper.steps.map(step => step.state)).toEqual(['reused', 'ready', 'waiting'])
      expect(await service.explain(deeper.id, 'train')).toMatchObject({
        outcome: 'pending',
        reason: 'params',
        differences: [{ path: 'params.values.depth', before: 6, after: 8 }],
      })
      await service.cancel(deeper.id, me)
      missing.add('sha256:model')
      advance(1)
      const gone = await service.startRun(plan(6), { principal: me })
      expect(gone.steps.map(step => step.state)).toEqual(['reused', 'ready', 'waiting'])
      expect(await service.explain(gone.id, 'train')).toMatchObject({ reason: 'output missing' })
      await service.cancel(gone.id, me)
      const never = await service.startRun({ ...plan(6), reuse: 'never' }, { principal: me })
      expect(never.steps[0]).toMatchObject({ state: 'ready' })
      expect(await service.explain(never.id, 'build')).toMatchObject({ reason: 'policy' })
      await service.cancel(never.id, me)
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
  })
}
