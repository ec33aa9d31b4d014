import { describe, expect, it } from 'vitest'
import { gt, where } from '../../definitions/language.ts'
import { maturityCurve } from '../../kernel/statistics/index.ts'
import type { DecisionRecord } from '../../serving/index.ts'
import { agreements, demoVotes, impliedLabels, wordsOf } from './agreement.ts'
import { delaysOf, latestKnown } from './labels.ts'
import type { JoinedFeedback } from './model.ts'
import { maturityAge, realise } from './performance.ts'

const hour = 3_600_000_000n
const t0 = 1_700_000_000_000_000n

interface Drawn {
  readonly n: number
  readonly at?: bigint
  readonly release?: number
  readonly kind?: DecisionRecord['kind']
  readonly shadowOf?: string | null
  readonly arm?: string
}

function record({ n, at = t0, release = 1, kind = 'online', shadowOf = null, arm = 'champion' }: Drawn) {
  const score = (n % 10) / 10
  return {
    ...{ predictionId: `p${n}-0`, row: 0, kind, shadowOf, arm, asOf: at, decidedAt: at, score },
    acted: score > 0.5,
    entity: { origin: n % 2 === 0 ? 'ORD' : 'SEA' },
    vector: Float64Array.of(n),
    release: {
      ...{ release, digest: `sha256:${release}`, vector: ['distance'] },
      request: [{ name: 'origin', role: 'key' }],
    },
  } as unknown as DecisionRecord
}

const said = (id: string, prediction: string, changes: Partial<JoinedFeedback> = {}): JoinedFeedback =>
  ({
    ...{ id, value: 1, knownTime: t0 + hour, rank: 0, source: 'api', seq: 1 },
    ...changes,
    join: { predictionId: prediction, asOf: t0, decidedAt: t0 },
  }) as unknown as JoinedFeedback

describe('realised metrics', () => {
  const byOrigin = { name: 'origin', of: { kind: 'column', column: 'origin' } } as const
  const curve = maturityCurve([1, 2, 3, 4].map(hours => hours * Number(hour)))

  it('count decisions that are old enough, labelled or not; a younger one is not drawn as low', () => {
    const labels = new Map(Array.from({ length: 90 }, (_, n) => [`p${n}-0`, n % 10 > 4 ? 1 : 0]))
    const asKnownAt = t0 + 10n * hour
    const realising = realise({ slices: [byOrigin] }, labels, { curve, asKnownAt })
    for (let n = 0; n < 100; n++) realising.see(record({ n }))
    for (let n = 0; n < 40; n++) realising.see(record({ n, at: asKnownAt - 3n * hour }))
    const [group] = realising.groups()
    expect(group).toMatchObject({
      ...{ release: 1, arm: 'champion', decisions: 140, matured: 100, labelled: 90, coverage: 0.9 },
      ...{ first: t0, last: asKnownAt - 3n * hour },
    })
    expect(group?.all).toMatchObject({ rows: 140, matured: 90, positives: 45 })
    // Acting above 0.5 finds 6 … 9 of the positives 5 … 9, and nothing else.
    expect(group?.all.metrics).toMatchObject({ recall: 36 / 45, precision: 1 })
    const origins = group?.slices[0]?.values.map(each => [each.value, each.rows, each.matured])
    expect(origins).toEqual([
      ['ORD', 70, 45],
      ['SEA', 70, 45],
    ])
  })

  it('without a curve nothing is matured, and every metric says why', () => {
    const none = { curve: maturityCurve([]), asKnownAt: t0 + 100n * hour }
    const realising = realise({ slices: [] }, new Map([['p1-0', 1]]), none)
    realising.see(record({ n: 1 }))
    const [group] = realising.groups()
    expect(group).toMatchObject({ decisions: 1, matured: 0, labelled: 0, coverage: { undefined: 'no-rows' } })
    expect(group?.all.metrics.roc_auc).toHaveProperty('undefined')
  })

  it('by release and arm; a shadow is judged by the label of what it scored again; demo is nobody', () => {
    const labels = new Map([
      ['p6-0', 1],
      ['p1-0', 0],
    ])
    const realising = realise({ slices: [] }, labels, { curve, asKnownAt: t0 + 9n * hour })
    realising.see(record({ n: 6 }))
    realising.see(record({ n: 1, release: 2, arm: 'challenger' }))
    realising.see(record({ n: 77, release: 2, kind: 'shadow', shadowOf: 'p6' }))
    realising.see(record({ n: 6, kind: 'demo' }))
    expect(
      realising.groups().map(each => [each.release, each.arm, each.labelled, each.all.positives]),
    ).toEqual([
      [2, 'challenger', 1, 0],
      [2, 'shadow', 1, 1],
      [1, 'champion', 1, 1],
    ])
  })

  it('a slice by a column that decisions lack is left out and named', () => {
    const carrier = { name: 'carrier', of: { kind: 'column', column: 'carrier' } } as const
    const far = where('far', column => gt(column('distance'), 10))
    const realising = realise({ slices: [carrier, byOrigin, far] as never, entity: 'plane' }, new Map(), {
      ...{ curve, asKnownAt: t0 },
    })
    realising.see(record({ n: 1 }))
    expect(realising.groups()[0]?.slices.map(({ column }) => column)).toEqual(['origin', 'far'])
    expect(realising.leftOut()).toEqual(['carrier'])
  })
})

describe('what is said of one prediction', () => {
  it('known last, then the more trusted source, then the smaller id; unlisted sources never', () => {
    const items = [
      said('c', 'p', { value: 0 }),
      said('b', 'p', { rank: 1, value: 0 }),
      said('a', 'p', { value: 1 }),
      said('z', 'p', { rank: null, value: 0, knownTime: t0 + 9n * hour }),
    ]
    for (const order of [items, items.toReversed()]) expect(latestKnown(order).get('p')?.id).toBe('a')
    const corrected = [...items, said('later', 'p', { rank: 1, value: 0, knownTime: t0 + 2n * hour })]
    expect(latestKnown(corrected).get('p')?.id).toBe('later')
  })

  it('the delay is that of the first label, of decisions old enough', () => {
    const items = [
      said('a', 'p', { knownTime: t0 + 5n * hour }),
      said('b', 'p', { knownTime: t0 + 2n * hour }),
      said('c', 'q', { knownTime: t0 - hour }),
      said('d', 'r', { rank: null }),
    ]
    expect([...delaysOf(items, t0)].sort()).toEqual([0, Number(2n * hour)])
    expect([...delaysOf(items, t0 - 1n)]).toEqual([])
    expect(maturityAge(Float64Array.from({ length: 20 }, (_, n) => n))).toBe(17)
    expect(maturityAge(new Float64Array(0))).toBeNull()
  })
})

describe('populations', () => {
  it('agree by κ over what both labelled, from 30 on', () => {
    const label = (source: string, n: number, value: number) =>
      said(`${source}${n}`, `p${n}`, { source, value })
    const some = (count: number) =>
      Array.from({ length: count }, (_, n) => [
        label('desk', n, n % 2),
        label('audit', n, n % 10 === 0 ? 1 - (n % 2) : n % 2),
      ]).flat()
    expect(agreements(wordsOf(some(29)))).toEqual([
      { first: 'audit', second: 'desk', n: 29, kappa: { undefined: 'too-few-rows' }, interval: null },
    ])
    // 90 of 100 agree; desk says half, audit 60 %: by chance they would in 0.5.
    const [found] = agreements(wordsOf(some(100)))
    expect(found?.n).toBe(100)
    expect(found?.kappa).toBeCloseTo(0.8, 12)
    expect(found?.interval?.lower).toBeLessThan(0.8)
  })

  it('a vote implies what was done, or the opposite; votes are counted by the last word', () => {
    const acted = new Map([
      ['a', true],
      ['b', true],
      ['c', false],
    ])
    const votes = new Map([
      ['a', 1],
      ['b', 0],
      ['c', 0],
      ['unknown', 1],
    ])
    expect([...impliedLabels(votes, acted)]).toEqual([
      ['a', 1],
      ['b', 0],
      ['c', 1],
    ])
    const words = wordsOf([
      said('1', 'a', { source: 'demo', value: 0 }),
      said('2', 'a', { source: 'demo', value: 1, knownTime: t0 + 2n * hour }),
      said('3', 'b', { source: 'demo', value: 0 }),
    ])
    expect(demoVotes(words)).toMatchObject({ votes: 2, right: 1, share: 0.5 })
    expect(demoVotes(new Map())).toEqual({
      ...{ votes: 0, right: 0, share: { undefined: 'no-rows' }, interval: null },
    })
  })
})
