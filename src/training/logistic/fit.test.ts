import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rankScores, rocAuc } from '../../kernel/statistics/index.ts'
import { type Design, scalingOf } from './design.ts'
import { fitLogistic, type LogisticFit } from './fit.ts'

const models = new URL('../../../test/data/models/linear/', import.meta.url)
const options = { l2: 1, maxIterations: 50, names: [] }

function designOf(rows: readonly (readonly (number | null)[])[], labels: readonly number[]): Design {
  const width = rows[0]?.length ?? 0
  return {
    columns: Array.from({ length: width }, (_, j) => Float64Array.from(rows, row => row[j] ?? Number.NaN)),
    labels: Uint8Array.from(labels),
  }
}

/** Gradient of the penalised loss in standardised weights, straight from its definition; all zero at the optimum. */
function naiveGradient(design: Design, fit: LogisticFit, l2: number): number[] {
  const { means, deviations } = scalingOf(design, [])
  const gradient = new Array<number>(fit.weights.length + 1).fill(0)
  for (let row = 0; row < design.labels.length; row++) {
    const x = fit.weights.map((_, j) => {
      const value = Math.fround(design.columns[j]?.[row] ?? Number.NaN)
      return Number.isNaN(value) || !deviations[j] ? 0 : (value - (means[j] ?? 0)) / deviations[j]
    })
    const z = x.reduce(
      (sum, value, j) => sum + value * (fit.weights[j] ?? 0) * (deviations[j] ?? 0),
      fit.intercept + fit.weights.reduce((sum, weight, j) => sum + weight * (means[j] ?? 0), 0),
    )
    const residual = 1 / (1 + Math.exp(-z)) - (design.labels[row] ?? 0)
    ;[...x, 1].forEach((value, j) => {
      gradient[j] = (gradient[j] ?? 0) + residual * value
    })
  }
  return gradient.map(
    (value, j) => value + (j < fit.weights.length ? l2 * (fit.weights[j] ?? 0) * (deviations[j] ?? 0) : 0),
  )
}

const cell = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -100, max: 100, noNaN: true }) },
  { weight: 1, arbitrary: fc.constant(null) },
)

test('the gradient vanishes at the fit, with missing values, constant columns and separable labels', async () => {
  const rows = fc.array(fc.tuple(fc.tuple(cell, cell, fc.constant(3)), fc.nat(1)), {
    minLength: 6,
    maxLength: 60,
  })
  const property = fc.asyncProperty(
    rows,
    fc.double({ min: 0.1, max: 10, noNaN: true }),
    async (sample, l2) => {
      const labels = sample.map(([, label]) => label)
      fc.pre(labels.includes(0) && labels.includes(1))
      const design = designOf(
        sample.map(([row]) => row),
        labels,
      )
      const fit = await fitLogistic(design, { ...options, l2 })
      expect(fit.converged).toBe(true)
      for (const entry of naiveGradient(design, fit, l2))
        expect(Math.abs(entry)).toBeLessThan(1e-5 * labels.length)
      expect(fit.weights[2]).toBe(0)
    },
  )
  await fc.assert(property, { numRuns: 100 })
})

test('gives the weights that scikit-learn gives', async () => {
  const { rows, labels } = JSON.parse(readFileSync(new URL('training.json', models), 'utf8')) as {
    rows: (number | null)[][]
    labels: number[]
  }
  const expected = JSON.parse(readFileSync(new URL('linear.json', models), 'utf8')) as {
    weights: number[]
    intercept: number
    means: number[]
  }
  const fit = await fitLogistic(designOf(rows, labels), options)
  fit.weights.forEach((weight, j) => void expect(weight).toBeCloseTo(expected.weights[j] ?? Number.NaN, 4))
  fit.means.forEach((mean, j) => void expect(mean).toBeCloseTo(expected.means[j] ?? Number.NaN, 6))
  expect(fit.intercept).toBeCloseTo(expected.intercept, 3)
})

test('finds the coefficients that made the data', async () => {
  let state = 42
  const random = () => {
    state = (state * 1664525 + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const rows = Array.from({ length: 40_000 }, () => [random() * 4 - 2, random() * 200, random()])
  const labels = rows.map(([a = 0, b = 0]) =>
    random() < 1 / (1 + Math.exp(-(1.5 * a - 0.02 * b + 1))) ? 1 : 0,
  )
  const fit = await fitLogistic(designOf(rows, labels), options)
  expect(fit.weights[0]).toBeCloseTo(1.5, 1)
  expect(fit.weights[1]).toBeCloseTo(-0.02, 3)
  expect(Math.abs(fit.weights[2] ?? 1)).toBeLessThan(0.1)
  const scores = rows.map(row =>
    row.reduce((sum, value, j) => sum + value * (fit.weights[j] ?? 0), fit.intercept),
  )
  expect(rocAuc(rankScores({ labels, scores }))).toBeGreaterThan(0.8)
  expect(await fitLogistic(designOf(rows, labels), options)).toEqual(fit)
})

test('one class, infinite inputs and cancelling are errors that say so', async () => {
  const column = Float64Array.from([1, 2, 3])
  await expect(
    fitLogistic({ columns: [column], labels: Uint8Array.from([1, 1, 1]) }, options),
  ).rejects.toMatchObject({ code: 'LABEL_ONE_CLASS' })
  const infinite = { columns: [Float64Array.from([1, 1e300, 3])], labels: Uint8Array.from([1, 0, 1]) }
  await expect(fitLogistic(infinite, { ...options, names: ['x'] })).rejects.toMatchObject({
    code: 'SOURCE_BAD_VALUE',
    message: expect.stringContaining('Column x'),
  })
  const cancelled = fitLogistic(
    { columns: [column], labels: Uint8Array.from([1, 0, 1]) },
    { ...options, signal: AbortSignal.abort(new Error('cancelled')) },
  )
  await expect(cancelled).rejects.toThrow('cancelled')
})
