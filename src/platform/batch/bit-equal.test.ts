// A row gets the same bits from a real front and in a batch: LMDB and ONNX Runtime there, DuckDB's point-in-time join here.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  batchContext,
  closure,
  now,
  readParquet,
  stateRows,
  writeBatchRelease,
  writeParquet,
} from '../../../test/support/batch-ground.ts'
import { type Bundle, bundleSource } from '../../../test/support/bundle.ts'
import { createDuckDBEngine } from '../../adapters/engines/duckdb/index.ts'
import { openLmdbStore } from '../../adapters/online/lmdb/index.ts'
import { scorerFactory } from '../../adapters/scorers/index.ts'
import { materialize, prepareFeatures } from '../../features/online/index.ts'
import { memoryScan } from '../../features/online/memory-scan.ts'
import type { OnlineStore } from '../../features/online/ports.ts'
import { bucketOf } from '../../kernel/assignment.ts'
import type { Field, Value } from '../../kernel/values/index.ts'
import type { Release } from '../../registry/index.ts'
import {
  batchBase,
  createDecisionReader,
  type RunningFront,
  runFront,
  startProcess,
} from '../../serving/index.ts'
import { noFeatures } from '../../serving/testing/fake-platform.ts'
import { deploy } from '../../serving/testing/release-fixture.ts'
import { foldersOf } from '../folders.ts'
import { prepareRows } from './prepare.ts'
import { openPartitionScorer } from './worker.ts'
import type { WorkerJob } from './worker-job.ts'

const rowFields: Field[] = [
  { name: 'airport', type: 'string' },
  { name: 'a', type: 'float64' },
  { name: 'note', type: 'string' },
]
/** Known, stale, later and unknown airports; values at the edges of doubles, and missing ones. */
const values = [0.1, -0, 1e-308, 3.5, null, 12345.678901, -7.25, Number.NaN]
const rows: Value[][] = Array.from({ length: 300 }, (_, i) => [
  `A${i % 19}`,
  i < values.length ? (values[i] ?? null) : Math.sin(i) * 10 ** (i % 7),
  `note ${i}`,
])
const outputs: Field[] = [
  { name: 'row', type: 'int64' },
  { name: 'note', type: 'string' },
  { name: 'score', type: 'float64' },
  { name: 'action', type: 'string' },
  { name: 'bucket', type: 'int64' },
]

describe('a batch and a front', () => {
  let folder: string
  let script: Bundle
  let store: OnlineStore
  let front: RunningFront
  let release: Release
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fettle-batch-'))
    script = await bundleSource(`import { runScorer } from './src/serving/scorer/run-scorer.ts'
      import { scorerFactory } from './src/adapters/scorers/index.ts'
      await runScorer(JSON.parse(process.argv[2]), scorerFactory)
      process.exit(0)`)
    const serving = join(folder, 'serving')
    store = openLmdbStore({ folder: join(folder, 'online') })
    const states = stateRows()
    await writeParquet(join(folder, 'states.parquet'), states)
    await writeParquet(join(folder, 'rows.parquet'), { fields: rowFields, rows })
    await materialize(memoryScan(states), store, closure, {
      now,
      projectFolder: folder,
      onProgress: () => undefined,
      signal: new AbortController().signal,
    })
    release = writeBatchRelease(serving)
    deploy(serving, { name: 'late', digest: release.digest })
    front = await runFront({
      servingFolder: serving,
      prepareFeatures: features => prepareFeatures(store, features),
      features: noFeatures,
      startScorer: request => startProcess(process.execPath, [script.path, JSON.stringify(request)]),
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
    script.remove()
  })

  async function scored(): Promise<{ readonly job: WorkerJob; readonly found: Value[][] }> {
    const engine = createDuckDBEngine({ threads: 1 })
    const relation = await prepareRows(
      release,
      {
        rows: { kind: 'file', path: 'rows.parquet' },
        sources: [],
        keep: ['note'],
        at: { instant: now },
      },
      { engine, context: batchContext(folder), folders: foldersOf(folder) },
    )
    const job: WorkerJob = {
      ...{ job: 'bj-1', kind: 'batch', relation, keep: ['note'], log: true },
      releaseFolder: join(folder, 'serving', 'releases', release.digest.slice('sha256:'.length)),
      assignment: { salt: 'late-1', unit: [{ name: 'airport', type: 'string' }] },
      folder: join(folder, 'files'),
      createdAt: String(now),
      asOf: String(now),
    }
    mkdirSync(job.folder, { recursive: true })
    const scorer = await openPartitionScorer(job, scorerFactory)
    const part = await scorer.score({ partition: 0, from: 0, to: rows.length })
    await scorer.close()
    expect(part).toMatchObject({ rows: 300, outputs: 300, quarantined: 0 })
    const found = await readParquet(
      join(job.folder, '0', 'part.parquet'),
      'SELECT "row", note, score, action, bucket FROM FILE',
      outputs,
    )
    return { job, found }
  }

  it('the same score bits and the same action, row for row, and the record says so', async () => {
    const { job, found } = await scored()
    const response = await fetch(`${front.dataUrl}/predict/late`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        rows: rows.map(([airport, a]) => ({ airport, a: Number.isNaN(a) ? null : a })),
      }),
    })
    const online = (await response.json()) as { predictions: { score: number; action?: string }[] }
    expect(found.map(([row]) => row)).toEqual(rows.map((_, i) => BigInt(i)))
    expect(found.map(([, note]) => note)).toEqual(rows.map(([, , note]) => note))
    found.forEach(([, , score, action], i) => {
      const expected = online.predictions[i]
      expect(Object.is(score, expected?.score)).toBe(true)
      expect(action).toBe(expected?.action ?? null)
    })
    expect(new Set(found.map(([, , , action]) => action))).toEqual(new Set(['warn', null]))
    const reader = createDecisionReader(join(job.folder, '0', 'log'))
    const base = batchBase('bj-1', { partition: 0, chunk: 0, millis: Number(now / 1000n) })
    const record = await reader.find(`${base}-3`)
    expect(record).toMatchObject({
      kind: 'batch',
      jobId: 'bj-1',
      asOf: now,
      entity: { airport: 'A3', a: 3.5 },
      score: found[3]?.[2],
      action: found[3]?.[3],
      bucket: bucketOf('late-1', 'A3'),
      states: ['request', 'fresh', 'fresh', 'fresh', 'fresh'],
    })
    expect(found[3]?.[4]).toBe(BigInt(bucketOf('late-1', 'A3')))
    expect((await reader.find(`${base}-5`))?.states.slice(1)).toEqual(Array(4).fill('stale'))
    expect((await reader.find(`${base}-6`))?.states.slice(1)).toEqual(Array(4).fill('missing'))
  })
})
