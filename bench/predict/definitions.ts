import type { Release } from '../../src/registry/index.ts'

const features = Array.from({ length: 8 }, (_, i) => `f${i}`)

export const views: Release['features']['views'] = ['origins', 'destinations', 'routes'].map(name => ({
  kind: 'featureView',
  name,
  entity: name,
  source: name,
  keys: name === 'routes' ? ['a', 'b'] : ['a'],
  at: 'at',
  knownTime: 'cutoff',
  version: 1,
  semanticHash: `sha256:${name}`,
  features: features.map(feature => ({ kind: 'lookup', name: feature, column: feature, type: 'float64' })),
}))

export const sources: Release['features']['sources'] = views.map(view => ({
  kind: 'source',
  name: view.name,
  from: { kind: 'parquet', path: 'none.parquet' },
  eventTime: 'e',
  knownAt: { kind: 'event' },
  columns: [
    ...view.keys.map(name => ({ name, type: 'string' as const })),
    { name: 'e', type: 'timestamp' },
    ...features.map(name => ({ name, type: 'float64' as const })),
  ],
}))

export const lookups: Release['features']['lookups'] = [
  { view: 'origins', as: 'origin', keys: ['origin'], features },
  { view: 'destinations', as: 'destination', keys: ['destination'], features },
  { view: 'routes', as: 'route', keys: ['origin', 'destination'], features },
]

export const featureNames = lookups.flatMap(lookup =>
  lookup.features.map(feature => `${lookup.as}__${feature}`),
)
