import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import type { SourceData } from '../../src/definitions/model.ts'
import {
  materialize,
  type OfflineEngine,
  type OnlineStore,
  type OnlineView,
  planMaterialization,
  remergeRange,
  verifyView,
} from '../../src/features/index.ts'
import type { Value } from '../../src/kernel/values/index.ts'
import { memoryOnlineStore } from '../support/memory-online-store.ts'

const hour = 3_600_000_000n
const now = 480_000n * hour
let folder = ''
let engine: OfflineEngine

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fettle-verify-'))
  engine = createDuckDBEngine()
  const rows = Array.from({ length: 400 }, (_, i): Value[] => [
    `k${i % 20}`,
    now - BigInt((i * 37) % 90) * hour,
    i % 11 === 0 ? null : i / 8,
  ])
  const session = await engine.open({ projectFolder: folder })
  await session.addRows('given', { fields: source('').columns, rows })
  await session.writeParquet('SELECT * FROM given', join(folder, 'rows.parquet'))
  await session.close()
})
afterAll(async () => {
  await engine.close()
  await rm(folder, { recursive: true, force: true })
})

const source = (path: string): SourceData => ({
  kind: 'source',
  name: 'readings',
  from: { kind: 'parquet', path },
  columns: [
    { name: 'key', type: 'string' },
    { name: 'at', type: 'timestamp' },
    { name: 'value', type: 'float64' },
  ],
  eventTime: 'at',
  knownAt: { kind: 'delay', delay: '1h' },
})
const base = {
  kind: 'featureView',
  entity: null,
  source: 'readings',
  keys: ['key'],
  at: 'at',
  knownTime: 'cutoff',
  version: 1,
  semanticHash: 'x',
  maxAge: '2h',
} as const
const over = { kind: 'window', column: 'value', window: '1d', hop: '1h' } as const
const views: readonly OnlineView[] = [
  {
    ...base,
    name: 'latest',
    features: [{ kind: 'lookup', name: 'value', column: 'value', type: 'float64' }],
  },
  {
    ...base,
    name: 'daily',
    features: [
      { ...over, name: 'n', op: 'count', type: 'int64' },
      { ...over, name: 'deviation', op: 'stddev_samp', type: 'float64' },
      { ...over, name: 'upper', op: 'quantile', p: 0.9, type: 'float64' },
      { ...over, name: 'three', op: 'last_k', k: 3, type: 'list<float64>' },
    ],
  },
]

for (const view of views)
  it(`finds what differs from the join in ${view.name}, and mends it`, async () => {
    const store = memoryOnlineStore()
    const closure = { entities: [], sources: [source(join(folder, 'rows.parquet'))], views: [view] }
    const options = {
      now,
      projectFolder: folder,
      onProgress: () => {},
      signal: new AbortController().signal,
    }
    const [before] = await planMaterialization(engine, store, closure, options)
    const run = await materialize(engine, store, closure, options)
    expect(before).toMatchObject({
      mode: 'full',
      generation: 1,
      rows: run.views[0]?.read,
      keys: 20,
      chunks: 1,
    })
    const check = (repair: boolean) =>
      verifyView(engine, store, closure, {
        view: view.name,
        sample: 100,
        at: now,
        projectFolder: folder,
        repair,
      })
    expect(await check(false)).toMatchObject({ compared: 20, differences: [], errors: [] })
    await damage(store)
    const found = await check(true)
    expect(found.differences.map(each => each.key).sort()).toEqual([['k3'], ['k7']])
    expect(found.repaired).toBe(2)
    expect((await check(false)).differences).toEqual([])
    await damage(store)
    const report = await remergeRange(engine, store, closure, { ...options, from: now - 90n * hour, to: now })
    expect(report.views[0]?.watermarkAfter).toBe(report.views[0]?.watermarkBefore)
    expect((await check(false)).differences).toEqual([])
  })

/** Removes what is stored of two keys. */
async function damage(store: OnlineStore): Promise<void> {
  const keys = await store.list(Uint8Array.of(3), { limit: 10_000 })
  const hit = keys.filter(key => /k[37]\0$/.test(Buffer.from(key).toString('latin1')))
  await store.update(hit.map(key => ({ key, next: () => null })))
}
