import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { external } from '../../definitions/index.ts'
import { readModelManifest, type ScorerRequest } from '../../evaluation/index.ts'
import type { ColumnReader } from '../ports.ts'
import type { TrainerCall } from '../trainer.ts'
import { runExternalTrainer } from './trainer.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-external-'))
afterAll(() => rmSync(folder, { recursive: true }))

const rows = 1100
const number = (values: Float64Array) => ({ kind: 'number' as const, type: 'DOUBLE', values })
const delay = Float64Array.from({ length: rows }, (_, i) => (i % 10 === 3 ? Number.NaN : (i % 7) / 10))
const columns: ColumnReader = {
  readColumns: async () => ({
    rows,
    columns: {
      delay: number(delay),
      late: number(delay.map(value => (value > 0.25 ? 1 : 0))),
    },
  }),
}

function callOf(params: object, at: string) {
  const logged: string[] = []
  const points: { key: string; value: number }[] = []
  const call = {
    context: { seed: 3, log: (line: string) => void logged.push(line) },
    params: {
      candidate: { name: 'gpu', trainer: { kind: 'builtin', name: 'external' }, params },
      ...{ label: 'late', split: { train: 'train', judge: 'judge' }, task: 'binary' },
      features: [{ name: 'delay', type: 'float64' }],
    },
    data: { id: 'ds-1', checksum: 'sha256:1', rows, files: [] },
    output: join(folder, at),
    logMetrics: async (found: readonly { key: string; value: number }[]) => void points.push(...found),
  } as unknown as TrainerCall
  return { call, logged, points }
}

test('its scores on the judged split are its measure, and those of 32 rows its self-test', async () => {
  const asked: ScorerRequest[] = []
  const sizes: number[] = []
  const open = async (request: ScorerRequest) => {
    asked.push(request)
    return {
      ...{ kind: 'oip' as const, build: 'gpu 1 late 3', close: async () => undefined },
      score(vectors: Float64Array, count: number) {
        sizes.push(count)
        return vectors.map(value => (Number.isNaN(value) ? 0.1 : value))
      },
    }
  }
  const { trainer, params } = external({ url: 'http://gpu:8000', name: 'late', version: '3' })
  expect(trainer).toEqual({ kind: 'builtin', name: 'external' })
  const { call, logged, points } = callOf(params, 'model')
  await runExternalTrainer(call, { columns, scorers: { open } })
  expect(asked).toEqual([{ folder: join(folder, 'model'), format: 'oip', inputs: 1 }])
  expect(sizes).toEqual([512, 512, 76, 32])
  expect(JSON.parse(readFileSync(join(folder, 'model', 'oip.json'), 'utf8'))).toEqual({
    ...{ schema: 1, url: 'http://gpu:8000', name: 'late', version: '3', columns: ['delay'] },
  })
  const manifest = await readModelManifest(join(folder, 'model'))
  expect(manifest).toMatchObject({ format: 'oip', environment: { interpreter: 'gpu 1 late 3' } })
  expect(manifest.metrics['judge.roc_auc']).toBe(1)
  expect(points.map(({ key }) => key)).toContain('judge.brier')
  for (const { vector, score } of manifest.selfTest)
    expect(score).toBe(vector[0] === null ? 0.1 : Math.fround(vector[0] ?? Number.NaN))
  expect(manifest.selfTest.some(({ vector }) => vector[0] === null)).toBe(true)
  expect(logged).toEqual(['gpu 1 late 3 scored 1100 rows of the judged split'])
})

test('what it does not take is refused before anything is asked', async () => {
  const { call } = callOf({ url: 'http://gpu:8000', name: 'late', password: 'x' }, 'refused')
  const open = () => Promise.reject(new Error('asked'))
  await expect(runExternalTrainer(call, { columns, scorers: { open } })).rejects.toMatchObject({
    code: 'BAD_PARAMETER',
  })
})
