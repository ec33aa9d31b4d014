import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openTrees } from '../../src/adapters/scorers/index.ts'
import { contentHash, sha256Hex } from '../../src/kernel/canonical.ts'
import { type Release, releaseDigest } from '../../src/registry/index.ts'
import { fillStore } from './features.ts'
import { columnsOf, type Shape, sourcesOf, viewsOf } from './shapes.ts'

export const airports = Array.from({ length: 256 }, (_, i) =>
  String.fromCharCode(65 + (i >> 4), 65 + (i & 15), 75),
)

export interface FixtureOptions {
  /** `trees.json` of a trained model. Default: made, 100 trees of depth 6. */
  readonly trees?: string
}

/** A store, and a release of a 100-tree model per shape, deployed under the shape's name. */
export async function writeFixture(
  folder: string,
  shapes: readonly Shape[],
  { trees }: FixtureOptions = {},
): Promise<void> {
  const deployments = []
  for (const shape of shapes) {
    const text = trees ?? madeTrees(columnsOf(shape).length)
    const { digest } = await writeRelease(folder, { shape, trees: text, number: 1 })
    const routing = shape.shadow && (await shadowRouting(folder, shape, text))
    deployments.push({ name: shape.deployment, digest, ...(routing ? { routing } : {}) })
  }
  writeFileSync(
    join(folder, 'serving', 'deployments.json'),
    JSON.stringify({ schema: 1, sequence: 1, deployments }),
  )
  await fillStore(folder, shapes, airports)
}

async function shadowRouting(folder: string, shape: Shape, trees: string) {
  const { digest } = await writeRelease(folder, { shape, trees, number: 2 })
  return {
    seq: 1,
    salt: 'bench',
    unit: [],
    arms: [],
    shadows: [{ digest, kind: 'shadow', of: 'champion', share: 10_000, features: 'same' }],
    pins: [],
    exclude: [],
    warm: [],
  }
}

async function writeRelease(
  folder: string,
  { shape, trees, number }: { readonly shape: Shape; readonly trees: string; readonly number: number },
): Promise<Release> {
  const columns = columnsOf(shape)
  const model = join(folder, `model-${shape.deployment}`)
  mkdirSync(model, { recursive: true })
  writeFileSync(join(model, 'trees.json'), trees)
  const scorer = await openTrees({ folder: model, format: 'onnx', inputs: columns.length })
  const vectors = Array.from({ length: 32 }, (_, i) => columns.map((_, j) => random(i * 100 + j) * 100))
  const scores = await scorer.score(Float64Array.from(vectors.flat()), vectors.length)
  await scorer.close()
  const content: Omit<Release, 'digest' | 'createdAt'> = {
    schema: 1,
    deployment: shape.deployment,
    number,
    model: {
      name: shape.deployment,
      version: 1,
      digest: contentHash(trees),
      format: 'onnx',
      files: [{ path: 'trees.json', hash: `sha256:${sha256Hex(trees)}`, bytes: trees.length }],
    },
    signature: {
      inputs: columns.map(name => ({ name, type: 'float64', nullable: true })),
      outputs: [{ name: 'score', type: 'float64', nullable: false }],
    },
    features: {
      request: [
        ...shape.keys.map(name => ({
          ...{ name, type: 'string' as const, role: 'key' as const },
          ...{ nullable: false, description: null },
        })),
        ...shape.fields.map(name => ({
          ...{ name, type: 'float64' as const, role: 'request' as const },
          ...{ nullable: false, description: null },
        })),
      ],
      lookups: shape.lookups,
      fullNames: true,
      views: viewsOf(shape),
      sources: sourcesOf(shape),
      onDemand: [],
      vector: columns.map(name => ({
        name,
        from: shape.fields.includes(name) ? ('request' as const) : ('lookup' as const),
        ref: name,
      })),
    },
    action: { name: 'warn', threshold: 0.5 },
    fallback: { kind: 'constant', score: 0.2 },
    deadline: '500ms',
    log: shape.log ?? 'written',
    environment: null,
    trainingSet: null,
    selfTest: vectors.map((vector, i) => ({ vector, score: scores[i] ?? 0 })),
    tolerance: 1e-9,
  }
  const release: Release = {
    ...content,
    digest: releaseDigest(content),
    createdAt: '2001-01-01T00:00:00.000000Z',
  }
  const releaseFolder = join(folder, 'serving', 'releases', release.digest.slice(7))
  mkdirSync(releaseFolder, { recursive: true })
  writeFileSync(join(releaseFolder, 'trees.json'), trees)
  writeFileSync(join(releaseFolder, 'release.json'), JSON.stringify(release))
  return release
}

/** 100 trees of depth 6. */
function madeTrees(features: number): string {
  return JSON.stringify({
    schema: 1,
    link: 'logistic',
    features,
    offset: -1,
    rule: 'le',
    trees: Array.from({ length: 100 }, (_, i) => tree(i, features)),
  })
}

function tree(seed: number, features: number) {
  const inner = 63
  const nodes = 127
  const each = (value: (node: number) => number) => Array.from({ length: nodes }, (_, node) => value(node))
  return {
    feature: each(node => (node < inner ? Math.floor(random(seed * 1000 + node) * features) : 0)),
    threshold: each(node => (node < inner ? Math.fround(random(seed * 2000 + node) * 100) : 0)),
    left: each(node => (node < inner ? 2 * node + 1 : -1)),
    right: each(node => (node < inner ? 2 * node + 2 : -1)),
    missingLeft: Array.from({ length: nodes }, (_, node) => node % 2 === 0),
    value: each(node => (node < inner ? 0 : (random(seed * 3000 + node) - 0.5) * 0.1)),
    cover: each(node => Math.max(1, 10_000 >> Math.floor(Math.log2(node + 1)))),
  }
}

/** In [0, 1), the same for the same number. */
export function random(seed: number): number {
  let x = (seed + 0x9e3779b9) | 0
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32
}
