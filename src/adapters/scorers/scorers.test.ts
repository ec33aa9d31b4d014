import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scorerConformance } from '../../../test/conformance/scorer.ts'
import { servingPlanFile } from '../../evaluation/index.ts'
import { eligibleScorers, frontScorers, openLinear, openOnnx, openScorer, openTrees } from './index.ts'

const models = fileURLToPath(new URL('../../../test/data/models/', import.meta.url))
const treesFolder = `${models}trees`

scorerConformance({ kind: 'onnx', open: openOnnx, folder: treesFolder, file: 'model.onnx' })
scorerConformance({ kind: 'trees', open: openTrees, folder: treesFolder, file: 'trees.json' })
scorerConformance({ kind: 'linear', open: openLinear, folder: `${models}linear`, file: 'linear.json' })

test('trees and ONNX Runtime route every boundary alike', async () => {
  const { trees } = JSON.parse(readFileSync(`${treesFolder}/trees.json`, 'utf8')) as {
    trees: { feature: number[]; threshold: number[]; left: number[] }[]
  }
  const rows: number[][] = []
  for (const tree of trees) {
    tree.left.forEach((left, node) => {
      if (left < 0) return
      const edge = tree.threshold[node] ?? 0
      const step = Math.abs(edge) * 2 ** -23 || 2 ** -149
      for (const value of [edge, edge - step, edge + step, Number.NaN]) {
        const row = [0.3, -4, 0.05, 2, 0.1]
        row[tree.feature[node] ?? 0] = value
        rows.push(row)
      }
    })
  }
  const request = { folder: treesFolder, format: 'onnx', inputs: 5 } as const
  const [ours, theirs] = await Promise.all([openTrees(request), openOnnx(request)])
  const vectors = Float64Array.from(rows.flat())
  const [a, b] = [await ours.score(vectors, rows.length), await theirs.score(vectors, rows.length)]
  expect(rows.length).toBeGreaterThan(300)
  expect(Math.max(...a.map((score, row) => Math.abs(score - (b[row] ?? 0))))).toBeLessThan(1e-6)
  await Promise.all([ours.close(), theirs.close()])
})

test('a model of another trainer is read by its only input, and by the probability of the second class', async () => {
  // 0.9 a − 0.4 b + 0.2 c − 0.1 on `X`, as `label` and `probabilities`.
  const folder = `${models}foreign`
  const scorer = await openOnnx({ folder, format: 'onnx', inputs: 3 })
  const [first, second] = await scorer.score(Float64Array.from([1, 2, 3, 0, 0, 0]), 2)
  expect(first).toBeCloseTo(1 / (1 + Math.exp(-(0.9 - 0.8 + 0.6 - 0.1))), 6)
  expect(second).toBeCloseTo(1 / (1 + Math.exp(0.1)), 6)
  await scorer.close()
  await expect(openOnnx({ folder, format: 'onnx', inputs: 4 })).rejects.toMatchObject({
    code: 'SIGNATURE_MISMATCH',
  })
})

test('a folder is opened by what its format needs', async () => {
  const onnx = await openScorer({ folder: treesFolder, format: 'onnx', inputs: 5 })
  const linear = await openScorer({ folder: `${models}linear`, format: 'linear', inputs: 5 })
  expect([onnx.kind, linear.kind]).toEqual(['onnx', 'linear'])
  await onnx.close()
  await linear.close()
})

describe('a folder with a serving plan', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-planned-'))
  const request = { folder, format: 'onnx', inputs: 5 } as const
  const plan = (kind: string, build: string) =>
    writeFileSync(
      join(folder, servingPlanFile),
      JSON.stringify({ schema: 1, release: 'sha256:1', kind, build }),
    )
  beforeAll(() => cpSync(treesFolder, folder, { recursive: true }))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('is opened by what the plan says, and by another kind only where that is asked for', async () => {
    plan('trees', 'fettle-trees-1')
    const [planned, asked] = [await openScorer(request), await openScorer({ ...request, kind: 'onnx' })]
    expect([planned.kind, asked.kind]).toEqual(['trees', 'onnx'])
    await Promise.all([planned.close(), asked.close()])
  })

  test('is refused where the build or the scorer is not there', async () => {
    plan('onnx', 'onnxruntime-node 0.1')
    await expect(openScorer(request)).rejects.toMatchObject({ code: 'RELEASE_REFUSED' })
    plan('other', '1')
    await expect(openScorer(request)).rejects.toMatchObject({ code: 'SCORER_MISSING' })
  })

  test('a front opens only what has no native code', async () => {
    await expect(frontScorers.open({ ...request, kind: 'onnx' })).rejects.toMatchObject({
      code: 'SCORER_MISSING',
    })
    expect(await eligibleScorers(request)).toEqual(['onnx', 'trees'])
    expect(await eligibleScorers({ folder: `${models}foreign`, format: 'onnx' })).toEqual(['onnx'])
  })
})
