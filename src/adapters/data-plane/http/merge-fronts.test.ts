import { describe, expect, it } from 'vitest'
import type { FrontCounts, ServedDeployment } from '../../../deployments/index.ts'
import { mergeCounts, mergeStatus } from './merge-fronts.ts'

const late: ServedDeployment = {
  name: 'late',
  digest: 'sha256:1',
  state: 'ready',
  problem: null,
  predictions: 10,
  degraded: 1,
  p50Ms: 2,
  p99Ms: 9,
  since: 5n,
}

describe('several fronts as one', () => {
  it('add up what they count; the worst state and the slowest latency are theirs all', () => {
    const other = { ...late, predictions: 5, degraded: 0, p50Ms: null, p99Ms: 20, since: 3n }
    const merged = mergeStatus([
      { number: 0, deployments: [late] },
      { number: 1, deployments: [{ ...other, state: 'loading', problem: 'its scorer is starting' }] },
    ])
    expect(merged).toEqual([
      {
        ...{ name: 'late', digest: 'sha256:1', state: 'loading', problem: 'front 1: its scorer is starting' },
        ...{ predictions: 15, degraded: 1, p50Ms: 2, p99Ms: 20, since: 3n },
      },
    ])
  })

  it('say a problem once that all have, and name the one that does not answer', () => {
    const killed = { ...late, state: 'down', problem: 'the kill switch is on' } as const
    const answers = [0, 1].map(number => ({ number, deployments: [killed] }))
    expect(mergeStatus(answers)?.[0]?.problem).toBe('the kill switch is on')
    const one = { number: 0, deployments: [late] }
    expect(mergeStatus([one])).toEqual([late])
    expect(mergeStatus([one, { number: 1, deployments: undefined }])).toEqual([
      { ...late, state: 'degraded', problem: 'front 1 of 2 does not answer' },
    ])
    expect(mergeStatus([{ number: 0, deployments: undefined }])).toBeUndefined()
    expect(mergeStatus([])).toBeUndefined()
  })

  it('list their arms one after the other', () => {
    const counts = (router: string, requests: number): FrontCounts => ({
      arms: [{ router, arm: 'champion', release: 1, requests, errors: 0, slow: 0, degraded: 0 }],
      shadow: { scored: requests, drops: { timeout: 1 } },
      routers: [{ router, seq: 1, loaded: [], refused: {} }],
    })
    const merged = mergeCounts([counts('a', 3), null, counts('b', 4)])
    expect(merged?.arms.map(({ router, requests }) => [router, requests])).toEqual([
      ['a', 3],
      ['b', 4],
    ])
    expect(merged?.shadow).toEqual({ scored: 7, drops: { timeout: 2 } })
    expect(merged?.routers.map(({ router }) => router)).toEqual(['a', 'b'])
    expect(mergeCounts([null])).toBeNull()
  })
})
