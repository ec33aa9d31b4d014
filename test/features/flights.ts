import { resolve } from 'node:path'
import type {
  FeatureViewData,
  LookupData,
  SourceData,
  WindowFeatureData,
} from '../../src/definitions/model.ts'

/** Folder of the public flights table; tests and benches run from the repository's root. */
export const flightsFolder = resolve('node_modules/vega-datasets/data')

const raw: SourceData = {
  kind: 'source',
  name: 'flights_raw',
  from: { kind: 'parquet', path: 'flights-3m.parquet', rowNumber: 'flight_id' },
  columns: [
    { name: 'flight_id', type: 'int64' },
    { name: 'date', type: 'timestamp' },
    { name: 'delay', type: 'int64' },
    { name: 'distance', type: 'int64' },
    { name: 'origin', type: 'string' },
    { name: 'destination', type: 'string' },
  ],
  eventTime: null,
  knownAt: { kind: 'assumed' },
}

function flightsAt(name: string, eventTime: 'departed_at' | 'landed_at'): SourceData {
  const landed = 'date + to_minutes(30 + distance // 8)'
  return {
    kind: 'source',
    name,
    from: {
      kind: 'sql',
      dialect: 'duckdb',
      parts: [
        `SELECT flight_id, origin, destination, date AS departed_at, ${landed} AS landed_at, delay FROM `,
        { source: 'flights_raw' },
      ],
    },
    columns: [
      { name: 'flight_id', type: 'int64' },
      { name: 'origin', type: 'string' },
      { name: 'destination', type: 'string' },
      { name: 'departed_at', type: 'timestamp' },
      { name: 'landed_at', type: 'timestamp' },
      { name: 'delay', type: 'int64' },
    ],
    eventTime,
    knownAt: { kind: 'column', column: eventTime },
  }
}

/** The flights as departures and as landings, on the local clock (features keyed by origin or route may use it). */
export const flightSources: readonly SourceData[] = [
  raw,
  flightsAt('departures', 'departed_at'),
  flightsAt('landings', 'landed_at'),
]

function counted(name: string, window: string, where?: WindowFeatureData['where']): WindowFeatureData {
  return { kind: 'window', name, op: 'count', window, hop: '1m', type: 'int64', ...(where ? { where } : {}) }
}

const late = { column: 'delay', op: 'ge', value: 15 } as const

function view(
  name: string,
  source: string,
  keys: readonly string[],
  features: readonly WindowFeatureData[],
): FeatureViewData {
  return { kind: 'featureView', name, entity: name, source, keys, at: 'at', knownTime: 'cutoff', features }
}

export const flightViews: readonly FeatureViewData[] = [
  view(
    'origin_landings',
    'landings',
    ['origin'],
    [counted('n3', '3h'), counted('l3', '3h', late), counted('n24', '24h'), counted('l24', '24h', late)],
  ),
  view(
    'route_landings',
    'landings',
    ['origin', 'destination'],
    [counted('rn7', '7d'), counted('rl7', '7d', late)],
  ),
  view('origin_departures', 'departures', ['origin'], [counted('dep1h', '1h')]),
]

export const flightLookups: readonly LookupData[] = flightViews.map(each => ({
  view: each.name,
  as: each.name,
  keys: each.keys,
  features: each.features.map(feature => feature.name),
}))
