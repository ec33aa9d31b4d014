import type { Release } from '../../src/registry/index.ts'

type Lookup = Release['features']['lookups'][number]

/** What one measured deployment eats: float64 fields of the request, and features looked up by its keys. */
export interface Shape {
  readonly name: string
  readonly deployment: string
  readonly fields: readonly string[]
  readonly keys: readonly string[]
  readonly lookups: readonly Lookup[]
  /** Left out: the release logs what it decides. */
  readonly log?: Release['log']
  /** Another release of the same model scores everything too. */
  readonly shadow?: boolean
}

const named = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`)

export const vector30: Shape = {
  name: '30 features in the request',
  deployment: 'vector',
  fields: named('f', 30),
  keys: [],
  lookups: [],
}

export const unlogged30: Shape = {
  ...vector30,
  name: '30 features, log off',
  deployment: 'unlogged',
  log: 'none',
}

export const shadowed30: Shape = {
  ...vector30,
  name: '30 features, with a shadow',
  deployment: 'shadowed',
  shadow: true,
}

export const wide300: Shape = {
  ...vector30,
  name: '300 features',
  deployment: 'wide',
  fields: named('f', 300),
}

export const lookup50: Shape = {
  name: 'one lookup of 50 features',
  deployment: 'lookup',
  fields: ['distance'],
  keys: ['origin'],
  lookups: [{ view: 'airports', as: 'origin', keys: ['origin'], features: named('v', 50) }],
}

/** What flights looks up: both airports and the route. */
export const lookup3: Shape = {
  name: '3 lookups × 8 features',
  deployment: 'late',
  fields: ['distance'],
  keys: ['origin', 'destination'],
  lookups: [
    { view: 'origins', as: 'origin', keys: ['origin'], features: named('v', 8) },
    { view: 'destinations', as: 'destination', keys: ['destination'], features: named('v', 8) },
    { view: 'routes', as: 'route', keys: ['origin', 'destination'], features: named('v', 8) },
  ],
}

export const shapes = [vector30, unlogged30, shadowed30, wide300, lookup50, lookup3] as const

/** Columns of the model, in order. */
export function columnsOf({ fields, lookups }: Shape): readonly string[] {
  return [...fields, ...lookups.flatMap(({ as, features }) => features.map(feature => `${as}__${feature}`))]
}

/** One feature view a lookup. */
export function viewsOf({ lookups }: Shape): Release['features']['views'] {
  return lookups.map(({ view, keys, features }) => ({
    kind: 'featureView',
    name: view,
    entity: view,
    source: view,
    keys: keys.length === 2 ? ['a', 'b'] : ['a'],
    at: 'at',
    knownTime: 'cutoff',
    version: 1,
    semanticHash: `sha256:${view}`,
    features: features.map(feature => ({ kind: 'lookup', name: feature, column: feature, type: 'float64' })),
  }))
}

export function sourcesOf(shape: Shape): Release['features']['sources'] {
  return viewsOf(shape).map(view => ({
    kind: 'source',
    name: view.name,
    from: { kind: 'parquet', path: 'none.parquet' },
    eventTime: 'e',
    knownAt: { kind: 'event' },
    columns: [
      ...view.keys.map(name => ({ name, type: 'string' as const })),
      { name: 'e', type: 'timestamp' },
      ...view.features.map(({ name }) => ({ name, type: 'float64' as const })),
    ],
  }))
}
