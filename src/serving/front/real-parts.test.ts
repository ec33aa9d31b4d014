// The golden path of serving on the real adapters: LMDB, ONNX Runtime in a process of its own, TreeSHAP.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLmdbStore } from '../../adapters/online/lmdb/index.ts'
import { openScorer } from '../../adapters/scorers/index.ts'
import type { EntityData } from '../../definitions/model.ts'
import { type ModelManifest, openExplainer } from '../../evaluation/index.ts'
import { materialize, prepareFeatures } from '../../features/online/index.ts'
import { memoryScan } from '../../features/online/memory-scan.ts'
import type { OnlineStore } from '../../features/online/ports.ts'
import { sha256Hex } from '../../kernel/canonical.ts'
import type { Field, Value } from '../../kernel/values/model.ts'
import { type Release, releaseDigest } from '../../registry/index.ts'
import { createDecisionReader, explainDecision, type RunningFront, runFront, startProcess } from '../index.ts'
import { noFeatures } from '../testing/fake-platform.ts'
import { deploy, releaseFolder } from '../testing/release-fixture.ts'

const packageRoot = join(import.meta.dirname, '../../..')
const modelFolder = join(packageRoot, 'test/data/models/trees')
const manifest = JSON.parse(readFileSync(join(modelFolder, 'model.json'), 'utf8')) as ModelManifest
const looked = ['b', 'c', 'd', 'e']
const now = 990_097_080_000_000n

const entity: EntityData = { kind: 'entity', name: 'airport', key: [{ name: 'airport', type: 'string' }] }
const fields: Field[] = [
  { name: 'airport', type: 'string' },
  { name: 'at', type: 'timestamp' },
  ...looked.map((name): Field => ({ name, type: 'float64' })),
]
const source: Release['features']['sources'][number] = {
  kind: 'source',
  name: 'states',
  from: { kind: 'parquet', path: 'none' },
  columns: fields,
  eventTime: 'at',
  knownAt: { kind: 'event' },
}
const view: Release['features']['views'][number] = {
  kind: 'featureView',
  name: 'states',
  entity: 'airport',
  source: 'states',
  keys: ['airport'],
  at: 'at',
  knownTime: 'cutoff',
  maxAge: '2d',
  version: 1,
  semanticHash: 'sha256:1',
  features: looked.map(name => ({ kind: 'lookup', name, column: name, type: 'float64' })),
}
/** Airport i has the values of self-test row i. */
const airport = (i: number) => `A${i}`

function writeModelRelease(servingFolder: string): Release {
  const files = ['model.onnx', 'trees.json', 'model.json'].map(path => {
    const bytes = readFileSync(join(modelFolder, path))
    return { path, hash: `sha256:${sha256Hex(bytes)}`, bytes: bytes.length }
  })
  const content: Omit<Release, 'digest' | 'createdAt'> = {
    schema: 1,
    deployment: 'late',
    number: 1,
    model: { name: 'late', version: 1, digest: 'sha256:m', format: 'onnx', files },
    signature: { inputs: manifest.inputs, outputs: manifest.outputs },
    features: {
      request: [
        { name: 'airport', type: 'string', role: 'key', nullable: false, description: null },
        { name: 'a', type: 'float64', role: 'request', nullable: true, description: null },
      ],
      lookups: [{ view: 'states', as: 'states', keys: ['airport'], features: looked }],
      fullNames: false,
      views: [view],
      sources: [source],
      onDemand: [],
      vector: ['a', ...looked].map(name => ({
        name,
        from: name === 'a' ? ('request' as const) : ('lookup' as const),
        ref: name,
      })),
    },
    action: null,
    fallback: { kind: 'constant', score: 0.2 },
    deadline: '5s',
    log: 'written',
    environment: null,
    trainingSet: null,
    selfTest: manifest.selfTest,
    tolerance: manifest.tolerance,
  }
  const release: Release = {
    ...content,
    digest: releaseDigest(content),
    createdAt: '2001-01-01T00:00:00Z',
  }
  const folder = releaseFolder(servingFolder, release.digest)
  mkdirSync(folder, { recursive: true })
  for (const { path } of files) cpSync(join(modelFolder, path), join(folder, path))
  writeFileSync(join(folder, 'release.json'), JSON.stringify(release))
  return release
}

/** A scorer process on the real scorers. Beside the package, so that it finds onnxruntime-node. */
function bundleScorer(): string {
  const outfile = join(mkdtempSync(join(packageRoot, 'node_modules', '.fettle-test-')), 'scorer.mjs')
  const contents = `import { runScorer } from './src/serving/scorer/run-scorer.ts'
    import { scorerFactory } from './src/adapters/scorers/index.ts'
    await runScorer(JSON.parse(process.argv[2]), scorerFactory)
    process.exit(0)`
  buildSync({
    stdin: { contents, resolveDir: packageRoot, loader: 'ts' },
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
  })
  return outfile
}

describe('the real parts', () => {
  let folder: string
  let scorerScript: string
  let store: OnlineStore
  let front: RunningFront
  let release: Release
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fettle-real-'))
    scorerScript = bundleScorer()
    store = openLmdbStore({ folder: join(folder, 'online') })
    const rows = manifest.selfTest.map(({ vector }, i): Value[] => [
      airport(i),
      now - 3_600_000_000n,
      ...vector.slice(1),
    ])
    const closure = { entities: [entity], sources: [source], views: [view] }
    await materialize(memoryScan({ fields, rows }), store, closure, {
      now,
      projectFolder: folder,
      onProgress: () => undefined,
      signal: new AbortController().signal,
    })
    release = writeModelRelease(join(folder, 'serving'))
    deploy(join(folder, 'serving'), { name: 'late', digest: release.digest })
    front = await runFront({
      servingFolder: join(folder, 'serving'),
      prepareFeatures: features => prepareFeatures(store, features),
      features: noFeatures,
      startScorer: request => startProcess(process.execPath, [scorerScript, JSON.stringify(request)]),
      dataPort: 0,
      adminPort: 0,
      clock: 'replay',
      graceMillis: 0,
      standby: false,
    })
    await fetch(`${front.adminUrl}/admin/clock`, {
      method: 'POST',
      body: JSON.stringify({ now: '2001-05-17T10:58:00Z' }),
    })
  })
  afterAll(async () => {
    await front.drain()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
    rmSync(join(scorerScript, '..'), { recursive: true, force: true })
  })

  async function predict(rows: readonly unknown[]) {
    const response = await fetch(`${front.dataUrl}/predict/late`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ rows }),
    })
    return (await response.json()) as {
      predictions: { prediction_id: string; score: number; served_by: string; degraded_reason?: string[] }[]
    }
  }

  it('entity keys in, the scores of the model out, bit for bit', async () => {
    const { predictions } = await predict(
      manifest.selfTest.map(({ vector }, i) => ({ airport: airport(i), a: vector[0] })),
    )
    const scorer = await openScorer({ folder: modelFolder, format: 'onnx', inputs: 5 })
    const vectors = Float64Array.from(
      manifest.selfTest.flatMap(each => each.vector.map(value => value ?? Number.NaN)),
    )
    const scores = await scorer.score(vectors, manifest.selfTest.length)
    await scorer.close()
    expect(predictions.map(each => each.score)).toEqual([...scores])
    expect(predictions.every(each => each.served_by === 'model' && each.degraded_reason === undefined)).toBe(
      true,
    )
  })

  it('the record explains itself: baseline and contributions add up to the score', async () => {
    const { predictions } = await predict([{ airport: airport(3), a: manifest.selfTest[3]?.vector[0] }])
    const record = await createDecisionReader(join(folder, 'serving', 'log')).find(
      predictions[0]?.prediction_id ?? '',
    )
    if (!record) throw new Error('the record is not in the log')
    expect(record.states).toEqual(['request', 'fresh', 'fresh', 'fresh', 'fresh'])
    expect(record.eventTimes).toEqual([now - 3_600_000_000n])
    const explained = await explainDecision(
      record,
      release,
      releaseFolder(join(folder, 'serving'), release.digest),
      openExplainer,
    )
    const raw =
      (explained.baseline ?? 0) + explained.features.reduce((sum, each) => sum + (each.contribution ?? 0), 0)
    expect(1 / (1 + Math.exp(-raw))).toBeCloseTo(record.score, 5)
    expect(explained.reasons.length).toBeGreaterThan(0)
    expect(explained.reasons[0]).toMatch(/ (raises|lowers) the score$/)
  })

  it('an unknown airport is scored with missing features', async () => {
    const { predictions } = await predict([{ airport: 'NOWHERE', a: 1 }])
    expect(predictions[0]?.served_by).toBe('model')
    const record = await createDecisionReader(join(folder, 'serving', 'log')).find(
      predictions[0]?.prediction_id ?? '',
    )
    expect(record?.states).toEqual(['request', 'missing', 'missing', 'missing', 'missing'])
  })
})
