import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { certifiedIndex, certifiedThreshold, leastForRate } from './certified-index.ts'
import { cheapestThreshold } from './cheapest.ts'
import { inheritPools, type SegmentNode } from './inheritance.ts'
import { fixedSequence, leastForPrecision, precisionGrid, provePrecision } from './precision.ts'
import { leastForQuantile, quantileIndex } from './quantile-index.ts'
import { countAbove, justBelow } from './rising-scores.ts'
import { shrinkRates } from './shrinkage.ts'
import { capStep } from './step-caps.ts'

/** P(Bin(n, p) ≥ k) by adding its terms. */
function naiveSf(k: number, n: number, p: number): number {
  let term = (1 - p) ** n
  let below = 0
  let sum = 0
  for (let j = 0; j <= n; j++) {
    if (j >= k) sum += term
    else below += term
    term *= ((n - j) / (j + 1)) * (p / (1 - p))
  }
  return sum === 0 ? 1 - below : sum
}

/** Scores on a coarse grid, so that ties are the rule. */
const scoresOf = (least: number, most: number) =>
  fc
    .array(fc.integer({ min: 0, max: 12 }), { minLength: least, maxLength: most, size: 'max' })
    .map(values => Float64Array.from(values, value => value / 10).sort())

describe('the order statistic that bounds a rate', () => {
  it('is the first whose binomial tail is small enough', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 120 }),
        fc.double({ min: 0.01, max: 0.6, noNaN: true }),
        fc.constantFrom(0.2, 0.1, 0.05, 0.01),
        (n, rate, delta) => {
          const tails = Array.from({ length: n + 1 }, (_, k) => naiveSf(k, n, 1 - rate))
          const clear = tails.every(
            tail => Math.abs(tail - delta) > 1e-9 && Math.abs(tail - delta / 20) > 1e-9,
          )
          fc.pre(clear)
          const first = (limit: number) => tails.findIndex((tail, k) => k > 0 && tail <= limit)
          const index = certifiedIndex(n, { rate, delta })
          expect(index.feasible).toBe(first(delta) > 0)
          if (!index.feasible) return
          expect(index.k).toBe(first(delta))
          expect(index.violation).toBeCloseTo(tails[index.k] ?? Number.NaN, 10)
          expect(index.kKeep).toBe(first(delta / 20) > 0 ? first(delta / 20) : n)
        },
      ),
    )
  })

  it.each([0.001, 0.01, 0.1])('holds its tail at ten million rows (rate %d)', rate => {
    const index = certifiedIndex(10_000_000, { rate, delta: 0.05 })
    if (!index.feasible) throw new Error('ten million rows are enough')
    expect(index.violation).toBeLessThanOrEqual(0.05)
    expect(index.violationBelow).toBeGreaterThan(0.05)
    // The normal approximation with continuity correction is good to a few parts in a thousand here.
    const deviate = (10_000_000 * (1 - rate) - index.k + 0.5) / Math.sqrt(10_000_000 * rate * (1 - rate))
    expect(deviate).toBeCloseTo(-1.645, 1)
  })

  it('counts how few rows are too few', () => {
    expect(leastForRate({ rate: 0.01, delta: 0.05 })).toBe(299)
    expect(leastForRate({ rate: 0.5, delta: 0.25 })).toBe(2)
    expect(leastForRate({ rate: 0.5, delta: 2 ** -29 })).toBe(29)
    expect(certifiedThreshold(new Float64Array(0), { rate: 0.1, delta: 0.05 })).toBeUndefined()
  })

  it('is safe under ties: constant scores are never acted on', () => {
    const same = new Float64Array(500).fill(0.3)
    const certified = certifiedThreshold(same, { rate: 0.1, delta: 0.05 })
    expect(certified).toMatchObject({ candidate: 0.3, keepTo: 0.3 })
    expect(countAbove(same, 0.3)).toBe(0)
  })
})

describe('the quantile of all rows', () => {
  it('has the interval of the binomial quantiles', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0.02, max: 0.9, noNaN: true }),
        fc.constantFrom(0.2, 0.1, 0.05),
        (n, rate, alpha) => {
          const atLeast = Array.from({ length: n + 2 }, (_, k) => (k > n ? 0 : naiveSf(k, n, 1 - rate)))
          fc.pre(
            atLeast.every(
              tail => Math.min(Math.abs(tail - alpha / 2), Math.abs(1 - tail - alpha / 2)) > 1e-9,
            ),
          )
          const { lower, upper } = quantileIndex(n, rate, alpha)
          expect(lower).toBe(atLeast.findLastIndex((tail, l) => l <= n && 1 - tail <= alpha / 2))
          expect(upper).toBe(atLeast.findIndex((tail, u) => u > 0 && tail <= alpha / 2))
          expect(n >= leastForQuantile(rate, alpha)).toBe(lower >= 1 && upper <= n)
        },
      ),
    )
  })
})

describe('precision by fixed sequence', () => {
  const floor = { precision: 0.7, delta: 0.1 }

  it('proves what testing every grid count one by one proves', () => {
    fc.assert(
      fc.property(scoresOf(0, 90), scoresOf(0, 60), (positives, negatives) => {
        const all = Float64Array.from([...positives, ...negatives]).sort()
        const falling = [...all].reverse()
        let proven: number | null = null
        for (const acted of precisionGrid(all.length, floor)) {
          const threshold = acted < all.length ? (falling[acted] ?? 0) : justBelow(all[0] ?? 0)
          const own = falling.filter(score => score > threshold).length
          if (own < leastForPrecision(floor)) continue
          const tp = positives.filter(score => score > threshold).length
          if (naiveSf(tp, own, floor.precision) > floor.delta) break
          proven = own
        }
        const found = provePrecision({ all, positives }, floor)
        expect(found.threshold === null ? null : countAbove(all, found.threshold)).toBe(proven)
      }),
    )
  })

  it('lets a former threshold stay only where the sequence came to it', () => {
    const positives = Float64Array.from({ length: 300 }, (_, at) => 0.5 + at / 600)
    const negatives = Float64Array.from({ length: 300 }, (_, at) => at / 600)
    const all = Float64Array.from([...positives, ...negatives]).sort()
    const prove = (former: number) => provePrecision({ all, positives }, floor, former)
    expect(prove(0.6).formerProven).toBe(true)
    expect(prove(0).formerProven).toBe(false)
    expect(prove(0.999).formerProven).toBe(false)
  })

  it('finds nothing in too few rows, and in none', () => {
    const none = new Float64Array(0)
    expect(provePrecision({ all: none, positives: none }, floor)).toEqual({
      ...{ threshold: null, formerProven: false, tested: [] },
    })
    expect(fixedSequence([], floor)).toEqual({ tested: [], proven: null })
    expect(precisionGrid(10, { precision: 1, delta: 0.05 })).toEqual([])
  })

  it('proves a false floor no more often than it may', () => {
    // Labels are drawn at exactly the floor: whatever is proven is wrong, up to the equality that is meant.
    let state = 7
    const unit = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return state / 2 ** 32
    }
    let wrong = 0
    for (let run = 0; run < 2000; run++) {
      let tp = 0
      let at = 0
      const counts = precisionGrid(400, floor).map(acted => {
        for (; at < acted; at++) if (unit() < floor.precision) tp++
        return { acted, tp }
      })
      if (fixedSequence(counts, floor).proven !== null) wrong++
    }
    expect(wrong / 2000).toBeLessThan(floor.delta + 2 * Math.sqrt((floor.delta * (1 - floor.delta)) / 2000))
  })
})

describe('inheritance', () => {
  const nodes = fc
    .array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 40 })), { maxLength: 20 })
    .map(leaves => ({
      tree: [
        { name: 'root', parent: null, leaf: false },
        ...[0, 1, 2, 3].map(at => ({ name: `p${at}`, parent: 'root', leaf: false })),
        ...leaves.map(([parent], at) => ({ name: `s${at}`, parent: `p${parent}`, leaf: true })),
      ] satisfies SegmentNode[],
      sizes: new Map(leaves.map(([, size], at) => [`s${at}`, size])),
    }))

  it('gives every leaf one pool: its own, its parent’s remainder, that of the root, or none', () => {
    fc.assert(
      fc.property(nodes, ({ tree, sizes }) => {
        const total = (names: readonly string[]) =>
          names.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0)
        const enough = (names: readonly string[]) => total(names) >= 50
        const large = (names: readonly string[]) => names.filter(name => total([name]) < 50)
        const pools = inheritPools(tree, enough)
        expect(pools.map(each => each.segment)).toEqual([...sizes.keys()].sort())
        const leftOver: string[] = []
        for (const parent of ['p0', 'p1', 'p2', 'p3']) {
          const children = tree.filter(each => each.parent === parent).map(each => each.name)
          const rest = large(children)
          if (!enough(rest)) leftOver.push(...rest)
        }
        for (const { segment, from, pool } of pools) {
          const parent = tree.find(each => each.name === segment)?.parent ?? ''
          if (total([segment]) >= 50) expect([from, pool]).toEqual([segment, [segment]])
          else if (leftOver.includes(segment))
            expect([from, pool]).toEqual([enough(leftOver) ? 'root' : null, leftOver])
          else expect(from).toBe(parent)
        }
      }),
    )
  })
})

describe('step caps', () => {
  it('apply the observed score nearest to the candidate that holds them, walking back one by one', () => {
    fc.assert(
      fc.property(
        scoresOf(1, 40),
        fc.double({ min: 0, max: 1.2, noNaN: true }),
        fc.double({ min: 0, max: 1.2, noNaN: true }),
        fc.constantFrom(0.05, 0.2, 2),
        fc.constantFrom(0, 0.03, 0.2, 1),
        (scores, former, candidate, maxStep, maxRateChange) => {
          const rate = (value: number) => scores.filter(score => score > value).length / scores.length
          const holds = (value: number) => Math.abs(rate(value) - rate(former)) <= maxRateChange + 1e-12
          const most = former + Math.sign(candidate - former) * maxStep
          const stepped = Math.abs(candidate - former) <= maxStep ? candidate : most
          const [low, high] = [Math.min(stepped, former), Math.max(stepped, former)]
          const between = [...scores].filter(score => score > low && score < high)
          const way = [stepped, ...(stepped < former ? between : between.reverse()), former]
          const capped = capStep(scores, { former, candidate }, { maxStep, maxRateChange })
          expect(capped.applied).toBe(way.find(holds))
          expect(capped.capHit).toBe(capped.applied !== candidate)
        },
      ),
    )
  })

  it('allow by default a fifth of the former rate, and never less than 0.2 points', () => {
    const scores = Float64Array.from({ length: 1000 }, (_, at) => at / 1000)
    const move = (former: number, candidate: number) => capStep(scores, { former, candidate }, { maxStep: 1 })
    expect(move(0.4995, 0).rateApplied).toBeCloseTo(0.6, 12)
    expect(move(0.9985, 0).rateApplied).toBeCloseTo(0.003, 12)
  })
})

describe('the cheapest threshold', () => {
  it('is the cheapest of all, and of equals the one that acts least', () => {
    fc.assert(
      fc.property(
        scoresOf(0, 20),
        scoresOf(0, 20),
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 0, max: 3 }),
        (positives, negatives, falsePositive, falseNegative) => {
          const found = cheapestThreshold({ positives, negatives }, { falsePositive, falseNegative })
          const all = [...positives, ...negatives].sort((a, b) => b - a)
          if (all.length === 0) {
            expect(found).toBeNaN()
            return
          }
          const cost = (threshold: number) =>
            countAbove(negatives, threshold) * falsePositive +
            (positives.length - countAbove(positives, threshold)) * falseNegative
          const ways = [...all, justBelow(all.at(-1) ?? 0)]
          const least = Math.min(...ways.map(cost))
          expect(found).toBe(ways.find(way => cost(way) === least))
        },
      ),
    )
  })
})

describe('just below', () => {
  it('is below, with nothing between', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }), value => {
        const below = justBelow(value)
        expect(below).toBeLessThan(value)
        const middle = below / 2 + value / 2
        expect(middle === below || middle === value || Math.abs(value) < 1e-300).toBe(true)
      }),
    )
  })
})

describe('shrunken rates', () => {
  it('lie between the own rate and the mean, and follow large groups', () => {
    const groups = [
      { x: 0, n: 3 },
      { x: 600, n: 1000 },
      { x: 300, n: 1000 },
      { x: 450, n: 1000 },
      { x: 0, n: 0 },
    ]
    const shrunk = shrinkRates(groups)
    expect(shrunk?.mean).toBeCloseTo(1350 / 3003, 12)
    const [small = 0, high = 0, low = 0, , none = 0] = shrunk?.rates ?? []
    expect(small).toBeGreaterThan(0.05)
    expect(small).toBeLessThan(shrunk?.mean ?? 0)
    expect(high).toBeGreaterThan(0.59)
    expect(low).toBeLessThan(0.31)
    expect(none).toBe(shrunk?.mean)
  })

  it('are the mean where groups differ by no more than chance, and undefined without rows', () => {
    expect(
      shrinkRates([
        { x: 5, n: 50 },
        { x: 6, n: 60 },
      ])?.rates,
    ).toEqual([0.1, 0.1])
    expect(
      shrinkRates([
        { x: 0, n: 50 },
        { x: 0, n: 60 },
      ])?.rates,
    ).toEqual([0, 0])
    expect(shrinkRates([{ x: 1, n: 1 }])?.rates).toEqual([1])
    expect(shrinkRates([{ x: 0, n: 0 }])).toBeUndefined()
  })
})
