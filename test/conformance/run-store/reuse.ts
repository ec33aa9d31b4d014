import { expect, test } from 'vitest'
import { me, value } from '../../fixtures/pipeline-service.ts'
import { runPlan, stepPlan } from '../../fixtures/plans.ts'
import type { RunStoreHarness } from './harness.ts'

/** What is taken over from earlier runs. */
export function reuseCases({ start }: RunStoreHarness): void {
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
}
