import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Cell,
  clusterBootstrap,
  confidenceSequence,
  countMixture,
  holm,
  judgeCells,
  pairedP,
  pairedScore,
  planPaired,
  planUnpaired,
  randomFrom,
  sampleRatio,
  sequentialCounts,
  sequentialNormal,
  sufficientMargin,
} from '../../src/kernel/statistics/index.ts'

const counted = fc
  .record({
    n: fc.integer({ min: 1, max: 3000 }),
    b: fc.nat(60),
    c: fc.nat(60),
    deff: fc.constantFrom(1, 1, 1.7),
  })
  .map(({ n, b, c, deff }) => ({ kind: 'paired' as const, n: n + b + c, b, c, deff }))
const claims = fc.oneof(
  fc.record({
    form: fc.constantFrom('noWorse' as const, 'within' as const),
    margin: fc.constantFrom(0, 0.005, 0.02),
  }),
  fc.record({ form: fc.constant('better' as const), by: fc.constantFrom(0, 0.01) }),
)
const cells: fc.Arbitrary<Cell[]> = fc.array(
  fc.record({
    claim: claims,
    measurement: counted,
    status: fc.constantFrom('protected' as const, 'watched' as const, 'dry-run' as const),
    better: fc.constantFrom('higher' as const, 'lower' as const),
  }),
  { maxLength: 12 },
)

test('verdicts follow from evidence: pass unadjusted, fail by Holm over measured protected cells', () => {
  const property = fc.property(cells, fc.constantFrom(0.05, 0.01), (set, alpha) => {
    const { cells: judged, release, family } = judgeCells(set, { alpha })
    const measured = judged.filter(
      (cell, index) => set[index]?.status === 'protected' && cell.reason === null,
    )
    expect(family).toBe(measured.length)
    expect(measured.map(cell => cell.pFailHolm)).toEqual(holm(measured.map(cell => Number(cell.pFail))))
    for (const [index, cell] of judged.entries()) {
      const against = cell.pFailHolm ?? cell.pFail
      if (cell.effective < 30)
        expect(cell).toMatchObject({ verdict: 'inconclusive', reason: 'too-few', pFailHolm: null })
      else if (Number(cell.pPass) <= alpha) expect(cell.verdict).toBe('pass')
      else expect(cell.verdict).toBe(Number(against) <= alpha ? 'fail' : 'inconclusive')
      if (set[index]?.status !== 'protected') expect(cell.pFailHolm).toBeNull()
    }
    const protectedVerdicts = judged
      .filter((_, index) => set[index]?.status === 'protected')
      .map(cell => cell.verdict)
    const worst = ['fail', 'inconclusive', 'pass'].find(verdict =>
      protectedVerdicts.includes(verdict as 'pass'),
    )
    expect(release).toBe(worst ?? 'pass')
  })
  fc.assert(property, { numRuns: 300 })
})

test('only protected cells move the release', () => {
  const property = fc.property(cells, cells, (set, others) => {
    const seen = others.map(cell => ({ ...cell, status: 'watched' as const }))
    expect(judgeCells([...set, ...seen], { alpha: 0.05 }).release).toBe(
      judgeCells(set, { alpha: 0.05 }).release,
    )
  })
  fc.assert(property)
})

test('a claim on the other side of the margin is the mirrored claim', () => {
  const property = fc.property(counted, claims, (measurement, claim) => {
    const judge = (better: 'higher' | 'lower', of: typeof measurement) =>
      judgeCells([{ claim, measurement: of, status: 'protected', better }], { alpha: 0.05 })
    expect(judge('higher', measurement)).toEqual(
      judge('lower', { ...measurement, b: measurement.c, c: measurement.b }),
    )
  })
  fc.assert(property)
})

test('the rows still needed follow the formula, and there are none that save a broken claim', () => {
  const cell = (b: number): Cell => ({
    claim: { form: 'noWorse', margin: 0.002 },
    measurement: { kind: 'paired', n: 4000, b, c: 15, deff: 1.5 },
    status: 'protected',
  })
  const needed = (b: number) => judgeCells([cell(b)], { alpha: 0.05, beta: 0.1 }).cells[0]?.needed
  const z = 1.6448536269514722 + 1.2815515655446004
  const variance = 31 / 4000 - (1 / 4000) ** 2
  expect(needed(16)).toBe(Math.ceil((1.5 * z ** 2 * variance) / (0.002 - 1 / 4000) ** 2) - 4000)
  expect(needed(24)).toBeNull()
  expect(needed(0)).toBe(0)
})

test('with the rows still needed and as many again, at the same effect, the cell passes', () => {
  const property = fc.property(counted, claims, (measurement, claim) => {
    const cell: Cell = { claim, measurement, status: 'protected' }
    const [judged] = judgeCells([cell], { alpha: 0.05 }).cells
    fc.pre(judged?.verdict === 'inconclusive' && judged.needed !== null && judged.reason === null)
    const times = 2 * (1 + (judged?.needed ?? 0) / measurement.n)
    const more = {
      ...measurement,
      n: measurement.n * times,
      b: measurement.b * times,
      c: measurement.c * times,
    }
    expect(judgeCells([{ ...cell, measurement: more }], { alpha: 0.05 }).release).toBe('pass')
  })
  fc.assert(property)
})

test('an event floor keeps a few events from failing a release', () => {
  const cell = (leastEvents?: number): Cell => ({
    claim: { form: 'noWorse', margin: 0.0001, ...(leastEvents === undefined ? {} : { leastEvents }) },
    measurement: { kind: 'paired', n: 2000, b: 9, c: 0 },
    status: 'protected',
  })
  expect(judgeCells([cell()], { alpha: 0.05 }).release).toBe('fail')
  expect(judgeCells([cell(10)], { alpha: 0.05 }).release).toBe('inconclusive')
  expect(judgeCells([cell(9)], { alpha: 0.05 }).release).toBe('fail')
})

test('what could not be measured is inconclusive and leaves the family', () => {
  const unmeasured: Cell = {
    claim: { form: 'noWorse', margin: 0.01 },
    measurement: { kind: 'unmeasured', reason: 'measuring-error' },
    status: 'protected',
  }
  const harmed: Cell = { ...unmeasured, measurement: { kind: 'paired', n: 1000, b: 60, c: 10 } }
  expect(judgeCells([unmeasured], { alpha: 0.05 })).toMatchObject({
    release: 'inconclusive',
    family: 0,
    cells: [{ verdict: 'inconclusive', reason: 'measuring-error', pPass: { undefined: 'measuring-error' } }],
  })
  expect(judgeCells([unmeasured, harmed], { alpha: 0.05 })).toMatchObject({ release: 'fail', family: 1 })
  const empty: Cell = {
    ...unmeasured,
    measurement: { kind: 'rate', x: 0, n: 0 },
    claim: { form: 'atMost', limit: 0.1 },
  }
  expect(judgeCells([empty], { alpha: 0.05 }).cells[0]).toMatchObject({ reason: 'no-rows' })
})

test('resampled cells are read like counted ones', () => {
  const random = randomFrom('cells')
  const harms = Array.from({ length: 200 }, () => 0.1 * (random.unit() - 0.5))
  const result = clusterBootstrap({
    clusters: harms.length,
    statistic: times => harms.reduce((sum, harm, at) => sum + harm * (times[at] ?? 0), 0) / harms.length,
    seed: 'cells',
    alpha: 0.05,
  })
  if ('undefined' in result) throw new Error(result.undefined)
  const release = (claim: Cell['claim']) =>
    judgeCells([{ claim, measurement: { kind: 'bootstrap', result, n: 400 }, status: 'protected' }], {
      alpha: 0.05,
    }).release
  expect(release({ form: 'noWorse', margin: 0.02 })).toBe('pass')
  expect(release({ form: 'within', margin: 0.02 })).toBe('pass')
  expect(release({ form: 'better', by: 0.05 })).toBe('fail')
  expect(release({ form: 'noWorse', margin: 0.001 })).toBe('inconclusive')
  expect(release({ form: 'atMost', limit: 0.05 })).toBe('pass')
  expect(release({ form: 'atLeast', limit: 0.05 })).toBe('fail')
})

test('the offered margin is the smallest that the rows can decide', () => {
  const property = fc.property(
    fc.integer({ min: 200, max: 100_000 }),
    fc.constantFrom(0.005, 0.05, 0.3),
    (rows, disagreement) => {
      const needed = (margin: number) => planPaired({ disagreement, margin, alpha: 0.05, beta: 0.2 }).n
      const margin = sufficientMargin(rows, needed, { least: 0, widest: 0.9 })
      expect(needed(margin ?? 0)).toBeLessThanOrEqual(rows)
      expect(Number(needed((margin ?? 0) * 0.999))).toBeGreaterThan(rows - 1)
    },
  )
  fc.assert(property)
  expect(sufficientMargin(3, () => 4, { least: 0, widest: 1 })).toBeNull()
})

test('the planned variance is that of the score test on very many pairs', () => {
  const property = fc.property(
    fc.double({ min: 0.01, max: 0.5, noNaN: true }),
    fc.double({ min: -0.9, max: 0.9, noNaN: true }),
    fc.double({ min: -0.3, max: 0.3, noNaN: true }),
    (disagreement, part, margin) => {
      const assumedHarm = part * disagreement
      fc.pre(margin - assumedHarm > 0.01)
      const n = 1e7
      const score = pairedScore(
        { n, b: (n * (disagreement + assumedHarm)) / 2, c: (n * (disagreement - assumedHarm)) / 2 },
        margin,
      )
      const { nullVariance } = planPaired({ disagreement, margin, assumedHarm, alpha: 0.05, beta: 0.2 })
      expect(nullVariance / ((n * (margin - assumedHarm) ** 2) / score ** 2)).toBeCloseTo(1, 9)
    },
  )
  fc.assert(property)
})

test('a planned cell has the power that was asked for', () => {
  const random = randomFrom('power')
  const plan = { disagreement: 0.06, margin: 0.02, assumedHarm: 0.004, alpha: 0.05, beta: 0.2 }
  const n = Number(planPaired(plan).n)
  let passed = 0
  const runs = 1500
  for (let run = 0; run < runs; run++) {
    let [b, c] = [0, 0]
    for (let pair = 0; pair < n; pair++) {
      const drawn = random.unit()
      if (drawn < 0.032) b++
      else if (drawn < 0.06) c++
    }
    if (pairedP({ n, b, c }, plan.margin).pass <= plan.alpha) passed++
  }
  expect(passed / runs).toBeGreaterThan(0.8 - 4 * Math.sqrt(0.16 / runs))
  expect(passed / runs).toBeLessThan(0.8 + 0.04 + 4 * Math.sqrt(0.16 / runs))
})

test('plans that cannot pass have no n', () => {
  const errors = { alpha: 0.05, beta: 0.2 }
  expect(planPaired({ ...errors, disagreement: 0.1, margin: 0.02, assumedHarm: 0.02 }).n).toEqual({
    undefined: 'cannot-pass',
  })
  expect(planUnpaired({ ...errors, pNew: 0.2, pOld: 0.1, margin: 0.1, oldPerNew: 1 })).toEqual({
    undefined: 'cannot-pass',
  })
  expect(
    planUnpaired({ ...errors, pNew: 0.2, pOld: 0.1, margin: 0, oldPerNew: 1, better: 'higher' }),
  ).toBeGreaterThan(100)
  expect(() => planPaired({ ...errors, disagreement: 0.01, margin: 0.1, assumedHarm: 0.02 })).toThrow(
    expect.objectContaining({ code: 'INVALID_COUNTS' }),
  )
})

/** ∫ exp(θx/V − θ²/2V) dN(0, τ²)(θ), by Simpson's rule. */
function naiveNormalMixture(x: number, variance: number, tau: number): number {
  const steps = 8000
  const width = (40 * tau) / steps
  let sum = 0
  for (let step = 0; step <= steps; step++) {
    const theta = -20 * tau + step * width
    const weight = step === 0 || step === steps ? 1 : step % 2 === 1 ? 4 : 2
    const density = Math.exp(-(theta * theta) / (2 * tau * tau)) / (tau * Math.sqrt(2 * Math.PI))
    sum += weight * density * Math.exp((theta * x) / variance - (theta * theta) / (2 * variance))
  }
  return (sum * width) / 3
}

test('the normal mixture is the likelihood ratio averaged over effects', () => {
  const property = fc.property(
    fc.double({ min: -0.02, max: 0.02, noNaN: true }),
    fc.double({ min: 0.002, max: 0.02, noNaN: true }),
    fc.double({ min: 0.001, max: 0.01, noNaN: true }),
    (estimate, deviation, tau) => {
      const look = { estimate, variance: deviation ** 2, events: 100 }
      const [found] = sequentialNormal([look], { tau, margin: 0, alpha: 0.05 })
      const naive = Math.log(naiveNormalMixture(estimate, deviation ** 2, tau))
      expect(found?.logLambda).toBeCloseTo(naive, 7)
      // The sequence holds exactly the margins that would not be rejected.
      const { lower } = confidenceSequence(look, { tau, alpha: 0.05 })
      const [edge] = sequentialNormal([look], { tau, margin: lower, alpha: 0.05 })
      expect(edge?.logLambda).toBeCloseTo(Math.log(20), 9)
    },
  )
  fc.assert(property, { numRuns: 50 })
})

test('a look without rows says nothing, and changes nothing', () => {
  const none = { estimate: { undefined: 'no-rows' }, variance: Number.POSITIVE_INFINITY, events: 0 }
  const some = { estimate: 0.5, variance: 0.001, events: 100 }
  const options = { tau: 0.01, margin: 0, alpha: 0.05 }
  const [first, harmed, again] = sequentialNormal([none, some, none], options)
  expect(first).toMatchObject({
    logLambda: { undefined: 'no-rows' },
    lower: { undefined: 'no-rows' },
    pHarm: 1,
  })
  expect(harmed?.harm).toBe(true)
  expect(again).toMatchObject({ pHarm: harmed?.pHarm, harm: true })
})

test('the count mixture multiplies predictive probabilities, one event after the other', () => {
  const property = fc.property(fc.array(fc.nat(2), { maxLength: 60 }), events => {
    const shares = [0.05, 0.25, 0.7]
    const concentration = 2 / 0.05
    const counts = [0, 0, 0]
    let log = 0
    for (const [seen, arm] of events.entries()) {
      const predicted = (concentration * (shares[arm] ?? 0) + (counts[arm] ?? 0)) / (concentration + seen)
      log += Math.log(predicted / (shares[arm] ?? 1))
      counts[arm] = (counts[arm] ?? 0) + 1
    }
    expect(countMixture(counts, shares)).toBeCloseTo(log, 9)
  })
  fc.assert(property)
})

test('harm, once found, stays, and can be carried over', () => {
  const looks = [
    { challenger: 50, comparison: 20 },
    { challenger: 51, comparison: 60 },
  ]
  const found = sequentialCounts(looks, { share: 0.5, alpha: 0.05 })
  expect(found.map(look => look.harm)).toEqual([true, true])
  expect(sequentialCounts(looks.slice(1), { share: 0.5, alpha: 0.05 })[0]?.harm).toBe(false)
  expect(
    sequentialCounts(looks.slice(1), { share: 0.5, alpha: 0.05, pHarm: found[0]?.pHarm ?? 1 })[0]?.harm,
  ).toBe(true)
})

test('a sample ratio without units is not measured, and one without arms refused', () => {
  expect(sampleRatio([100, 9900], [0, 0])).toMatchObject({
    chiSquare: { undefined: 'no-rows' },
    decision: 'not-measured',
  })
  expect(sampleRatio([5000, 5000], [0, 1000])).toMatchObject({ decision: 'mismatch', liveAlarm: true })
  for (const widths of [[10_000], [0, 10_000]])
    expect(() => sampleRatio(widths, [5, 5])).toThrow(expect.objectContaining({ code: 'INVALID_COUNTS' }))
})
