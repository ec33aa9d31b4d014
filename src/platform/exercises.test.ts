import { describe, expect, it } from 'vitest'
import type { StoredRun } from '../pipelines/index.ts'
import { exerciseDuty } from './exercises.ts'

const run = (id: string, principal: string, params: Readonly<Record<string, unknown>> = {}) =>
  ({ id, principal, plan: { params } }) as unknown as StoredRun

function dutyOver({
  trainings,
  made = { prn_2: 2 },
  serving = 1,
}: {
  readonly trainings: readonly StoredRun[]
  readonly made?: Readonly<Record<string, number>>
  readonly serving?: number | null
}) {
  const started: {
    readonly params: unknown
    readonly principal: string
    readonly key: string | undefined
  }[] = []
  const duty = exerciseDuty({
    deployments: async () => [{ name: 'live', model: 'late' }] as never,
    served: async (): Promise<Readonly<Record<string, number>>> =>
      serving === null ? {} : { live: serving },
    versionsOf: async () => Object.entries(made).map(([pipelineRun, version]) => ({ pipelineRun, version })),
    pipelines: {
      listRuns: async ({ pipeline }) => ({
        items:
          pipeline === 'late'
            ? [...trainings]
            : started.map(({ params }, at) => run(`prn_r${at}`, 'schedule', params as never)),
      }),
    },
    compile: async (pipeline, { params }) => ({ pipeline, params }) as never,
    startRun: async (plan, { principal, idempotencyKey }) => {
      started.push({ params: plan.params, principal: principal.name, key: idempotencyKey })
      return {} as never
    },
    onFault: error => {
      throw error
    },
  })
  return { duty, started }
}

describe('an exercise', () => {
  it('takes what the schedule trained through the gate, once', async () => {
    const { duty, started } = dutyOver({ trainings: [run('prn_3', 'mila'), run('prn_2', 'schedule')] })
    await duty.look()
    await duty.look()
    expect(started).toEqual([
      {
        params: { version: 2, exercise: 'prn_2' },
        principal: 'schedule',
        key: 'exercise:live-release:prn_2',
      },
    ])
  })

  it('is none of what people trained, what made no version, what serves, or where nothing does', async () => {
    const scheduled = [run('prn_2', 'schedule')]
    for (const given of [
      { trainings: [run('prn_2', 'mila')] },
      { trainings: scheduled, made: {} },
      { trainings: scheduled, serving: 2 },
      { trainings: scheduled, serving: null },
    ]) {
      const { duty, started } = dutyOver(given)
      await duty.look()
      expect(started).toEqual([])
    }
  })
})
