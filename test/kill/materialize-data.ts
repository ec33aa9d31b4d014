import type { SourceData } from '../../src/definitions/model.ts'
import {
  materialize,
  memoryScan,
  type OnlineStore,
  type OnlineView,
  prepareFeatures,
  pushSource,
} from '../../src/features/index.ts'
import type { Value } from '../../src/kernel/values/index.ts'

const minute = 60_000_000n
const start = 20_000_000n * minute
export const batches = 60
const keys = Array.from({ length: 12 }, (_, i) => `k${i}`)

const source: SourceData = {
  kind: 'source',
  name: 'events',
  from: { kind: 'push' },
  columns: [
    { name: 'key', type: 'string' },
    { name: 'at', type: 'timestamp' },
    { name: 'id', type: 'int64' },
    { name: 'gone', type: 'bool' },
    { name: 'value', type: 'float64' },
  ],
  eventTime: 'at',
  knownAt: { kind: 'ingest' },
  eventId: 'id',
  deleted: 'gone',
}
const journal: SourceData = {
  ...source,
  from: { kind: 'parquet', path: 'journal' },
  columns: [
    ...source.columns,
    { name: '__ingest_time', type: 'timestamp' },
    { name: '__ingest_sequence', type: 'int64' },
  ],
  knownAt: { kind: 'column', column: '__ingest_time' },
  sequence: '__ingest_sequence',
}
const base = {
  kind: 'featureView',
  entity: null,
  source: 'events',
  keys: ['key'],
  at: 'at',
  knownTime: 'cutoff',
  version: 1,
} as const
const over = { kind: 'window', column: 'value', window: '6h', hop: '5m' } as const
const views: readonly OnlineView[] = [
  {
    ...base,
    name: 'latest',
    semanticHash: 'l',
    features: [{ kind: 'lookup', name: 'value', column: 'value', type: 'float64' }],
  },
  {
    ...base,
    name: 'activity',
    semanticHash: 'a',
    features: [
      { ...over, name: 'n', op: 'count', type: 'int64' },
      { ...over, name: 'total', op: 'sum', type: 'float64' },
      { ...over, name: 'middle', op: 'quantile', p: 0.5, type: 'float64' },
      { ...over, name: 'newest', op: 'last_k', k: 3, type: 'list<float64>' },
    ],
  },
]

/** When a batch is accepted. */
export const timeOf = (batch: number): bigint => start + BigInt(batch) * minute

/** The same rows for the same batch: events, corrections that move to other keys, tombstones. */
function rowsOf(batch: number): { readonly sequence: bigint; readonly values: Value[] }[] {
  return Array.from({ length: 40 }, (_, i) => {
    const n = batch * 40 + i
    const mixed = (n * 2_654_435_761) % 4_294_967_296
    const at = timeOf(batch) - BigInt(mixed % 300) * minute
    const id = mixed % 3 === 0 ? null : BigInt(mixed % 400)
    return {
      sequence: BigInt(n + 1),
      values: [keys[mixed % keys.length] ?? '', at, id, mixed % 17 === 0, (mixed % 1000) / 10],
    }
  })
}

/** Writes a batch, as replaying its journal record does. */
export async function push(store: OnlineStore, batch: number): Promise<void> {
  const rows = rowsOf(batch)
  const sequences = rows.map(row => row.sequence)
  await pushSource(store, { views, source, rows: rows.map(row => row.values), sequences, now: timeOf(batch) })
}

/** Merges everything up to a batch from the journal. */
export async function fill(store: OnlineStore, upTo: number): Promise<void> {
  const rows = Array.from({ length: upTo + 1 }, (_, batch) =>
    rowsOf(batch).map(({ sequence, values }) => [...values, timeOf(batch), sequence]),
  ).flat()
  await materialize(
    memoryScan({ fields: journal.columns, rows }),
    store,
    { entities: [], sources: [journal], views },
    {
      now: timeOf(upTo),
      sourceVersions: { events: `watermark:${upTo}` },
      projectFolder: '.',
      onProgress: () => {},
      signal: new AbortController().signal,
    },
  )
}

/** What all keys answer at one instant. */
export async function answers(store: OnlineStore, at: bigint): Promise<unknown> {
  const prepared = prepareFeatures(store, {
    request: [],
    lookups: views.map(({ name, features }) => ({
      view: name,
      as: name,
      keys: ['key'],
      features: features.map(feature => feature.name),
    })),
    fullNames: true,
    views,
    sources: [source],
    onDemand: [],
  })
  const { values, statuses, errors } = await prepared.read(
    keys.map(key => ({ key })),
    at,
  )
  return { values, statuses, errors }
}
