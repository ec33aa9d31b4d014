import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openTrees } from '../../src/adapters/scorers/index.ts'
import { contentHash, sha256Hex } from '../../src/kernel/canonical.ts'
import { type Release, releaseDigest } from '../../src/registry/index.ts'
import { featureNames, lookups, sources, views } from './definitions.ts'
import { fillStore } from './features.ts'
import type { Target } from './generator.ts'

const columns = ['distance', ...featureNames]
export const airports = Array.from({ length: 256 }, (_, i) =>
  String.fromCharCode(65 + (i >> 4), 65 + (i & 15), 75),
)

/** A store, a model of 100 trees of depth 6 and a release of it, deployed. */
export async function writeFixture(folder: string): Promise<void> {
  const model = join(folder, 'model')
  mkdirSync(model, { recursive: true })
  const trees = JSON.stringify({
    schema: 1,
    link: 'logistic',
    features: columns.length,
    offset: -1,
    rule: 'le',
    trees: Array.from({ length: 100 }, (_, i) => tree(i)),
  })
  writeFileSync(join(model, 'trees.json'), trees)
  const scorer = await openTrees({ folder: model, format: 'onnx', inputs: columns.length })
  const vectors = Array.from({ length: 32 }, (_, i) => columns.map((_, j) => random(i * 100 + j) * 100))
  const scores = await scorer.score(Float64Array.from(vectors.flat()), vectors.length)
  const content: Omit<Release, 'digest' | 'createdAt'> = {
    schema: 1,
    deployment: 'late',
    number: 1,
    model: {
      name: 'late',
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
        { name: 'origin', type: 'string', role: 'key', nullable: false, description: null },
        { name: 'destination', type: 'string', role: 'key', nullable: false, description: null },
        { name: 'distance', type: 'float64', role: 'request', nullable: false, description: null },
      ],
      lookups,
      fullNames: true,
      views,
      sources,
      onDemand: [],
      vector: columns.map(name => ({
        name,
        from: name === 'distance' ? ('request' as const) : ('lookup' as const),
        ref: name,
      })),
    },
    action: { name: 'warn', threshold: 0.5 },
    fallback: { kind: 'constant', score: 0.2 },
    deadline: '500ms',
    log: 'written',
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
  writeFileSync(
    join(folder, 'serving', 'deployments.json'),
    JSON.stringify({ schema: 1, sequence: 1, deployments: [{ name: 'late', digest: release.digest }] }),
  )
  await fillStore(folder, airports)
}

/** 4 096 requests over 256 airports, ready to be written to a socket. */
export function requestBytes(url: string): Target {
  const { hostname, port, pathname } = new URL(url)
  const requests = Array.from({ length: 4096 }, (_, i) => {
    const origin = airports[Math.floor(random(i) * airports.length)]
    const destination = airports[Math.floor(random(i + 9999) * airports.length)]
    const body = JSON.stringify({ origin, destination, distance: Math.round(random(i + 77_777) * 2500) })
    return Buffer.from(
      `POST ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
  })
  return { host: hostname, port: Number(port), requests }
}

function tree(seed: number) {
  const inner = 63
  const nodes = 127
  const each = (value: (node: number) => number) => Array.from({ length: nodes }, (_, node) => value(node))
  return {
    feature: each(node => (node < inner ? Math.floor(random(seed * 1000 + node) * columns.length) : 0)),
    threshold: each(node => (node < inner ? random(seed * 2000 + node) * 100 : 0)),
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
