import type { FeatureViewData, SourceData } from '../../../src/definitions/model.ts'
import type { ViewClosure } from '../../../src/features/model.ts'
import type { ServedFeatures } from '../../../src/features/online/model.ts'
import type { Rows, Value, ValueType } from '../../../src/kernel/values/index.ts'

export const hour = 3_600_000_000n

/** One source of every type, one as-of view and one window view on it. */
const types = {
  id: 'int64',
  part: 'string',
  event: 'timestamp',
  known: 'timestamp',
  gone: 'bool',
  i: 'int64',
  f: 'float64',
  g: 'float32',
  s: 'string',
  b: 'bool',
  d: 'decimal(38,2)',
  y: 'bytes',
  t: 'timestamp',
  day: 'date',
  l: 'list<string>',
  m: 'map<string,int64>',
} as const satisfies Record<string, ValueType>

export const sampleSource: SourceData = {
  kind: 'source',
  name: 'sample',
  from: { kind: 'parquet', path: 'sample.parquet' },
  eventTime: 'event',
  knownAt: { kind: 'column', column: 'known' },
  deleted: 'gone',
  columns: Object.entries(types).map(([name, type]) => ({ name, type })),
}

const valueColumns = ['i', 'f', 'g', 's', 'b', 'd', 'y', 't', 'day', 'l', 'm'] as const

export function sampleView(
  changes: Partial<FeatureViewData & { version: number; semanticHash: string }> = {},
): FeatureViewData & { version: number; semanticHash: string } {
  return {
    kind: 'featureView',
    name: 'latest',
    entity: 'thing',
    source: 'sample',
    keys: ['id', 'part'],
    at: 'at',
    knownTime: 'cutoff',
    version: 1,
    semanticHash: 'sha256:one',
    features: valueColumns.map(name => ({ kind: 'lookup', name, column: name, type: types[name] })),
    ...changes,
  }
}

export const windowView = sampleView({
  name: 'recent',
  features: [
    { kind: 'window', name: 'n', op: 'count', window: '1h', hop: '5m', type: 'int64' },
    { kind: 'window', name: 'total', op: 'sum', column: 'i', window: '1d', hop: '1h', type: 'int64' },
    {
      kind: 'window',
      name: 'mean_f',
      op: 'mean',
      column: 'f',
      window: 'all',
      hop: '1d',
      type: 'float64',
      where: { column: 'b', op: 'eq', value: true },
    },
  ],
})

export function closureOf(view: FeatureViewData & { version: number; semanticHash: string }): ViewClosure {
  return {
    entities: [
      {
        kind: 'entity',
        name: 'thing',
        key: [
          { name: 'id', type: 'int64' },
          { name: 'part', type: 'string' },
        ],
      },
    ],
    sources: [sampleSource],
    views: [view],
  }
}
export const sampleClosure = closureOf(sampleView())

export function served(
  ...views: (FeatureViewData & { version: number; semanticHash: string })[]
): ServedFeatures {
  return {
    request: [
      { name: 'id', type: 'int64' },
      { name: 'part', type: 'string' },
    ],
    lookups: views.map(view => ({
      view: view.name,
      as: view.name,
      keys: ['id', 'part'],
      features: view.features.map(feature => feature.name),
    })),
    fullNames: true,
    views,
    sources: [sampleSource],
    onDemand: [],
  }
}

/** Rows by what differs; everything else is null. */
export function rowsOf(rows: readonly Partial<Record<keyof typeof types, Value>>[]): Rows {
  return {
    fields: sampleSource.columns,
    rows: rows.map(row => sampleSource.columns.map(column => row[column.name as keyof typeof types] ?? null)),
  }
}

/** Two versions of each of `keys` keys: the value of key k is 10·k + 1 once both are known. */
export function sampleRows(keys: number): Rows {
  return rowsOf(
    Array.from({ length: keys * 2 }, (_, index) => {
      const [key, version] = [Math.floor(index / 2), index % 2]
      return {
        id: BigInt(key),
        part: `p${key % 3}`,
        event: BigInt(version) * hour,
        known: BigInt(version) * hour,
        i: BigInt(key * 10 + version),
      }
    }),
  )
}
