import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  advance,
  type EvidenceSort,
  type Ladder,
  type LadderEvent,
  newLadder,
} from '../../src/governance/suggestions/ladder.ts'
import { naiveStanding } from './naive-ladder.ts'

const levels = ['observe', 'suggest', 'veto', 'auto'] as const
const rank = (ladder: Ladder) => levels.indexOf(ladder.level)
const start = newLadder(
  { subject: 'deployment:late', rule: 'fpr', segmentClass: 'airport' },
  { ruleHash: 'a', ruleBy: 'x' },
  0n,
)

/** The memory of evidence that the store keeps for the ladder. */
function player() {
  const seen = new Set<string>()
  return (ladder: Ladder, event: LadderEvent): Ladder => {
    if (event.type !== 'evidence') return advance(ladder, event, 1n)
    const cycle = `${event.era}|${event.sort}|${event.cycle}`
    const key = `${cycle}|${event.segment}`
    const takes = advance(ladder, event, 1n, { first: true, newCycle: true }) !== ladder
    const fresh = { first: !seen.has(key), newCycle: !seen.has(cycle) }
    if (takes) for (const each of [cycle, key]) seen.add(each)
    return advance(ladder, event, 1n, fresh)
  }
}

type Move =
  | {
      readonly kind: 'burst'
      readonly sort: EvidenceSort
      readonly cycle: number
      readonly size: number
      /** How many of them are refused. */
      readonly bad: number
    }
  | { readonly kind: 'bad' | 'stale'; readonly sort: EvidenceSort; readonly cycle: number }
  | { readonly kind: 'act'; readonly event: LadderEvent }

const sort = fc.constantFrom<EvidenceSort>('decision', 'window', 'outcome')
const cycle = fc.nat({ max: 9 })
const act = (...events: readonly LadderEvent[]) =>
  fc.constantFrom(...events).map(event => ({ kind: 'act', event }) as const)
const burst = fc.record({
  kind: fc.constant('burst' as const),
  ...{ sort, cycle, size: fc.integer({ min: 4, max: 30 }), bad: fc.constantFrom(0, 0, 1) },
})
const spot = fc.record({ kind: fc.constantFrom('bad' as const, 'stale' as const), sort, cycle })
const upwards = act({ type: 'raised' }, { type: 'switched' }, { type: 'declined' })
const downwards = act(
  { type: 'alarm', what: 'breach' },
  { type: 'rule-changed', ruleHash: 'b' },
  { type: 'rule-error' },
  { type: 'lowered', to: 'suggest' },
  { type: 'lowered', to: 'observe' },
)

/** Bursts that are just enough, or just not, for the next level; then it is raised. */
const climb = (sorts: readonly EvidenceSort[]) =>
  fc
    .record({
      cycles: fc.integer({ min: 2, max: 7 }),
      size: fc.integer({ min: 8, max: 20 }),
      bad: fc.constantFrom(0, 0, 1, 2),
    })
    .map(({ cycles, size, bad }) => [
      ...sorts.flatMap(sort =>
        Array.from({ length: cycles }, (_, cycle) => ({
          kind: 'burst' as const,
          sort,
          cycle,
          size,
          bad: cycle === 0 ? bad : 0,
        })),
      ),
      { kind: 'act' as const, event: { type: 'raised' as const } },
    ])
const moves: fc.Arbitrary<readonly Move[]> = fc
  .array(
    fc.oneof<fc.MaybeWeightedArbitrary<readonly Move[]>[]>(
      { weight: 3, arbitrary: climb(['decision', 'outcome']) },
      { weight: 3, arbitrary: climb(['window']) },
      { weight: 3, arbitrary: burst.map(each => [each]) },
      { weight: 1, arbitrary: spot.map(each => [each]) },
      { weight: 2, arbitrary: upwards.map(each => [each]) },
      { weight: 1, arbitrary: downwards.map(each => [each]) },
    ),
    { minLength: 3, maxLength: 10 },
  )
  .map(parts => parts.flat())

const evidence = (sort: EvidenceSort, cycle: number, more: { segment: number; era: number; good: boolean }) =>
  ({ type: 'evidence', sort, cycle: `c${cycle}`, ...more, segment: `s${more.segment}` }) as const

function eventsOf(each: Move, { era }: Ladder): readonly LadderEvent[] {
  if (each.kind === 'act') return [{ ...each.event }]
  if (each.kind === 'burst')
    return Array.from({ length: each.size }, (_, segment) =>
      evidence(each.sort, each.cycle, { segment, era, good: segment >= each.bad }),
    )
  const old = each.kind === 'stale' ? era - 1 : era
  return [evidence(each.sort, each.cycle, { segment: 99, era: old, good: each.kind === 'stale' })]
}

describe('the ladder of autonomy', () => {
  it('is what the rules say of all events, after any of them', () => {
    let offers = 0
    let autos = 0
    fc.assert(
      fc.property(moves, made => {
        const play = player()
        const events: LadderEvent[] = []
        let ladder = play(start, { type: 'switched' })
        events.push({ type: 'switched' })
        for (const each of made) {
          for (const event of eventsOf(each, ladder)) {
            const before = ladder
            try {
              ladder = play(ladder, event)
            } catch (error) {
              expect(error).toMatchObject({
                code: expect.stringMatching(/LADDER_NOT_EARNED|ILLEGAL_TRANSITION/),
              })
            }
            // Upwards only by a person, one level at a time, and from an offer.
            if (rank(ladder) > rank(before)) {
              expect(rank(ladder)).toBe(rank(before) + 1)
              expect(event.type).toBe(before.level === 'observe' ? 'switched' : 'raised')
            }
            events.push(event)
          }
          const naive = naiveStanding(events)
          expect({
            level: rank(ladder),
            era: ladder.era,
            decided: [ladder.decisions.count, ladder.decisions.good],
            windows: [ladder.windows.count, ladder.windows.good],
            judged: ladder.judged,
            offer: ladder.offer && levels.indexOf(ladder.offer),
          }).toEqual({
            level: naive.level,
            era: naive.era,
            decided: [naive.decisions.length, naive.decisions.filter(Boolean).length],
            windows: [naive.windows.length, naive.windows.filter(Boolean).length],
            judged: naive.judged,
            offer: naive.offer,
          })
          offers += ladder.offer === null ? 0 : 1
          autos += ladder.level === 'auto' ? 1 : 0
        }
      }),
      { numRuns: 60, seed: 7 },
    )
    expect(offers).toBeGreaterThan(20)
    expect(autos).toBeGreaterThan(5)
  })

  it('rises by nothing but what persons do, whatever else happens', () => {
    const sorts: readonly EvidenceSort[] = ['decision', 'window', 'outcome']
    const nobodys: readonly ((ladder: Ladder, depth: number) => readonly LadderEvent[])[] = [
      ...sorts.map(
        sort =>
          ({ era }: Ladder, depth: number) =>
            Array.from({ length: 70 }, (_, segment) =>
              evidence(sort, depth * 10 + (segment % 7), { segment, era, good: true }),
            ),
      ),
      () => [{ type: 'alarm', what: 'veto' }],
      () => [{ type: 'rule-changed', ruleHash: 'c' }],
      () => [{ type: 'rule-error' }],
    ]
    let states = 0
    const walk = (ladder: Ladder, depth: number): void => {
      states += 1
      if (depth === 4) return
      for (const events of nobodys) {
        const play = player()
        const after = events(ladder, depth).reduce(play, ladder)
        expect(rank(after)).toBeLessThanOrEqual(rank(ladder))
        walk(after, depth + 1)
      }
    }
    for (const level of levels) walk({ ...start, level }, 0)
    expect(states).toBe(4 * (1 + 6 + 36 + 216 + 1296))
  })
})
