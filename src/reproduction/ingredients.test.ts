import { describe, expect, it } from 'vitest'
import { canonicalJson, type Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { ModelVersion } from '../registry/index.ts'
import { findIngredients, type Ground } from './ingredients.ts'
import { versionManifest } from './manifest.ts'
import type { VersionManifest } from './model.ts'

const version = {
  model: 'late',
  version: 3,
  createdAt: 0n,
  experimentRun: null,
  pipelineRun: null,
  format: 'onnx',
  signature: { inputs: [], outputs: [] },
  metrics: { roc_auc: 0.7 },
  trainingSet: null,
  environment: {},
  files: [{ path: 'model.onnx', hash: 'sha256:aa', bytes: 1 }],
  evaluation: null,
  digest: 'sha256:dd',
} as unknown as ModelVersion

const byHand = versionManifest({ version, run: undefined, origin: undefined, holders: [] })

const machine = { system: 'linux', cpu: 'EPYC', cpus: 2, node: '20.20.2' }
const made: VersionManifest = {
  ...byHand,
  data: {
    id: 'ds-1',
    name: 'late_flights',
    checksum: 'sha256:cc',
    rows: 10,
    asOf: '2024-01-01T00:00:00.000000Z',
    engine: 'duckdb 1.5.5',
    sources: { flights: 'files:1', clicks: 'watermark:7' },
    views: [],
    label: {},
    splits: [],
    files: [{ path: 'part-0.parquet', bytes: 1, hash: 'sha256:bb' }],
  },
  code: {
    ...byHand.code,
    build: 'sha256:build',
    commit: 'abc',
    trainers: [{ path: 'contract.py', hash: 'sha256:ee', bytes: 1 }],
    script: null,
  },
  environment: {
    ...byHand.environment,
    lock: { hash: 'sha256:lock', bytes: 1 },
    packages: [{ path: 'lightgbm.whl', hash: 'sha256:wheel', bytes: 1 }],
    interpreter: 'CPython 3.11.7',
    machine,
    threads: 2,
  },
  randomness: { seed: 1842, switches: {}, order: 'rows' },
  steps: [
    {
      id: 'training-set',
      title: '',
      body: { kind: 'action', action: 'features.build-training-set' },
      code: '',
      environment: 'none',
      params: { closure: { views: [], sources: [] } },
      inputs: {},
      outputs: {},
      after: [],
      reusable: true,
      maxRuntime: '1h',
      retry: { infra: 0, user: 0 },
    },
  ],
}

interface Here {
  readonly gone?: readonly string[]
  readonly sources?: Readonly<Record<string, string>>
  readonly interpreter?: string
  readonly build?: string
}

function ground({ gone = [], sources, interpreter, build }: Here = {}): Ground {
  return {
    objects: {
      has: async hash => !gone.includes(hash),
      async *read(hash) {
        if (gone.includes(hash)) throw new FettleError('OBJECT_CORRUPT', `${hash} is damaged`)
        yield new Uint8Array(1)
      },
    },
    present: {
      build: build ?? 'sha256:build',
      machine,
      commit: async () => 'abc',
      sourceVersions: async () => sources ?? { flights: 'files:1', clicks: 'watermark:9' },
      storedSet: async () => undefined,
      interpreter: async () => ({ interpreter: interpreter ?? 'CPython 3.11.7', platform: 'linux' }),
    },
  }
}

const states = async (here?: Here, manifest = made) =>
  (await findIngredients(manifest, ground(here)))
    .filter(each => each.state !== 'found')
    .map(({ name, state, found }) => `${name} ${state}: ${found}`)

describe('ingredients', () => {
  it('are all found where all is as it was; a journal may have gone on', async () => {
    expect(await states()).toEqual([])
  })

  it.each([
    ['a package file vanished', { gone: ['sha256:wheel'] }, 'package files missing: lightgbm.whl is gone'],
    [
      'a source changed',
      { sources: { flights: 'files:2', clicks: 'watermark:7' } },
      'source flights missing: files:2',
    ],
    [
      'a journal was cut',
      { sources: { flights: 'files:1', clicks: 'watermark:6' } },
      'source clicks missing: watermark:6',
    ],
    ['a source is gone', { sources: { clicks: 'watermark:7' } }, 'source flights missing: nothing'],
    ['a patched interpreter', { interpreter: 'CPython 3.11.9' }, 'interpreter other: CPython 3.11.9'],
    ['another interpreter', { interpreter: 'CPython 3.12.1' }, 'interpreter missing: CPython 3.12.1'],
    ['another Fettle', { build: 'sha256:other' }, 'Fettle other: sha256:other'],
    [
      'the stored rows are gone',
      { gone: ['sha256:bb'] },
      'stored training set missing: part-0.parquet is gone',
    ],
  ] as const)('when %s', async (_what, here, line) => {
    expect(await states(here)).toEqual([line])
  })

  it('reads every object when asked', async () => {
    const damaged: Ground = { ...ground({ gone: ['sha256:ee'] }) }
    const there = { ...damaged, objects: { ...damaged.objects, has: async () => true } }
    const missing = async (readAll: boolean) =>
      (await findIngredients(made, there, { readAll }))
        .filter(each => each.state === 'missing')
        .map(each => each.name)
    expect(await missing(false)).toEqual([])
    expect(await missing(true)).toEqual(['code of the trainers'])
  })

  it('of an imported version are missing, each with the reason', async () => {
    const lines = await states({}, byHand)
    expect(lines).toContain('training set missing: it was registered without a pipeline run')
    expect(lines).toContain('package files missing: it was registered without a pipeline run')
    expect(lines.some(line => line.startsWith('files of the version'))).toBe(false)
  })
})

describe('the manifest', () => {
  it('leaves nothing out: what is not known says why', () => {
    expect(byHand.data).toEqual({ unavailable: 'it was registered without a pipeline run' })
    expect(byHand.environment.gpu).toHaveProperty('unavailable')
    const leaves = (value: Json): readonly Json[] =>
      typeof value === 'object' && value !== null
        ? Object.values(value).flatMap(each => leaves(each ?? null))
        : [value]
    expect(leaves(byHand as unknown as Json)).not.toContain(undefined)
    expect(canonicalJson(byHand as unknown as Json)).toContain('"unavailable"')
  })
})
