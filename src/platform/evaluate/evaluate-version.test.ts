import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sha256Hex } from '../../kernel/canonical.ts'
import { randomFrom } from '../../kernel/statistics/index.ts'
import { evaluateVersion } from './evaluate-version.ts'
import type { ScoredVersion, VersionEvaluation } from './request.ts'

/** Logistic regression that gives `label` and `probabilities` [N, 2] of `X`, as exporters of other trainers do. */
const onnx = readFileSync(new URL('../../../test/data/models/foreign/model.onnx', import.meta.url))
const weights = { a: 0.9, b: -0.4, c: 0.2 }
const intercept = -0.1

const linear = JSON.stringify({
  ...{ schema: 1, link: 'logistic', inputs: ['c', 'a', 'b'], weights: [0.2, 0.9, -0.4], intercept },
  ...{ imputation: [0, 0, 0], means: [0, 0, 0] },
})

const objects = new Map<string, Uint8Array>()
function put(path: string, bytes: Uint8Array) {
  const hash = `sha256:${sha256Hex(bytes)}`
  objects.set(hash, bytes)
  return { path, hash, bytes: bytes.length }
}

const fields = (...names: string[]) => names.map(name => ({ name, type: 'float64', nullable: true }))
const foreign: ScoredVersion = {
  ...{ model: 'foreign', version: 2, digest: 'sha256:f0', format: 'onnx' },
  signature: { inputs: fields('a', 'b', 'c') },
  files: [put('model.onnx', onnx), put('MLmodel', Buffer.from('flavors: {}'))],
}
const own: ScoredVersion = {
  ...{ model: 'own', version: 1, digest: 'sha256:0f', format: 'linear' },
  signature: { inputs: fields('c', 'a', 'b') },
  files: [put('linear.json', Buffer.from(linear))],
}

let folder = ''
const count = 300
const scores: number[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fettle-evaluate-version-'))
  const random = randomFrom('evaluate-version.test')
  const lines = Array.from({ length: count }, (_, row) => {
    const [a, b, c] = [random.unit() * 4 - 2, random.unit(), random.unit()]
    const score = 1 / (1 + Math.exp(-(weights.a * a + weights.b * b + weights.c * c + intercept)))
    scores.push(score)
    return [random.unit() < score ? 1 : 0, a, b, c, ['x', 'y'][row % 2], score].join(',')
  })
  await writeFile(join(folder, 'rows.csv'), ['label,a,b,c,side,given', ...lines].join('\n'))
})
afterAll(() => rm(folder, { recursive: true }))

const request = (version: ScoredVersion, more: Partial<VersionEvaluation> = {}): VersionEvaluation => ({
  file: join(folder, 'rows.csv'),
  columns: { task: 'binary', label: 'label', threshold: 0.5, keep: [] },
  ...{ slices: [{ name: 'side', of: { kind: 'column', column: 'side' } }], names: [], version },
  fetch: async hash => objects.get(hash) ?? new Uint8Array(),
  ...more,
})

test('a model of another trainer is scored by the names of its inputs, and says where it looks', async () => {
  const found = await evaluateVersion(request(foreign))
  expect(found.report).toMatchObject({ split: 'rows.csv', scorer: { kind: 'onnx' } })
  expect(found.report.all.metrics.score_mean).toBeCloseTo(
    scores.reduce((sum, score) => sum + score) / count,
    6,
  )
  expect(found.importance).toBeUndefined()
  const ours = await evaluateVersion(request(own))
  expect(ours.report.all.metrics.roc_auc).toBe(found.report.all.metrics.roc_auc)
  expect(ours.importance?.features.map(({ feature }) => feature)).toEqual(['a', 'b', 'c'])
  expect(ours.page()).toContain('What the score rests on')
})

test('two versions are compared on the same rows, each by its own order of inputs', async () => {
  const { comparison, fairness } = await evaluateVersion(
    request(own, { against: foreign, fairness: { columns: ['side'] }, againstThreshold: 0.6 }),
  )
  expect(comparison).toMatchObject({ champion: 'foreign@2', challenger: 'own@1' })
  const auc = comparison?.all.metrics.find(({ metric }) => metric === 'roc_auc')
  expect(auc?.difference).toBeCloseTo(0, 6)
  expect(comparison?.all.flips).toMatchObject({
    onlyChallenger: scores.filter(score => score > 0.5 && score <= 0.6).length,
    onlyChampion: 0,
  })
  expect(fairness?.columns[0]?.groups.map(({ group }) => group).toSorted()).toEqual(['x', 'y'])
})

test('a version that cannot be scored, and a table that does not fit, say so', async () => {
  const refused = (asked: VersionEvaluation, code: string, said: string) =>
    expect(evaluateVersion(asked)).rejects.toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(said) }),
    )
  const pickled = { ...foreign, format: 'mlflow' }
  await refused(request(pickled), 'VERSION_INCOMPLETE', 'a format that is scored here')
  await refused(request({ ...foreign, signature: null }), 'VERSION_INCOMPLETE', 'a signature')
  const unknown = { ...own, signature: { inputs: fields('c', 'a', 'd') } }
  await refused(request(unknown), 'COLUMN_MISSING', 'd')
  const texts = { ...own, signature: { inputs: fields('c', 'a', 'side') } }
  await refused(request(texts), 'SIGNATURE_MISMATCH', 'side holds texts')
  const few = { ...foreign, signature: { inputs: fields('a', 'b') } }
  await refused(request(few), 'SIGNATURE_MISMATCH', '3 inputs')
  const damaged = { fetch: async () => new Uint8Array(3) }
  await refused(request(own, damaged), 'OBJECT_CORRUPT', 'linear.json')
})
