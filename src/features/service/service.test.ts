import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { content, minute, noon, rides, rideView } from '../../../test/support/feature-front.ts'
import { createDuckDBEngine } from '../../adapters/engines/duckdb/index.ts'
import { openLmdbStore } from '../../adapters/online/lmdb/index.ts'
import { cellValues } from '../online/cells.ts'
import type { OnlineStore } from '../online/ports.ts'
import { prepareFeatures } from '../online/read.ts'
import { featureCatalog, writeFeatureCatalog } from './catalog.ts'
import { exportPushed, pushedWatermark } from './export.ts'
import { createFeatureService } from './index.ts'
import { openJournal } from './journal/writer.ts'
import type { FeatureService, FeatureWriteRequest } from './model.ts'

let folder: string
let store: OnlineStore
let service: FeatureService
let lines: string[]
const journals = () => join(folder, 'journal')
const journalFile = () => {
  const below = join(journals(), 'rides')
  return join(below, readdirSync(below).sort().at(-1) ?? '')
}

async function open(online: OnlineStore = store): Promise<void> {
  service = await createFeatureService({
    store: online,
    prepareFeatures: features => prepareFeatures(store, features),
    catalogFile: join(folder, 'features.json'),
    journalFolder: journals(),
    clock: { nowMicros: () => noon },
    report: line => lines.push(line),
  })
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-service-'))
  lines = []
  await writeFeatureCatalog(join(folder, 'features.json'), featureCatalog(content))
  store = openLmdbStore({ folder: join(folder, 'online') })
  await open()
})
afterEach(async () => {
  await service.close()
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

const ride = (id: bigint, trips: bigint, minutes = -1) => [
  id,
  noon + BigInt(minutes) * minute,
  trips,
  0.5,
  null,
]
const write = (rows: FeatureWriteRequest['rows'], more: Partial<FeatureWriteRequest> = {}) =>
  service.write({ source: 'rides', rows, now: noon, ...more })
async function trips(...ids: readonly bigint[]) {
  const answer = await service.read({
    features: ['ride_state:trips'],
    entities: { driver: ids },
    decode: value => value as bigint,
    asOf: noon,
  })
  return answer.columns[0] && cellValues(answer.columns[0].cells)
}

describe('the journal of a push source', () => {
  it('is written to an empty store again', async () => {
    await write([ride(1n, 10n), ride(2n, 20n)])
    await write([ride(1n, 11n, 0)])
    await service.close()
    await store.close()
    rmSync(join(folder, 'online'), { recursive: true })
    store = openLmdbStore({ folder: join(folder, 'online') })
    await open()
    expect(await service.rebuild()).toBe(3)
    expect(await trips(1n, 2n)).toEqual([11n, 20n])
  })

  it('a torn tail is cut, and what was before it stays', async () => {
    await write([ride(1n, 10n)])
    await service.close()
    const whole = statSync(journalFile()).size
    appendFileSync(journalFile(), Buffer.alloc(100, 7))
    await open()
    expect(statSync(journalFile()).size).toBe(whole)
    await write([ride(2n, 20n)])
    expect(pushedWatermark(journals(), 'rides')).toBe(2n)
    expect(await trips(1n, 2n)).toEqual([10n, 20n])
  })

  it('a header that is not whole is no segment', async () => {
    await write([ride(1n, 10n)])
    await service.close()
    truncateSync(journalFile(), 20)
    await open()
    await write([ride(2n, 20n)])
    expect(await trips(1n, 2n)).toEqual([10n, 20n])
  })

  it('remembers batch ids and their reports over a restart', async () => {
    const first = await write([ride(1n, 10n)], { batchId: 'b', bodyHash: 'h' })
    await service.close()
    await open()
    expect(await write([ride(1n, 10n)], { batchId: 'b', bodyHash: 'h' })).toEqual({
      ...first,
      replayed: true,
    })
    await expect(write([ride(1n, 10n)], { batchId: 'b', bodyHash: 'other' })).rejects.toMatchObject({
      code: 'BATCH_ID_REUSED',
    })
    expect(pushedWatermark(journals(), 'rides')).toBe(1n)
    const later = noon + 8n * 24n * 60n * minute
    const anew = await write([ride(1n, 12n)], { batchId: 'b', bodyHash: 'other', now: later })
    expect(anew.replayed).toBeUndefined()
  })

  it('the same batch sent twice at once is written once', async () => {
    const both = await Promise.all([1, 2].map(() => write([ride(1n, 10n)], { batchId: 'b', bodyHash: 'h' })))
    expect(both.map(each => each.replayed ?? false)).toEqual([false, true])
    expect(pushedWatermark(journals(), 'rides')).toBe(1n)
  })

  it('a store that fails is written to when it answers again, and the batch is known', async () => {
    let down = true
    const failing: OnlineStore = {
      ...store,
      update: changes => (down ? Promise.reject(new Error('the store is down')) : store.update(changes)),
    }
    await service.close()
    await open(failing)
    await expect(write([ride(1n, 10n)], { batchId: 'b', bodyHash: 'h' })).rejects.toThrow('down')
    expect(await trips(1n)).toEqual([null])
    down = false
    const report = await write([ride(1n, 10n)], { batchId: 'b', bodyHash: 'h' })
    expect(report).toMatchObject({ applied: 1, replayed: true })
    expect(await trips(1n)).toEqual([10n])
    expect(pushedWatermark(journals(), 'rides')).toBe(1n)
  })

  it('what was journalled and not applied before a crash is applied at the start', async () => {
    await service.close()
    const journal = openJournal({ folder: join(journals(), 'rides'), now: noon })
    const batch = { now: noon, online: true, offline: true, views: null, batchId: 'b', bodyHash: 'h' }
    await journal.append({ ...batch, rows: [ride(5n, 50n) as never] }, rides.columns)
    await journal.close()
    await open()
    expect(await trips(5n)).toEqual([50n])
    expect(await write([ride(5n, 50n)], { batchId: 'b', bodyHash: 'h' })).toMatchObject({
      applied: 1,
      replayed: true,
    })
  })

  it('a full disk acknowledges nothing, and the next write goes on', async () => {
    await service.close()
    let full = false
    const options = { folder: join(journals(), 'rides'), now: noon }
    const files = {
      write: (file: number, bytes: Uint8Array) => {
        appendFileSync(file, full ? bytes.subarray(0, 10) : bytes)
        if (full) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
      },
      sync: async () => undefined,
    }
    const journal = openJournal({ ...options, files, segmentBytes: 300 })
    const batch = { now: noon, online: true, offline: true, views: null, batchId: null, bodyHash: null }
    const append = (trip: bigint) =>
      journal.append({ ...batch, rows: [ride(1n, trip) as never] }, rides.columns)
    expect(await append(1n)).toBe(1n)
    full = true
    await expect(append(2n)).rejects.toMatchObject({ code: 'JOURNAL_UNWRITABLE' })
    full = false
    for (const trip of [3n, 4n, 5n, 6n]) expect(await append(trip)).toBe(trip - 1n)
    await journal.close()
    const again = openJournal(options)
    expect(again.recovered.map(each => each.batch.rows[0]?.[2])).toEqual([1n, 3n, 4n, 5n, 6n])
    await again.close()
    await open()
  })

  it('too many bytes for one record are refused alone', async () => {
    const wide = Array.from({ length: 100_000 }, (_, i) => ride(BigInt(i), 1n))
    await expect(write([...wide, ride(1n, 1n)])).rejects.toMatchObject({ code: 'BATCH_TOO_LARGE' })
    expect(await trips(1n)).toEqual([null])
  })
})

describe('a push source read offline', () => {
  it('is Parquet with ingest time and sequence, at the watermark asked for, without rows for online alone', async () => {
    await write([ride(1n, 10n)])
    await write([ride(2n, 20n)], { to: 'online' })
    await write([ride(3n, 30n)], { to: 'offline' })
    await write([ride(4n, 40n)])
    const engine = createDuckDBEngine()
    const closure = { entities: content.entities, sources: [rides], views: [rideView] }
    const request = { engine, journalFolder: journals(), closure, folder, projectFolder: folder }
    const { closure: readable, versions } = await exportPushed({ ...request, upTo: { rides: 'watermark:3' } })
    expect(versions).toEqual({ rides: 'watermark:3' })
    const [source] = readable.sources
    expect(source).toMatchObject({
      knownAt: { kind: 'column', column: '__ingest_time' },
      sequence: '__ingest_sequence',
    })
    const session = await engine.open({ projectFolder: folder })
    if (source) await session.addSource(source, 'no')
    const rows = await session.rows(
      'SELECT driver_id, __ingest_time, __ingest_sequence FROM src_rides ORDER BY 3',
      [
        { name: 'driver_id', type: 'int64' },
        { name: '__ingest_time', type: 'timestamp' },
        { name: '__ingest_sequence', type: 'int64' },
      ],
    )
    await session.close()
    await engine.close()
    expect(rows).toEqual([
      [1n, noon, 1n],
      [3n, noon, 3n],
    ])
    expect(pushedWatermark(journals(), 'rides')).toBe(4n)
  })
})
