import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { scorerFactory } from '../adapters/scorers/index.ts'
import { openExplainer, readLinear } from '../evaluation/index.ts'
import { keepBackground } from './keep-background.ts'
import type { ColumnReader } from './ports.ts'
import type { TrainerCall } from './trainer.ts'

const models = new URL('../../test/data/models/linear/', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'fettle-background-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const training = JSON.parse(readFileSync(join(models, 'training.json'), 'utf8')) as {
  rows: (number | null)[][]
  labels: number[]
}

/** The training rows as columns, as the engine would read them. */
function reader(names: readonly string[]): ColumnReader {
  const column = (values: readonly (number | null | undefined)[]) =>
    ({
      kind: 'number',
      type: 'DOUBLE',
      values: Float64Array.from(values, each => each ?? Number.NaN),
    }) as const
  return {
    readColumns: async ({ where }) => {
      expect(where).toEqual({ column: expect.any(String), equals: 'train' })
      const columns = names.map((name, i) => [name, column(training.rows.map(row => row[i]))] as const)
      return {
        rows: training.rows.length,
        columns: { ...Object.fromEntries(columns), label: column(training.labels) },
      }
    },
  }
}

function callFor(names: readonly string[], output: string): TrainerCall {
  const features = names.map(name => ({ name, type: 'float64' as const, nullable: true }))
  return {
    context: {} as TrainerCall['context'],
    params: {
      ...{ features, label: 'label', split: { train: 'train', judge: 'judge' }, task: 'binary' },
      candidate: { name: 'own', trainer: { kind: 'script', path: 'own.py' }, params: {} },
    } as unknown as TrainerCall['params'],
    data: { id: 'ds', checksum: 'sha256:set', rows: training.rows.length, files: [] },
    output,
    logMetrics: async () => undefined,
  }
}

test('an ONNX file of a script is explained by scoring it against rows of its training', async () => {
  const linear = await readLinear(models)
  copyFileSync(join(models, 'model.onnx'), join(folder, 'model.onnx'))
  await keepBackground(callFor(linear.inputs, folder), 'onnx', reader(linear.inputs))
  const background = JSON.parse(readFileSync(join(folder, 'background.json'), 'utf8')) as {
    rows: (number | null)[][]
  }
  expect(background.rows).toHaveLength(100)
  const explainer = await openExplainer(folder, 'onnx', { scorers: scorerFactory })
  expect(explainer?.variant).toBe('exact')
  const known = (value: number | null | undefined, input: number): number =>
    Math.fround(value ?? linear.imputation[input] ?? Number.NaN)
  for (const row of training.rows.slice(0, 5)) {
    const explained = await explainer?.explain(Float64Array.from(row, value => value ?? Number.NaN))
    linear.weights.forEach((weight, input) => {
      const mean = background.rows.reduce((sum, other) => sum + known(other[input], input), 0) / 100
      expect(explained?.contributions[input]).toBeCloseTo(weight * (known(row[input], input) - mean), 4)
    })
  }
  await explainer?.close?.()
})

test('other models need none', async () => {
  const other = mkdtempSync(join(folder, 'other-'))
  writeFileSync(join(other, 'trees.json'), '{}')
  const unread: ColumnReader = { readColumns: () => Promise.reject(new Error('not to be read')) }
  await keepBackground(callFor(['a'], other), 'onnx', unread)
  await keepBackground(callFor(['a'], other), 'linear', unread)
  expect(existsSync(join(other, 'background.json'))).toBe(false)
})
