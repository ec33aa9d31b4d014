import { describe, expect, it } from 'vitest'
import type { PipelineRun } from '../pipelines/index.ts'
import { stepEnd } from './lost-runs.ts'

type Attempts = PipelineRun['steps'][number]['attempts']

const attempt = (state: Attempts[number]['state'], startedAt: bigint, finishedAt: bigint | null) => ({
  ...{ number: 1, state, token: 1, worker: 'w', startedAt, finishedAt, leaseUntil: 0n },
  ...{ errorClass: null, error: null },
})
const pipeline = (state: PipelineRun['state'], attempts: Attempts) =>
  ({ state, steps: [{ plan: { id: 'train' }, attempts }] }) as unknown as PipelineRun
const run = (createdAt: bigint) => ({ user: 'step:prn_1/train', createdAt })

describe('a run of a step ends', () => {
  it('with its attempt, while the pipeline tries again', () => {
    const tried = pipeline('running', [attempt('lost', 10n, 20n), attempt('running', 30n, null)])
    expect(stepEnd(tried, run(15n))).toEqual({ state: 'failed', cause: 'lost' })
    expect(stepEnd(tried, run(35n))).toBeUndefined()
  })

  it('as killed when it was cancelled, and not at all while other steps may go on with it', () => {
    expect(stepEnd(pipeline('running', [attempt('cancelled', 10n, 20n)]), run(15n))?.state).toBe('cancelled')
    expect(stepEnd(pipeline('running', [attempt('succeeded', 10n, 20n)]), run(15n))).toBeUndefined()
    expect(stepEnd(undefined, run(15n))).toBeUndefined()
  })

  it('with its pipeline at the latest', () => {
    expect(stepEnd(pipeline('succeeded', [attempt('succeeded', 10n, 20n)]), run(15n))).toEqual({
      state: 'succeeded',
    })
  })
})
