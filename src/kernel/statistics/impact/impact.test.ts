import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maturityBySlice, maturityCurve } from '../labels/maturity.ts'
import { effectiveSize, weightedRecall } from '../labels/weighted-recall.ts'
import { randomFrom } from '../random.ts'
import { cohenKappa } from './cohen-kappa.ts'
import { judgeGuarded } from './guardrails.ts'
import { judgeImpact } from './impact.ts'
import { flakeRate, minimalDetectableDifference, pairwiseWinner, scoreMean } from './judged-scores.ts'

describe('impact', () => {
  const question = {
    model: { n: 9_500, mean: 0.12, variance: 0.1056 },
    holdback: { n: 500, mean: 0.1, variance: 0.09 },
    better: 'higher',
    matters: 0.01,
    alpha: 0.05,
  } as const

  it('says how many units decide: with them it does, with a tenth fewer it does not', () => {
    const { needed } = judgeImpact(question) as { needed: number }
    const grown = (units: number) => {
      const factor = (10_000 + units) / 10_000
      const arm = (of: typeof question.model | typeof question.holdback) => ({ ...of, n: of.n * factor })
      return judgeImpact({ ...question, model: arm(question.model), holdback: arm(question.holdback) })
        .verdict
    }
    expect(grown(needed + 1)).toBe('helping')
    expect(grown(needed * 0.9)).toBe('unknown')
  })

  it('is harming where a guardrail is, which is tested at its share of alpha', () => {
    const arm = (mean: number) => ({ n: 1_000_000, mean, variance: 0.1 })
    const better = { ...question, model: arm(0.2), holdback: arm(0.1) }
    const { alpha, ...worse } = { ...better, model: arm(0.05) }
    expect(judgeGuarded(better, {})).toMatchObject({ verdict: 'helping', harmed: [] })
    const guarded = judgeGuarded(better, { complaints: worse, speed: better })
    expect(guarded).toMatchObject({
      verdict: 'harming',
      harmed: ['complaints'],
      impact: { verdict: 'helping' },
    })
    expect(guarded.guardrails['complaints']).toEqual(judgeImpact({ ...worse, alpha: alpha / 2 }))
  })

  it('needs a holdback, a hundred units in each arm, and a spread', () => {
    const arm = (n: number, variance = 1) => ({ n, mean: 0, variance })
    const ask = (model: object, holdback: object) =>
      judgeImpact({ ...question, ...{ model, holdback } } as typeof question)
    expect(ask(arm(200), arm(0))).toEqual({ verdict: { undefined: 'no-holdback' } })
    expect(ask(arm(99), arm(200))).toEqual({ verdict: 'unknown', reason: 'too-few' })
    expect(ask(arm(200, 0), arm(200, 0))).toEqual({ verdict: 'unknown', reason: 'zero-variance' })
    expect(() => ask(arm(200, -1), arm(200))).toThrow(expect.objectContaining({ code: 'INVALID_COUNTS' }))
  })

  it('mirrors with the direction, but that harm inside the margin is harm', () => {
    const mirrored = {
      helping: ['harming'],
      harming: ['helping', 'neutral'],
      neutral: ['neutral', 'harming'],
      unknown: ['unknown'],
    } as const
    const mean = fc.double({ min: 0.05, max: 0.15, noNaN: true })
    fc.assert(
      fc.property(mean, mean, fc.integer({ min: 1_000, max: 10_000_000 }), (a, b, n) => {
        const arms = { model: { n, mean: a, variance: 0.1 }, holdback: { n, mean: b, variance: 0.1 } }
        const up = judgeImpact({ ...question, ...arms }).verdict
        const down = judgeImpact({ ...question, ...arms, better: 'lower' }).verdict
        expect(mirrored[up as keyof typeof mirrored]).toContain(down)
      }),
    )
  })
})

describe("Cohen's κ", () => {
  it('does not depend on who is first, nor on the order of the classes', () => {
    const cell = fc.nat(20)
    fc.assert(
      fc.property(fc.array(cell, { minLength: 9, maxLength: 9 }), cells => {
        const table = [0, 3, 6].map(at => cells.slice(at, at + 3))
        const turned = table.map((_, column) => table.map(row => row[column] ?? 0))
        const reversed = table.map(row => row.toReversed()).toReversed()
        for (const other of [turned, reversed]) {
          const [one, two] = [cohenKappa(table), cohenKappa(other)]
          if ('undefined' in one || 'undefined' in two) expect(two).toEqual(one)
          else
            for (const name of ['kappa', 'sd', 'lower'] as const) expect(two[name]).toBeCloseTo(one[name], 9)
        }
      }),
    )
  })

  it('has the deviation that resampling the rows has', () => {
    const table = [
      [40, 9],
      [6, 45],
    ]
    const cells = [0, 1, 2, 3].flatMap(at => new Array<number>(table[at >> 1]?.[at & 1] ?? 0).fill(at))
    const random = randomFrom('kappa')
    const kappas = Array.from({ length: 4_000 }, () => {
      const drawn = [
        [0, 0],
        [0, 0],
      ]
      for (let row = 0; row < cells.length; row++) {
        const at = cells[random.index(cells.length)] ?? 0
        const line = drawn[at >> 1] ?? []
        line[at & 1] = (line[at & 1] ?? 0) + 1
      }
      const result = cohenKappa(drawn)
      return 'kappa' in result ? result.kappa : 0
    })
    const mean = kappas.reduce((sum, value) => sum + value, 0) / kappas.length
    const spread = Math.sqrt(kappas.reduce((sum, value) => sum + (value - mean) ** 2, 0) / kappas.length)
    expect(cohenKappa(table)).toMatchObject({ sd: expect.closeTo(spread, 2) })
  })

  it('refuses what is no square table of counts', () => {
    expect(() => cohenKappa([[1, 2], [3]])).toThrow(expect.objectContaining({ code: 'LENGTH_MISMATCH' }))
    expect(() =>
      cohenKappa([
        [1, -2],
        [3, 1],
      ]),
    ).toThrow(expect.objectContaining({ code: 'INVALID_COUNTS' }))
    expect(
      cohenKappa([
        [0, 0],
        [0, 0],
      ]),
    ).toEqual({ undefined: 'no-rows' })
    expect(cohenKappa([])).toEqual({ undefined: 'no-rows' })
    expect(
      cohenKappa([
        [0, 0],
        [0, 3],
      ]),
    ).toEqual({ undefined: 'chance-agreement-is-one' })
  })
})

describe('judged scores', () => {
  it('have a winner only where both orders agree', () => {
    expect(pairwiseWinner('second', 'second')).toBe('tie')
    expect(pairwiseWinner('first', 'error')).toEqual({ undefined: 'judge-error' })
  })

  it('say what was not measured', () => {
    expect(flakeRate([])).toEqual({ undefined: 'fewer-than-two-runs' })
    expect(
      flakeRate([
        ['a', 'b', null],
        ['a', 'a'],
        ['a', null],
      ]),
    ).toBe(0.5)
    expect(scoreMean([{ undefined: 'refusal' }, 1])).toEqual({ mean: 1, coverage: 0.5, n: 1 })
    expect(scoreMean([])).toMatchObject({ mean: { undefined: 'nothing-measured' }, n: 0 })
  })

  it('detect a difference with the power they claim', () => {
    const question = { sdOfDifferences: 1, n: 50, alpha: 0.05, power: 0.8 }
    const difference = Number(minimalDetectableDifference(question))
    const random = randomFrom('power')
    // Twelve uniform numbers make a normal one of deviation 1.
    const normal = () => Array.from({ length: 12 }, () => random.unit()).reduce((sum, u) => sum + u, -6)
    let detected = 0
    for (let run = 0; run < 4_000; run++) {
      let sum = 0
      for (let index = 0; index < question.n; index++) sum += difference + normal()
      if (Math.abs(sum / question.n) > 1.96 / Math.sqrt(question.n)) detected++
    }
    expect(detected / 4_000).toBeCloseTo(0.8, 1)
    expect(minimalDetectableDifference({ ...question, n: 0 })).toEqual({ undefined: 'no-rows' })
    expect(() => minimalDetectableDifference({ ...question, power: 1 })).toThrow(/power/)
  })
})

describe('labels', () => {
  it('mature from 0 to 1, each label at its age', () => {
    const delays = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 50 })
    fc.assert(
      fc.property(delays, fc.integer({ min: -1, max: 31 }), (known, age) => {
        const share = known.filter(delay => delay <= age).length / known.length
        expect(maturityCurve(known)(age)).toBe(share)
      }),
    )
    expect(maturityCurve([])(3)).toEqual({ undefined: 'no-rows' })
  })

  it('have a curve of their slice from 200 on', () => {
    const early = new Array<number>(200).fill(1)
    const late = new Array<number>(199).fill(9)
    const curves = maturityBySlice(
      [...early, ...late],
      new Map([
        ['early', early],
        ['late', late],
      ]),
    )
    expect(curves.get('early')?.(1)).toBe(1)
    expect(curves.get('late')?.(1)).toBeCloseTo(200 / 399, 12)
  })

  it('are weighed by how likely they were to be seen', () => {
    const row = { propensity: 0.5, labelSeen: true, label: 1, acts: 1 }
    const none = { undefined: 'labels-unobservable' }
    expect(weightedRecall([{ ...row, labelSeen: false }])).toEqual({
      recall: none,
      effectivePositives: none,
      effectiveRows: none,
    })
    expect(weightedRecall([{ ...row, label: 0 }])).toMatchObject({
      recall: { undefined: 'no-positives' },
      effectiveRows: 1,
    })
    expect(() => weightedRecall([{ ...row, propensity: 0 }])).toThrow(/propensity of 0/)
    expect(() => weightedRecall([{ ...row, label: 2 }])).toThrow(/Label 2/)
    expect(effectiveSize([2, 2, 2])).toBe(3)
    expect(effectiveSize([])).toEqual({ undefined: 'no-rows' })
  })

  it('recall without bias what exploration saw', () => {
    const random = randomFrom('exploration')
    const rows = Array.from({ length: 60_000 }, () => {
      const score = random.unit()
      const propensity = Math.max(0.05, 1 - score)
      return {
        propensity,
        labelSeen: random.unit() < propensity,
        label: random.unit() < score ? 1 : 0,
        acts: score > 0.6 ? 1 : 0,
      }
    })
    const positives = rows.filter(({ label }) => label === 1)
    const truth = positives.filter(({ acts }) => acts === 1).length / positives.length
    expect(Number(weightedRecall(rows).recall)).toBeCloseTo(truth, 1)
  })
})
