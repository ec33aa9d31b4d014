import { expect, it } from 'vitest'
import { settableClock } from '../kernel/clock.ts'
import { parseTimestamp } from '../kernel/time.ts'
import { scheduleTicker } from './schedules.ts'

function parts(replayed: boolean) {
  const clock = settableClock(parseTimestamp('2026-11-21T10:00:00Z') ?? 0n)
  const calls: unknown[] = []
  const ticker = scheduleTicker({
    clock,
    replayed,
    projects: {
      schedules: async () => [{ name: 'late-online', pipeline: 'late-online', text: '15m' }],
      compilePipeline: async (name, options) => {
        calls.push({ name, ...options })
        return { pipeline: name } as never
      },
    },
    pipelines: {
      startRun: async (plan, options) => {
        calls.push({ plan, ...options })
        return undefined as never
      },
    },
    onFault: error => {
      throw error
    },
  })
  return { clock, calls, ticker }
}

it('starts a run as of its nominal instant, under a key of its own', async () => {
  const { clock, calls, ticker } = parts(false)
  await ticker.tick()
  clock.set(parseTimestamp('2026-11-21T10:15:07Z') ?? 0n)
  await ticker.tick()
  expect(calls).toEqual([
    { name: 'late-online', params: { asOf: '2026-11-21T10:15:00.000000Z' }, reuse: 'unchanged' },
    {
      plan: { pipeline: 'late-online' },
      principal: { name: 'schedule' },
      idempotencyKey: 'schedule/late-online/2026-11-21T10:15:00.000000Z',
    },
  ])
})

it('leaves a replayed project at its own instant', async () => {
  const { clock, calls, ticker } = parts(true)
  await ticker.tick()
  clock.set(parseTimestamp('2026-11-21T10:15:00Z') ?? 0n)
  await ticker.tick()
  expect(calls[0]).toEqual({ name: 'late-online', params: {}, reuse: 'unchanged' })
})
