import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLmdbStore } from '../../src/adapters/online/lmdb/index.ts'
import type { EntityData, OnDemandData, SourceData } from '../../src/definitions/model.ts'
import {
  createFeatureService,
  type FeatureCatalog,
  type FeatureService,
  featureCatalog,
  inProcessRunner,
  type OnDemandRunner,
  type OnlineView,
  prepareFeatures,
  type ServedFeatures,
  writeFeatureCatalog,
} from '../../src/features/index.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import { runFront } from '../../src/serving/index.ts'

/** 2026-03-01T12:00:00Z */
export const noon = 1_772_366_400_000_000n
export const minute = 60_000_000n

const driver: EntityData = { kind: 'entity', name: 'driver', key: [{ name: 'driver', type: 'int64' }] }
const shop: EntityData = { kind: 'entity', name: 'shop', key: [{ name: 'shop', type: 'string' }] }

export const rides: SourceData = {
  kind: 'source',
  name: 'rides',
  from: { kind: 'push' },
  columns: [
    { name: 'driver_id', type: 'int64' },
    { name: 'at', type: 'timestamp' },
    { name: 'trips', type: 'int64' },
    { name: 'rate', type: 'float64' },
    { name: 'gone', type: 'bool' },
  ],
  eventTime: 'at',
  knownAt: { kind: 'ingest' },
  deleted: 'gone',
}

const sales: SourceData = {
  kind: 'source',
  name: 'sales',
  from: { kind: 'push' },
  columns: [
    { name: 'shop', type: 'string' },
    { name: 'at', type: 'timestamp' },
    { name: 'price', type: 'float64' },
  ],
  eventTime: 'at',
  knownAt: { kind: 'ingest' },
}

const weather: SourceData = { ...sales, name: 'weather', from: { kind: 'parquet', path: 'weather.parquet' } }

export const rideView: OnlineView = {
  kind: 'featureView',
  name: 'ride_state',
  entity: 'driver',
  source: 'rides',
  keys: ['driver_id'],
  at: 'at',
  knownTime: 'cutoff',
  maxAge: '2h',
  features: [
    { kind: 'lookup', name: 'trips', column: 'trips', type: 'int64' },
    { kind: 'lookup', name: 'rate', column: 'rate', type: 'float64' },
  ],
  version: 2,
  semanticHash: 'sha256:rides-2',
}

const saleView: OnlineView = {
  ...rideView,
  name: 'shop_sales',
  entity: 'shop',
  source: 'sales',
  keys: ['shop'],
  version: 1,
  semanticHash: 'sha256:sales-1',
  features: [
    { kind: 'window', name: 'sold_1h', op: 'count', window: '1h', hop: '5m', type: 'int64' },
    {
      kind: 'window',
      name: 'taken_1h',
      op: 'sum',
      column: 'price',
      window: '1h',
      hop: '5m',
      type: 'float64',
    },
  ],
}

const bonus: OnDemandData = {
  kind: 'onDemand',
  name: 'bonus',
  inputs: [
    { name: 'rate', from: 'feature', lookup: 'ride_state', feature: 'rate', type: 'float64' },
    { name: 'factor', from: 'request', type: 'float64' },
  ],
  outputs: [{ name: 'earned', type: 'float64' }],
  compute: '(i) => ({ earned: i.rate === null ? null : i.rate * i.factor })',
}

export const content: Omit<FeatureCatalog, 'schema' | 'revision' | 'former'> = {
  entities: [driver, shop],
  sources: [rides, sales, weather],
  views: [rideView, saleView],
  onDemand: [bonus],
  services: {
    payout: {
      request: [{ name: 'captain', type: 'int64' }],
      lookups: [{ view: 'ride_state', as: 'state', keys: ['captain'], features: ['trips', 'rate'] }],
      fullNames: false,
      views: [rideView],
      sources: [rides],
      onDemand: [],
    },
  },
}

export interface FeatureFront {
  readonly folder: string
  readonly url: string
  readonly features: FeatureService
  readonly clock: { now: bigint }
  call(
    method: string,
    path: string,
    body: unknown,
    headers?: Record<string, string>,
  ): Promise<{
    readonly status: number
    readonly headers: Headers
    readonly bytes: Buffer
    // biome-ignore lint/suspicious/noExplicitAny: replies are looked into by path
    readonly json: any
  }>
  close(): Promise<void>
}

/** A front with a real feature service over LMDB, its clock standing at noon; `served` replaces parts of the catalog. */
export async function startFeatureFront(
  served: Partial<typeof content> = {},
  onDemand: OnDemandRunner = inProcessRunner(),
): Promise<FeatureFront> {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-features-'))
  const clock = { now: noon }
  const systemClock: Clock = { nowMicros: () => clock.now }
  await writeFeatureCatalog(join(folder, 'features.json'), featureCatalog({ ...content, ...served }))
  const store = openLmdbStore({ folder: join(folder, 'online') })
  const prepare = (asked: ServedFeatures) => prepareFeatures(store, asked, { onDemand })
  const features = await createFeatureService({
    store,
    prepareFeatures: prepare,
    catalogFile: join(folder, 'features.json'),
    journalFolder: join(folder, 'journal'),
    clock: systemClock,
  })
  const front = await runFront({
    servingFolder: folder,
    prepareFeatures: prepare,
    features,
    startScorer: () => {
      throw new Error('there is no model here')
    },
    dataPort: 0,
    adminPort: 0,
    systemClock,
    graceMillis: 0,
  })
  return {
    folder,
    url: front.dataUrl,
    features,
    clock,
    async call(method, path, body, headers = {}) {
      const sent = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
      const response = await fetch(front.dataUrl + path, {
        method,
        body: sent as string,
        headers: { 'content-type': 'application/json', ...headers },
      })
      const bytes = Buffer.from(await response.arrayBuffer())
      const isJson = response.headers.get('content-type') === 'application/json'
      const json = isJson ? JSON.parse(bytes.toString('utf8')) : undefined
      return { status: response.status, headers: response.headers, bytes, json }
    },
    async close() {
      await front.drain()
      await features.close()
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
