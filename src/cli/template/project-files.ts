import { parcelsCsv } from './parcels-data.ts'

const definitions = `import {
  constant, count, csv, deployment, entity, featureView, float64, ge, int64, logistic, lookup, mean, model, source, string, threshold,
  timestamp, trainingSet,
} from 'fettle'

export const depot = entity('depot', { description: 'A depot parcels leave from', key: { depot: string() } })

export const parcels = source('parcels', {
  description: 'One row a parcel, at the instant it was shipped; how long it took is known when it is delivered',
  from: csv('data/parcels.csv'),
  columns: {
    parcel_id: int64(),
    depot: string(),
    weight_kg: float64({ unit: 'kg' }),
    shipped_at: timestamp(),
    delivered_at: timestamp(),
    days: int64({ unit: 'd', description: 'days from shipping to delivery' }),
  },
  eventTime: 'shipped_at',
  knownAt: 'delivered_at',
})

export const depotParcels = featureView('depot_parcels', {
  description: 'How fast the parcels of a depot have been, as far as they have arrived',
  entity: depot,
  source: parcels,
  features: f => ({
    parcels_14d: count().over('14d'),
    days_14d: mean(f.days).over('14d'),
  }),
})

export const slowParcels = trainingSet('slow_parcels', {
  description: 'Every parcel at the instant it was shipped, with what was known then, and whether it took four days or more',
  spine: parcels,
  columns: f => [f.parcel_id, f.shipped_at, f.depot],
  request: f => [f.weight_kg],
  lookups: f => [lookup(depotParcels, { depot: f.depot })],
  label: { name: 'slow', when: f => ge(f.days, 4) },
  labelMaturity: '7d',
  split: { train: ['2025-01-13', '2025-02-10'], judge: ['2025-02-10', '2025-02-24'] },
})

export const slow = model('slow', {
  description: 'The parcel has just been shipped: will it take four days or more?',
  trainedOn: slowParcels,
  task: 'binary',
  candidates: { logistic: logistic({ l2: 1 }) },
  split: { train: 'train', judge: 'judge' },
  metric: 'roc_auc',
  slices: ['depot'],
})

export const live = deployment('slow', {
  description: 'Asked when a parcel is shipped',
  model: slow,
  action: threshold('tell_customer', 0.5),
  fallback: constant(0.35),
})
`

/** Files of a new project by path. */
export function projectFiles(name: string): Readonly<Record<string, string>> {
  return {
    'fettle.json': `${JSON.stringify({ project: name, definitions: 'definitions', clock: { replay: '2025-03-03T00:00:00.000000Z' } }, null, 2)}\n`,
    'definitions/parcels.ts': definitions,
    'data/parcels.csv': parcelsCsv(),
    '.gitignore': '.fettle/\nnode_modules/\n',
  }
}
