import { describe, expect, it } from 'vitest'
import { memoryOnlineStore } from '../../../test/support/memory-online-store.ts'
import type { SourceData } from '../../definitions/model.ts'
import type { Value } from '../../kernel/values/index.ts'
import { expireView } from './expire.ts'
import { forgetKey } from './forget.ts'
import { rollbackView } from './generations.ts'
import { type MaterializeOptions, materialize } from './materialize.ts'
import { memoryScan } from './memory-scan.ts'
import type { OnlineView } from './model.ts'
import type { OnlineStore } from './ports.ts'
import { pushRows } from './push.ts'
import { prepareFeatures } from './read.ts'

const hour = 3_600_000_000n
const now = 500_000n * hour
const guard = { secret: Buffer.from('a secret') }
const source: SourceData = {
  kind: 'source',
  name: 'readings',
  from: { kind: 'push' },
  columns: [
    { name: 'key', type: 'string' },
    { name: 'at', type: 'timestamp' },
    { name: 'id', type: 'string' },
    { name: 'value', type: 'int64' },
  ],
  eventTime: 'at',
  knownAt: { kind: 'ingest' },
  eventId: 'id',
}
const batch: SourceData = { ...source, from: { kind: 'parquet', path: 'none' }, knownAt: { kind: 'event' } }
const base = {
  kind: 'featureView',
  name: 'latest',
  entity: 'sensor',
  source: 'readings',
  keys: ['key'],
  at: 'at',
  knownTime: 'cutoff',
  version: 1,
  semanticHash: 'x',
} as const
const latest: OnlineView = {
  ...base,
  expiry: '30d',
  freshness: '1d',
  features: [{ kind: 'lookup', name: 'value', column: 'value', type: 'int64' }],
}
const counts: OnlineView = {
  ...base,
  name: 'counts',
  expiry: '30d',
  freshness: '1d',
  features: [{ kind: 'window', name: 'n', op: 'count', window: '1d', hop: '1h', type: 'int64' }],
}

const row = (key: string, age: bigint, value: bigint): Value[] => [key, now - age, `${key}${value}`, value]
const push = (store: OnlineStore, view: OnlineView, rows: readonly Value[][], at = now) =>
  pushRows(store, { view, source, rows, now: at, guard })

async function load(store: OnlineStore, view: OnlineView, rows: readonly Value[][], at = now) {
  const options = { now: at, projectFolder: '.', onProgress: () => {}, signal: new AbortController().signal }
  const scan = memoryScan({ fields: source.columns, rows })
  await materialize(scan, store, { entities: [], sources: [batch], views: [view] }, { ...options, guard })
}

async function read(store: OnlineStore, view: OnlineView, keys: readonly string[], at = now) {
  const features = view.features.map(feature => feature.name)
  const prepared = prepareFeatures(
    store,
    {
      request: [],
      lookups: [{ view: view.name, as: view.name, keys: ['key'], features }],
      fullNames: false,
      views: [view],
      sources: [source],
      onDemand: [],
    },
    { guard },
  )
  const found = await prepared.read(
    keys.map(key => ({ key })),
    at,
  )
  return found.values.map((values, i) => values[0] ?? found.statuses[i]?.[0])
}

describe('forgetting a key', () => {
  for (const view of [latest, counts])
    it(`leaves nothing of it in ${view.name}, and lets nobody write it again`, async () => {
      const store = memoryOnlineStore()
      await push(store, view, [row('a', hour, 1n), row('ab', hour, 2n)])
      const rows = Array.from({ length: 100 }, (_, i) => row('a', hour, BigInt(100 + i)))
      await push(store, view, rows)
      const report = await forgetKey(store, { view, source, key: ['a'] }, guard)
      expect(report.records).toBeGreaterThan(0)
      expect(report.verified).toBe(true)
      const left = await store.list(Uint8Array.of(), { limit: 1000 })
      const bytes = Buffer.concat([...left, ...(await store.readMany(left)).map(each => each ?? Buffer.of())])
      expect(bytes.includes('a100')).toBe(false)
      expect(await read(store, view, ['a', 'ab'])).toEqual(['NOT_FOUND', view === counts ? 1n : 2n])
      const again = await push(store, view, [row('a', 0n, 9n), row('ab', 0n, 3n)])
      expect(again.rows).toEqual([{ row: 0, outcome: 'rejected', code: 'KEY_ERASED' }])
      expect(await forgetKey(store, { view, source, key: ['a'] }, guard)).toEqual({
        records: 0,
        events: 0,
        verified: true,
      })
    })

  it('holds against a run over a source that still has the key', async () => {
    const store = memoryOnlineStore()
    const rows = [row('a', hour, 1n), row('b', hour, 2n)]
    await load(store, latest, rows)
    await forgetKey(store, { view: latest, source, key: ['a'] }, guard)
    await load(store, latest, rows, now + hour)
    expect(await read(store, latest, ['a', 'b'], now + hour)).toEqual(['NOT_FOUND', 2n])
  })
})

describe('expiry', () => {
  for (const view of [latest, counts])
    it(`drops old keys of ${view.name} while data arrive, and pauses when they stop`, async () => {
      const store = memoryOnlineStore()
      await push(store, view, [row('old', 0n, 1n)])
      const later = now + 31n * 24n * hour
      const stopped = await expireView(store, { view, source, now: later })
      expect(stopped.dropped).toBe(0)
      expect(stopped.paused).toContain('1d')
      if (view === latest) await load(store, view, [], later)
      await push(store, view, [['new', later, 'n', 5n]], later)
      expect(await expireView(store, { view, source, now: later })).toEqual({ dropped: 1, paused: null })
      expect(await expireView(store, { view, source, now: later })).toEqual({ dropped: 0, paused: null })
      expect((await read(store, view, ['new'], later + 1n))[0]).toBe(view === counts ? 1n : 5n)
    })
})

it('goes back to the former generation, and forward again', async () => {
  const store = memoryOnlineStore()
  await expect(rollbackView(store, counts)).rejects.toMatchObject({ code: 'GENERATION_GONE' })
  await load(store, counts, [row('a', hour, 1n)])
  await load(store, counts, [row('a', hour, 1n), row('a', hour, 2n)], now + 1n)
  expect(await read(store, counts, ['a'], now + 1n)).toEqual([2n])
  expect(await rollbackView(store, counts)).toEqual({ generation: 1, former: 2 })
  expect(await read(store, counts, ['a'], now + 1n)).toEqual([1n])
  await rollbackView(store, counts)
  expect(await read(store, counts, ['a'], now + 1n)).toEqual([2n])
})

it('keeps the former generation for seven days, whatever fails meanwhile', async () => {
  const store = memoryOnlineStore()
  const week = 7n * 24n * hour
  const run = async (at: bigint, more: Partial<MaterializeOptions> = {}) => {
    const scan = memoryScan({ fields: source.columns, rows: [row('a', hour, 1n)] })
    const options = {
      now: at,
      projectFolder: '.',
      onProgress: () => {},
      signal: new AbortController().signal,
    }
    const closure = { entities: [], sources: [batch], views: [latest] }
    const sourceVersions = { [batch.name]: 'files:1' }
    const { views } = await materialize(scan, store, closure, { ...options, sourceVersions, guard, ...more })
    return views[0]?.mode
  }
  expect([await run(now), await run(now + 1n, { refresh: true })]).toEqual(['full', 'full'])
  const stopped = AbortSignal.abort(new Error('stopped'))
  await expect(run(now + 2n, { refresh: true, signal: stopped })).rejects.toThrow('stopped')
  expect(await run(now + week)).toBe('incremental')
  expect(await rollbackView(store, latest)).toEqual({ generation: 1, former: 2 })
  expect(await rollbackView(store, latest)).toEqual({ generation: 2, former: 1 })
  expect(await run(now + week + 2n)).toBe('incremental')
  await expect(rollbackView(store, latest)).rejects.toMatchObject({ code: 'GENERATION_GONE' })
  expect(await read(store, latest, ['a'], now + week + 2n)).toEqual([1n])
})
