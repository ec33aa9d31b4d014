import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import type { EntityData, ThresholdSetData } from '../../src/definitions/index.ts'
import type { ModelManifest } from '../../src/evaluation/index.ts'
import { sha256Hex } from '../../src/kernel/canonical.ts'
import type { Field, Value } from '../../src/kernel/values/index.ts'
import type { ActionContext } from '../../src/pipelines/index.ts'
import { type Release, releaseDigest } from '../../src/registry/index.ts'
import { root } from './root.ts'

/** The instant at which everything is known. */
export const now = 990_097_080_000_000n
const modelFolder = join(root, 'test/data/models/trees')
const manifest = JSON.parse(readFileSync(join(modelFolder, 'model.json'), 'utf8')) as ModelManifest
const looked = ['b', 'c', 'd', 'e']

export const entity: EntityData = {
  kind: 'entity',
  name: 'airport',
  key: [{ name: 'airport', type: 'string' }],
}
const stateFields: Field[] = [
  { name: 'airport', type: 'string' },
  { name: 'at', type: 'timestamp' },
  ...looked.map((name): Field => ({ name, type: 'float64' })),
]
const source: Release['features']['sources'][number] = {
  kind: 'source',
  name: 'states',
  from: { kind: 'parquet', path: 'states.parquet' },
  columns: stateFields,
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
export const closure = { entities: [entity], sources: [source], views: [view] }

/** States of sixteen airports: nulls among them, one that is too old, one that is known only later. */
export function stateRows(): { readonly fields: Field[]; readonly rows: Value[][] } {
  const rows = manifest.selfTest
    .slice(0, 16)
    .map(({ vector }, i): Value[] => [
      `A${i}`,
      i === 5 ? now - 3n * 86_400_000_000n : i === 6 ? now + 60_000_000n : now - 3_600_000_000n,
      ...vector.slice(1),
    ])
  return { fields: stateFields, rows }
}

const limit = (value: number) => ({
  ...{ rows: 0, matured: 0, pool: 0, guarantee: null, interval: null, former: null },
  ...{ value, from: 'own' as const, candidate: null, capHit: false },
})
const thresholdSet: ThresholdSetData = {
  action: 'warn',
  rule: { target: { kind: 'fpr', rate: 0.1, delta: 0.05 }, per: 'airport' },
  ruleHash: 'sha256:rule',
  otherwise: limit(0.5),
  segments: { A1: limit(0.2), A2: limit(0.9) },
  basis: { rowSet: 'sha256:rows', from: null, to: null, maturity: 0.9 },
}

/** A release of real trees that looks four of its five inputs up; `bare`: the request brings all of them. */
export function writeBatchRelease(servingFolder: string, bare = false): Release {
  const files = ['model.onnx', 'trees.json', 'model.json'].map(path => {
    const bytes = readFileSync(join(modelFolder, path))
    return { path, hash: `sha256:${sha256Hex(bytes)}`, bytes: bytes.length }
  })
  const sent = bare ? ['a', ...looked] : ['a']
  const content: Omit<Release, 'digest' | 'createdAt'> = {
    ...{ schema: 1, deployment: 'late', number: 1 },
    model: { name: 'late', version: 1, digest: 'sha256:m', format: 'onnx', files },
    signature: { inputs: manifest.inputs, outputs: manifest.outputs },
    features: {
      request: [
        { name: 'airport', type: 'string', role: 'key', nullable: false, description: null },
        ...sent.map(name => ({
          ...{ name, type: 'float64' as const, role: 'request' as const, nullable: true },
          description: null,
        })),
      ],
      lookups: bare ? [] : [{ view: 'states', as: 'states', keys: ['airport'], features: looked }],
      ...{ fullNames: false, onDemand: [] },
      ...(bare ? { views: [], sources: [] } : { views: [view], sources: [source] }),
      vector: ['a', ...looked].map(name => ({
        ...{ name, ref: name },
        from: sent.includes(name) ? ('request' as const) : ('lookup' as const),
      })),
    },
    action: { name: 'warn', threshold: 0.5 },
    thresholdSet,
    fallback: { kind: 'constant', score: 0.2 },
    ...{ deadline: '5s', log: 'written', environment: null, trainingSet: null },
    ...{ selfTest: manifest.selfTest, tolerance: manifest.tolerance },
  }
  const release: Release = {
    ...content,
    digest: releaseDigest(content),
    createdAt: '2001-01-01T00:00:00Z',
  }
  const folder = join(servingFolder, 'releases', release.digest.slice('sha256:'.length))
  mkdirSync(folder, { recursive: true })
  for (const { path } of files) cpSync(join(modelFolder, path), join(folder, path))
  writeFileSync(join(folder, 'release.json'), JSON.stringify(release))
  return release
}

/** Writes rows as a Parquet file. */
export async function writeParquet(
  path: string,
  table: { readonly fields: readonly Field[]; readonly rows: readonly (readonly Value[])[] },
): Promise<void> {
  const engine = createDuckDBEngine({ threads: 1 })
  const session = await engine.open({ projectFolder: '/' })
  await session.addRows('given', { fields: [...table.fields], rows: table.rows.map(row => [...row]) })
  await session.writeParquet('SELECT * FROM given', path)
  await session.close()
}

/** Rows of a Parquet file by SQL, `FILE` in it. */
export async function readParquet(path: string, sql: string, fields: readonly Field[]): Promise<Value[][]> {
  const engine = createDuckDBEngine({ threads: 1 })
  const session = await engine.open({ projectFolder: '/' })
  const rows = await session.rows(sql.replaceAll('FILE', `read_parquet('${path}')`), fields)
  await session.close()
  return rows
}

/** What a step body gets, as far as batch scoring looks at it. */
export function batchContext(folder: string, signal = new AbortController().signal): ActionContext {
  const scratchFolder = join(folder, 'scratch')
  mkdirSync(scratchFolder, { recursive: true })
  return {
    ...{ run: 'prn_1', pipeline: 'late-batch', step: 'score', attempt: 1, seed: 1, params: {}, inputs: {} },
    ...{ outputFolder: join(folder, 'out'), scratchFolder, projectFolder: folder, signal },
    log: () => undefined,
    progress: () => undefined,
  }
}
