import { expect, test } from 'vitest'
import { me, ref, value } from '../../fixtures/pipeline-service.ts'
import { chainPlan, runPlan, stepPlan } from '../../fixtures/plans.ts'
import type { RunStoreHarness } from './harness.ts'

/** Outputs, failures, retries and cancelling. */
export function resultCases({ fresh, start }: RunStoreHarness): void {
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
    const { id } = await service.startRun(runPlan([stepPlan('a', { outputs: { model: 'file' } })], fresh()), {
      principal: me,
    })
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
}
