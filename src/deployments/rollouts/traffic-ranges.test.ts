import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bucketCount } from '../../kernel/assignment.ts'
import { grow, rangesOf, release, shrink, type TrafficRanges, wholeTraffic } from './traffic-ranges.ts'

type Operation =
  | { readonly op: 'grow' | 'shrink'; readonly arm: string; readonly share: number }
  | { readonly op: 'release'; readonly arm: string }

const arms = fc.constantFrom('a', 'b', 'control')
const operations = fc.array(
  fc.oneof(
    fc.record({
      op: fc.constantFrom('grow' as const, 'shrink' as const),
      arm: arms,
      share: fc.integer({ min: 0, max: 100 }),
    }),
    fc.record({ op: fc.constant('release' as const), arm: arms }),
  ),
  { maxLength: 8 },
)

/** As far as the arm and the free buckets allow. */
function apply(ranges: TrafficRanges, each: Operation): TrafficRanges {
  const own = ranges.arms.get(each.arm)?.length ?? 0
  const free = bucketCount - [...ranges.arms.values()].flat().length
  if (each.op === 'release') return release(ranges, each.arm)
  return each.op === 'grow'
    ? grow(ranges, each.arm, own + Math.floor((free * each.share) / 100))
    : shrink(ranges, each.arm, Math.floor((own * each.share) / 100))
}

const bucketsOf = (ranges: TrafficRanges, arm: string): ReadonlySet<number> =>
  new Set(ranges.arms.get(arm) ?? [])

describe('bucket ownership in one epoch', () => {
  it('gives every bucket to exactly one arm, whatever is done', () => {
    fc.assert(
      fc.property(operations, list => {
        const owners = new Uint8Array(bucketCount)
        for (const ranges of Object.values(rangesOf(list.reduce(apply, wholeTraffic))))
          for (const [from, to] of ranges)
            for (let bucket = from; bucket < to; bucket++) owners[bucket] = (owners[bucket] ?? 0) + 1
        expect(owners.every(count => count === 1)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('takes no bucket from an arm while it grows, and passes none to a sibling', () => {
    fc.assert(
      fc.property(operations, list => {
        let before: TrafficRanges = wholeTraffic
        for (const each of list) {
          const after = apply(before, each)
          for (const arm of ['a', 'b', 'control']) {
            const [was, is] = [bucketsOf(before, arm), bucketsOf(after, arm)]
            if (arm !== each.arm || each.op === 'grow')
              expect([...was].every(bucket => is.has(bucket))).toBe(true)
            if (arm !== each.arm) expect(is.size).toBe(was.size)
          }
          before = after
        }
      }),
      { numRuns: 60 },
    )
  })

  it('takes what nobody had first, the control arm from the top', () => {
    const first = release(grow(grow(wholeTraffic, 'a', 300), 'control', 100), 'a')
    expect(rangesOf(grow(first, 'b', 100))).toEqual({
      b: [[300, 400]],
      champion: [
        [0, 300],
        [400, 9_900],
      ],
      control: [[9_900, 10_000]],
    })
  })

  it('returns the last taken when it steps down', () => {
    const stepped = shrink(grow(grow(wholeTraffic, 'a', 100), 'a', 500), 'a', 100)
    expect(rangesOf(stepped)['a']).toEqual([[0, 100]])
    expect(rangesOf(grow(stepped, 'b', 100))['b']).toEqual([[500, 600]])
  })

  it('refuses what cannot be', () => {
    const some = grow(wholeTraffic, 'a', 100)
    for (const wrong of [
      () => grow(some, 'a', 99),
      () => grow(some, 'b', 9_901),
      () => grow(some, 'champion', 1),
      () => grow(some, 'b', 0.5),
      () => shrink(some, 'a', 101),
    ])
      expect(wrong).toThrow(expect.objectContaining({ code: 'ILLEGAL_WEIGHT' }))
  })
})
