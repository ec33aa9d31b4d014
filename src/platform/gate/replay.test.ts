import { describe, expect, it } from 'vitest'
import type { Release } from '../../registry/index.ts'
import { replayed } from './replay.ts'

const value = (threshold: number) => ({ value: threshold })
const releaseOf = (otherwise: number, segments: Readonly<Record<string, number>>): Release =>
  ({
    deployment: 'late',
    action: { name: 'warn', threshold: 0.4 },
    features: {
      request: [{ name: 'airport', type: 'string', role: 'key', nullable: false, description: null }],
      vector: [],
    },
    thresholdSet: {
      rule: { target: { kind: 'fpr', rate: 0.1, delta: 0.05 }, per: 'airport' },
      otherwise: value(otherwise),
      segments: Object.fromEntries(Object.entries(segments).map(([name, each]) => [name, value(each)])),
    },
  }) as unknown as Release

describe('replayed', () => {
  const decided = (airport: string, score: number) => ({
    entity: { airport },
    vector: new Float64Array(),
    score,
  })

  it('counts which logged decisions flip, each by the threshold of its segment', () => {
    const champion = releaseOf(0.4, { ORD: 0.5 })
    const release = releaseOf(0.4, { ORD: 0.6, LAX: 0.2 })
    const records = [
      decided('ORD', 0.55),
      decided('ORD', 0.65),
      decided('ORD', 0.6),
      decided('LAX', 0.3),
      decided('LAX', 0.1),
      decided('SEA', 0.41),
    ]
    expect(replayed(records, { release, champion })).toEqual({ before: 4, after: 3, newly: 1, noLonger: 2 })
  })

  it('acts on nothing where a release has no action', () => {
    const none = { ...releaseOf(0.4, {}), action: null, thresholdSet: undefined } as unknown as Release
    const flips = replayed([decided('ORD', 0.9)], { release: none, champion: releaseOf(0.4, {}) })
    expect(flips).toEqual({ before: 1, after: 0, newly: 0, noLonger: 1 })
  })
})
