import { join } from 'node:path'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import { openLmdbStore } from '../../src/adapters/online/lmdb/index.ts'
import type { EntityData, SourceData } from '../../src/definitions/model.ts'
import {
  createFeatureService,
  featureCatalog,
  materialize,
  type OnlineStore,
  type OnlineView,
  prepareFeatures,
  writeFeatureCatalog,
} from '../../src/features/index.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import type { Field } from '../../src/kernel/values/index.ts'
import { type MaterializeFeatures, runFront } from '../../src/serving/index.ts'

const entity: EntityData = { kind: 'entity', name: 'driver', key: [{ name: 'driver_id', type: 'int64' }] }

const columns: readonly Field[] = [
  { name: 'driver_id', type: 'int64' },
  { name: 'event_timestamp', type: 'timestamp' },
  { name: 'created', type: 'timestamp' },
  { name: 'conv_rate', type: 'float32' },
  { name: 'acc_rate', type: 'float64' },
  { name: 'trips', type: 'int64' },
  { name: 'note', type: 'string' },
  { name: 'seen_at', type: 'timestamp' },
  { name: 'scores', type: 'list<float64>' },
]

/** `driver_push` is a push source; the rows of `driver_file` come from elsewhere. */
function sourceOf(name: string, from: SourceData['from']): SourceData {
  const knownAt = { kind: 'column', column: 'created' } as const
  return { kind: 'source', name, from, columns, eventTime: 'event_timestamp', knownAt }
}

function viewOf(name: string, source: string, features: readonly string[]): OnlineView {
  return {
    kind: 'featureView',
    name,
    entity: 'driver',
    source,
    keys: ['driver_id'],
    at: 'at',
    knownTime: 'cutoff',
    features: columns
      .filter(column => features.includes(column.name))
      .map(({ name: column, type }) => ({ kind: 'lookup', name: column, column, type })),
    version: 1,
    semanticHash: name,
  }
}

const stats = viewOf(
  'driver_stats',
  'driver_push',
  columns.slice(3).map(column => column.name),
)
const plain = viewOf('driver_plain', 'driver_file', ['conv_rate', 'acc_rate', 'trips'])
const file = sourceOf('driver_file', { kind: 'parquet', path: 'data/driver_stats.parquet' })
const push = sourceOf('driver_push', { kind: 'push' })

/** What `materialize` of a Feast client does: the rows of the Parquet file, through the offline engine. */
function materializer(store: OnlineStore, repository: string, clock: Clock): MaterializeFeatures {
  return async ({ views }) => {
    const engine = createDuckDBEngine({ threads: 1 })
    try {
      const closure = {
        entities: [entity],
        sources: [file],
        views: [plain].filter(({ name }) => views.includes(name)),
      }
      await materialize(engine, store, closure, {
        now: clock.nowMicros(),
        projectFolder: repository,
        onProgress: () => undefined,
        signal: new AbortController().signal,
      })
    } finally {
      await engine.close()
    }
  }
}

/** A front over a real store with what the repository of feast_client.py defines. */
export async function startFeastFront(
  folder: string,
  {
    clock,
    repository,
    materialize: run,
  }: { readonly clock: Clock; readonly repository: string; readonly materialize?: MaterializeFeatures },
) {
  const store = openLmdbStore({ folder: join(folder, 'online') })
  const served = { request: [], fullNames: false, onDemand: [], views: [stats], sources: [push] }
  const lookup = { view: 'driver_stats', as: 'driver_stats', keys: ['driver_id'] }
  const catalogFile = join(folder, 'catalog.json')
  await writeFeatureCatalog(
    catalogFile,
    featureCatalog({
      entities: [entity],
      sources: [push, file],
      views: [stats, plain],
      onDemand: [],
      services: { driver_model: { ...served, lookups: [{ ...lookup, features: ['trips', 'conv_rate'] }] } },
    }),
  )
  const prepare = (features: Parameters<typeof prepareFeatures>[1]) => prepareFeatures(store, features)
  const journalFolder = join(folder, 'journal')
  const features = await createFeatureService({
    store,
    prepareFeatures: prepare,
    catalogFile,
    journalFolder,
    clock,
  })
  const front = await runFront({
    servingFolder: join(folder, 'serving'),
    prepareFeatures: prepare,
    features,
    startScorer: () => {
      throw new Error('nothing is deployed')
    },
    dataPort: 0,
    adminPort: 0,
    feastPort: 0,
    systemClock: clock,
    materialize: run ?? materializer(store, repository, clock),
  })
  return {
    ...front,
    async close() {
      await front.drain()
      await features.close()
      await store.close()
    },
  }
}
