import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { openOnnx, openTrees } from '../../adapters/scorers/index.ts'
import { readTrees } from '../../evaluation/index.ts'
import type { Release } from '../../registry/index.ts'
import type { measureScorer } from './measure-scorer.ts'
import { chooseScorer, type ScorerCheck } from './scorer.ts'
import { parityRows } from './scorer-rows.ts'

const folder = fileURLToPath(new URL('../../../test/data/models/trees/', import.meta.url))
const scratchFolder = mkdtempSync(join(tmpdir(), 'fettle-choose-'))
afterAll(() => rmSync(scratchFolder, { recursive: true }))

const manifest = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as {
  inputs: { name: string; nullable?: boolean }[]
  selfTest: Release['selfTest']
}
const release = {
  ...{ digest: 'sha256:1', deployment: 'late', action: { name: 'warn', threshold: 0.5 }, tolerance: 1e-5 },
  model: { format: 'onnx' },
  signature: { inputs: manifest.inputs.map(({ name }) => ({ name, nullable: true })) },
} as unknown as Release
const rows = manifest.selfTest.map(({ vector }) => ({ request: {}, vector }))

type Cost = Readonly<Record<string, readonly number[]>>
const costs: Cost = { onnx: [20, 30, 80], trees: [2, 16, 128] }

/** Real scores at costs that are made up; `shift` moves the scores of trees. */
const measuring =
  (callMicros: Cost, shift = 0): typeof measureScorer =>
  async ({ kind, vectorsFile, rows: count, folder: of, format, inputs }) => {
    const bytes = readFileSync(vectorsFile)
    const vectors = new Float64Array(new Uint8Array(bytes).buffer)
    const scorer = await (kind === 'onnx' ? openOnnx : openTrees)({ folder: of, format, inputs })
    const scores = await scorer.score(vectors, count)
    await scorer.close()
    if (callMicros[kind] === undefined) throw new Error('warning\nit crashed')
    const moved = kind === 'trees' ? scores.map(score => score + shift) : scores
    return { kind: scorer.kind, build: scorer.build, callMicros: callMicros[kind], scores: moved }
  }

const choose = (measure: typeof measureScorer, more: Partial<ScorerCheck> = {}) =>
  chooseScorer({
    ...{ release, folder, rows, callSizes: [], scratchFolder, signal: AbortSignal.timeout(60_000), measure },
    ...more,
  })

test('the cheaper one over the sizes of calls is pinned, and small trees score in the front', async () => {
  // By the row: onnx 20, 3.75 and 1.25, trees 2 at each size.
  const { plan, finding } = await choose(measuring(costs))
  expect(plan).toEqual({
    ...{ schema: 1, release: 'sha256:1', kind: 'trees', build: 'fettle-trees-1', place: 'front' },
    ...{ maxBatchRows: 512, microsPerRow: 2 },
  })
  expect(finding).toMatchObject({ verdict: 'pass', n: expect.any(Number) })
  expect(finding.n).toBeGreaterThanOrEqual(10_000)
  expect(finding.finding).toContain('0 actions apart')
})

test('where large calls were seen, what is cheap for those wins, and it scores in a child', async () => {
  const { plan } = await choose(measuring(costs), { callSizes: [1, 64, 200] })
  expect(plan).toMatchObject({ kind: 'onnx', place: 'child' })
  // 20 + 80 + 200 · 80 / 64, over 265 rows.
  expect(plan?.microsPerRow).toBeCloseTo((20 + 80 + 250) / 265, 2)
  expect(await choose(measuring(costs), { callSizes: [4] })).toMatchObject({ plan: { kind: 'trees' } })
})

test('one that is apart by more than the tolerance, or in one action, is out', async () => {
  expect((await choose(measuring(costs, 1e-4))).plan).toMatchObject({ kind: 'onnx' })
  const flipping = await choose(measuring(costs, 1e-6), {
    release: { ...release, tolerance: 1 } as Release,
  })
  expect(flipping.plan).toMatchObject({ kind: 'trees' })
  const [score = 0] = await scoresOfFirst()
  const atScore = { ...release, tolerance: 1, action: { name: 'warn', threshold: score } } as Release
  expect((await choose(measuring(costs, 1e-3), { release: atScore })).plan).toMatchObject({ kind: 'onnx' })
})

async function scoresOfFirst(): Promise<Float64Array> {
  const scorer = await openOnnx({ folder, format: 'onnx', inputs: manifest.inputs.length })
  const vector = Float64Array.from(rows[0]?.vector ?? [], value => value ?? Number.NaN)
  return scorer.score(vector, 1)
}

test('one that crashes is told and not chosen; without the one the release was judged by nothing is', async () => {
  const { plan, finding } = await choose(measuring({ onnx: [20, 30, 80] }))
  expect(plan).toMatchObject({ kind: 'onnx' })
  expect(finding.finding).toContain('trees does not score it (it crashed)')
  const lost = await choose(measuring({ trees: [2, 16, 128] }))
  expect(lost).toMatchObject({ plan: null, finding: { verdict: 'fail' } })
})

test('rows stand on every split or one float beside it, are missing, and are the same for the same release', async () => {
  const trees = await readTrees(folder)
  const { vectors, rows: count } = parityRows(release, rows, trees)
  expect(vectors).toEqual(parityRows(release, rows, trees).vectors)
  const seen = new Set<string>()
  for (let row = 0; row < count; row++)
    vectors
      .subarray(row * trees.features, (row + 1) * trees.features)
      .forEach((value, feature) => void seen.add(`${feature} ${value}`))
  const splits = [...trees.left.keys()].filter(node => (trees.left[node] as number) >= 0)
  expect(splits.length * 4).toBeLessThan(8000)
  for (const node of splits) {
    const at = Math.fround(trees.threshold[node] as number)
    const feature = trees.feature[node]
    // A little more than half the distance of floats there rounds to the next one.
    const step = Math.abs(at) * 2 ** -24 * 1.01 || 2 ** -149
    expect(seen.has(`${feature} ${at}`)).toBe(true)
    expect(seen.has(`${feature} NaN`)).toBe(true)
    const [up, down] = [Math.fround(at + step), Math.fround(at - step)]
    expect([...seen].some(each => each === `${feature} ${up}` || each === `${feature} ${down}`)).toBe(true)
  }
  expect(parityRows({ ...release, digest: 'sha256:2' }, rows, trees).vectors).not.toEqual(vectors)
})

test('without rows or trees there are rows to compare all the same', () => {
  const { rows: count, vectors } = parityRows(release, [], undefined)
  expect(count).toBeGreaterThanOrEqual(10_000)
  expect(vectors.length).toBe(count * manifest.inputs.length)
})
