import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pairedBounds, randomFrom } from '../../kernel/statistics/index.ts'
import type { Explainer } from '../ports.ts'
import type { ComparedSlice } from '../reports/comparison.ts'
import type { JudgedRows } from '../rows.ts'
import { type ComparedModel, compareModels } from './compare-models.ts'
import { explainFlips } from './explain-flips.ts'

const airports = { name: 'airport', of: { kind: 'column', column: 'airport' } } as const
const alpha = 0.025

/** Both models are calibrated, but the challenger is reversed at airport C. */
function pair(count: number): { rows: JudgedRows; champion: ComparedModel; challenger: ComparedModel } {
  const random = randomFrom('compare-models.test')
  const airport = Int32Array.from({ length: count }, () => random.index(4))
  const truth = Float64Array.from({ length: count }, () => random.unit())
  const model = (name: string, noise: number, wrong: number): ComparedModel => {
    const scores = truth.map((chance, row) => {
      const own = airport[row] === wrong ? 1 - chance : chance
      return Math.min(1, Math.max(0, own + noise * (random.unit() - 0.5)))
    })
    return { name, scores, actions: Uint8Array.from(scores, score => (score > 0.5 ? 1 : 0)) }
  }
  return {
    rows: {
      ...{ task: 'binary', rows: count, hash: 'sha256:abc' },
      labels: truth.map(chance => (random.unit() < chance ? 1 : 0)),
      columns: {
        airport: { codes: airport, dictionary: ['A', 'B', 'C', 'D'] },
        id: { codes: airport.map((_, row) => row), dictionary: Array.from(airport, (_, row) => `f${row}`) },
      },
    },
    champion: model('old', 0.6, -1),
    challenger: model('new', 0.1, 2),
  }
}

const metric = (slice: ComparedSlice | undefined, name: string) =>
  slice?.metrics.find(each => each.metric === name)

test('a challenger that is better on average and breaks one airport is shown at that airport first', () => {
  const { rows, champion, challenger } = pair(8000)
  const report = compareModels(rows, { champion, challenger, slices: [airports], names: ['id'] })
  expect(report.slices[0]).toMatchObject({ slice: 'airport=C' })
  expect(report.slices[0]?.harm).toBeGreaterThan(0.2)
  expect(report.slices.slice(1).every(slice => slice.harm < 0.05)).toBe(true)
  const auc = metric(report.slices[0], 'roc_auc')
  expect(auc?.interval?.upper).toBeLessThan(0)
  expect(report.discovered[0]).toMatchObject({ where: 'airport=C', slice: 'airport=C' })
  expect(report.flips).toHaveLength(50)
  expect(report.flips[0]?.slices).toEqual(['airport=C'])
  expect(report.flips[0]?.names['id']).toBe(`f${report.flips[0]?.row}`)
  const { flips } = report.all
  expect(
    (flips?.both ?? 0) + (flips?.neither ?? 0) + (flips?.onlyChallenger ?? 0) + (flips?.onlyChampion ?? 0),
  ).toBe(8000)
  expect((flips?.challengerRight ?? 0) + (flips?.championRight ?? 0)).toBe(
    (flips?.onlyChallenger ?? 0) + (flips?.onlyChampion ?? 0),
  )
  expect(report.scores.ks).toBeGreaterThan(0)
  expect(report.scores.rankCorrelation).toBeLessThan(1)
})

test('among many slices of two equally good models hardly any is called worse', () => {
  let worse = 0
  for (let seed = 0; seed < 20; seed++) {
    const random = randomFrom(`equal/${seed}`)
    const truth = Float64Array.from({ length: 2000 }, () => random.unit())
    const model = (name: string): ComparedModel => {
      const scores = truth.map(chance => Math.min(1, Math.max(0, chance + 0.3 * (random.unit() - 0.5))))
      return { name, scores, actions: Uint8Array.from(scores, score => (score > 0.5 ? 1 : 0)) }
    }
    const codes = Int32Array.from(truth, () => random.index(20))
    const rows: JudgedRows = {
      ...{ task: 'binary', rows: 2000, hash: `sha256:${seed}` },
      labels: truth.map(chance => (random.unit() < chance ? 1 : 0)),
      columns: { airport: { codes, dictionary: Array.from({ length: 20 }, (_, code) => `a${code}`) } },
    }
    const report = compareModels(rows, {
      ...{ champion: model('old'), challenger: model('new'), slices: [airports], search: [] },
    })
    if (report.slices.some(slice => slice.harm > 0)) worse++
  }
  expect(worse).toBeLessThanOrEqual(4)
})

test('rates are compared by the score interval of the pairs, and DeLong by the placements of both', () => {
  const each = fc.record({ label: fc.nat(1), old: fc.nat(10), own: fc.nat(10) })
  const property = fc.property(fc.array(each, { minLength: 6, maxLength: 60 }), all => {
    const positives = all.filter(row => row.label === 1)
    const negatives = all.filter(row => row.label === 0)
    fc.pre(positives.length > 1 && negatives.length > 1)
    const model = (name: string, score: (row: (typeof all)[number]) => number): ComparedModel => ({
      name,
      scores: Float64Array.from(all, score),
      actions: Uint8Array.from(all, row => (score(row) > 5 ? 1 : 0)),
    })
    const rows: JudgedRows = {
      ...{ task: 'binary', rows: all.length, hash: '', columns: {} },
      labels: Float64Array.from(all, row => row.label),
    }
    const report = compareModels(rows, {
      champion: model('old', row => row.old),
      challenger: model('new', row => row.own),
    })
    const b = negatives.filter(row => row.own > 5 && row.old <= 5).length
    const c = negatives.filter(row => row.own <= 5 && row.old > 5).length
    expect(metric(report.all, 'fpr')?.interval).toEqual(pairedBounds({ n: negatives.length, b, c }, alpha))
    const placements = (own: typeof all, others: typeof all, sign: number, model: 'old' | 'own') =>
      own.map(row => {
        const wins = others.map(other => (1 + sign * Math.sign(row[model] - other[model])) / 2)
        return wins.reduce((sum, win) => sum + win, 0) / others.length
      })
    const spread = (own: typeof all, others: typeof all, sign: number) => {
      const [after, before] = [placements(own, others, sign, 'own'), placements(own, others, sign, 'old')]
      const moved = after.map((value, row) => value - (before[row] ?? 0))
      const mean = moved.reduce((sum, value) => sum + value, 0) / moved.length
      return moved.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (moved.length - 1) / moved.length
    }
    const sd = Math.sqrt(spread(positives, negatives, 1) + spread(negatives, positives, -1))
    const auc = metric(report.all, 'roc_auc')
    if (sd > 1e-6 && auc?.interval && typeof auc.difference === 'number')
      expect(auc.interval.upper).toBeCloseTo(Math.min(1, auc.difference + 1.959963984540054 * sd), 9)
  })
  fc.assert(property, { numRuns: 100 })
})

test('a model against itself harms nobody and flips nothing', () => {
  const { rows, champion } = pair(500)
  const report = compareModels(rows, {
    champion,
    challenger: { ...champion, name: 'same' },
    slices: [airports],
  })
  expect([report.all, ...report.slices].map(slice => slice.harm)).toEqual([0, 0, 0, 0, 0])
  expect(report.flips).toEqual([])
  expect(report.discovered).toEqual([])
  expect(report.all.pMcNemar).toBe(1)
  expect(metric(report.all, 'roc_auc')).toMatchObject({ difference: 0, interval: null })
  expect(metric(report.all, 'fpr')?.interval?.upper).toBeGreaterThan(0)
})

test('repeated entities widen the interval of a difference', () => {
  const { rows, champion, challenger } = pair(2000)
  const entities = { codes: Int32Array.from({ length: 2000 }, (_, row) => row % 20), dictionary: [] }
  const width = (report: ReturnType<typeof compareModels>, name: string) => {
    const interval = metric(report.all, name)?.interval
    return interval ? interval.upper - interval.lower : Number.NaN
  }
  const [alone, clustered] = [rows, { ...rows, entities }].map(each =>
    compareModels(each, { champion, challenger }),
  )
  if (!alone || !clustered) throw new Error('both were compared')
  expect(width(clustered, 'fpr')).toBeGreaterThanOrEqual(width(alone, 'fpr'))
  expect(width(clustered, 'log_loss')).not.toBe(width(alone, 'log_loss'))
})

test('rows that one of them did not score are refused', () => {
  const { rows, champion } = pair(10)
  const challenger = { name: 'short', scores: new Float64Array(9) }
  expect(() => compareModels(rows, { champion, challenger })).toThrow(
    expect.objectContaining({ code: 'MISSING_PAIRS' }),
  )
})

test('flips say which inputs moved the two apart', async () => {
  const { rows, champion, challenger } = pair(200)
  const linear = (weights: readonly number[]): Explainer => ({
    ...{ variant: 'linear', background: null },
    explain: vector => ({
      ...{ baseline: 0, rawScore: 0 },
      contributions: vector.map((value, input) => value * (weights[input] ?? 0)),
    }),
    explainRows: async () => new Float64Array(0),
  })
  const report = await explainFlips(compareModels(rows, { champion, challenger }), {
    features: ['x', 'y', 'z'],
    vector: () => Float64Array.from([1, 2, 3]),
    champion: linear([1, 1, 1]),
    challenger: linear([1, 2, 1.5]),
  })
  expect(report.flips[0]?.why).toEqual([
    { feature: 'y', value: 2, champion: 2, challenger: 4 },
    { feature: 'z', value: 3, champion: 3, challenger: 4.5 },
  ])
})
