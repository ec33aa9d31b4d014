import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import { contentHash, sha256Hex } from '../../src/kernel/canonical.ts'
import { type Release, releaseDigest } from '../../src/registry/index.ts'
import type { ScorerFactory } from '../../src/serving/index.ts'
import { random } from '../predict/fixture.ts'
import { type BenchTree, onnxTrees } from './onnx-model.ts'

export interface BenchModel {
  readonly release: Release
  readonly serving: string
  /** release.json and the model files. */
  readonly folder: string
  readonly columns: readonly string[]
}

const columns = Array.from({ length: 30 }, (_, i) => `c${i}`)

/** A release of 100 trees of depth 6 over 30 inputs that the request brings, as trees.json and as ONNX; deployed. */
export async function writeModel(folder: string, scorers: ScorerFactory): Promise<BenchModel> {
  const trees = Array.from({ length: 100 }, (_, i) => tree(i))
  const written = {
    'trees.json': JSON.stringify({
      ...{ schema: 1, link: 'logistic', features: columns.length, offset: 0, rule: 'le', trees },
    }),
    'model.onnx': onnxTrees(trees, columns.length),
  }
  const model = join(folder, 'model')
  mkdirSync(model, { recursive: true })
  for (const [name, content] of Object.entries(written)) writeFileSync(join(model, name), content)
  const vectors = Array.from({ length: 32 }, (_, i) => columns.map((_, j) => random(i * 100 + j) * 100))
  const scorer = await scorers.open({ folder: model, format: 'onnx', inputs: columns.length })
  const scores = await scorer.score(Float64Array.from(vectors.flat()), vectors.length)
  await scorer.close()
  const release = releaseOf(
    Object.entries(written).map(([path, content]) => ({
      ...{ path, hash: `sha256:${sha256Hex(Buffer.from(content))}`, bytes: content.length },
    })),
    vectors.map((vector, i) => ({ vector, score: scores[i] ?? 0 })),
  )
  const serving = join(folder, 'serving')
  const target = join(serving, 'releases', release.digest.slice(7))
  mkdirSync(target, { recursive: true })
  for (const [name, content] of Object.entries(written)) writeFileSync(join(target, name), content)
  writeFileSync(join(target, 'release.json'), JSON.stringify(release))
  const deployments = [{ name: 'late', digest: release.digest }]
  writeFileSync(join(serving, 'deployments.json'), JSON.stringify({ schema: 1, sequence: 1, deployments }))
  return { release, serving, folder: target, columns }
}

function releaseOf(files: Release['model']['files'], selfTest: Release['selfTest']): Release {
  const content: Omit<Release, 'digest' | 'createdAt'> = {
    ...{ schema: 1, deployment: 'late', number: 1 },
    model: { name: 'late', version: 1, digest: contentHash('m'), format: 'onnx', files },
    signature: {
      inputs: columns.map(name => ({ name, type: 'float64', nullable: true })),
      outputs: [{ name: 'score', type: 'float64', nullable: false }],
    },
    features: {
      request: columns.map(name => ({
        ...{ name, type: 'float64', role: 'request', nullable: true, description: null },
      })),
      ...{ lookups: [], fullNames: false, views: [], sources: [], onDemand: [] },
      vector: columns.map(name => ({ name, from: 'request', ref: name })),
    },
    action: { name: 'warn', threshold: 0.5 },
    fallback: { kind: 'constant', score: 0.2 },
    ...{ deadline: '5s', log: 'written', environment: null, trainingSet: null, selfTest, tolerance: 1e-5 },
  }
  return { ...content, digest: releaseDigest(content), createdAt: '2001-01-01T00:00:00.000000Z' }
}

/** Rows as a table of floats that all differ, with an id, in row groups of DuckDB's own size. */
export async function writeRows(path: string, rows: number): Promise<void> {
  const engine = createDuckDBEngine({ threads: 1 })
  const session = await engine.open({ projectFolder: '/' })
  const inputs = columns.map((name, i) => `abs(sin(i * ${i + 1}.37)) * 100 AS ${name}`)
  await session.writeParquet(`SELECT i AS id, ${inputs.join(', ')} FROM range(${rows}) t(i)`, path)
  await session.close()
}

function tree(seed: number): BenchTree & { readonly cover: readonly number[] } {
  const inner = 63
  const each = (value: (node: number) => number) => Array.from({ length: 127 }, (_, node) => value(node))
  return {
    feature: each(node => (node < inner ? Math.floor(random(seed * 1000 + node) * columns.length) : 0)),
    threshold: each(node => (node < inner ? Math.fround(random(seed * 2000 + node) * 100) : 0)),
    left: each(node => (node < inner ? 2 * node + 1 : -1)),
    right: each(node => (node < inner ? 2 * node + 2 : -1)),
    missingLeft: Array.from({ length: 127 }, (_, node) => node % 2 === 0),
    value: each(node => (node < inner ? 0 : Math.fround((random(seed * 3000 + node) - 0.5) * 0.1))),
    cover: each(node => Math.max(1, 10_000 >> Math.floor(Math.log2(node + 1)))),
  }
}
