import {
  constant,
  deployment,
  ge,
  lightgbm,
  logistic,
  lookup,
  model,
  threshold,
  trainingSet,
  without,
} from 'fettle'
import {
  departureMoment,
  destinationLandings,
  originDepartures,
  originLandings,
  routeLandings,
} from './features.ts'
import { flights } from './sources.ts'

export const lateFlights = trainingSet('late_flights', {
  description: 'Every flight at the instant it left, with what was known then, and whether it arrived late',
  spine: flights,
  columns: f => [f.flight_id, f.origin, f.destination],
  request: f => [f.distance, f.local_minute, f.weekday],
  lookups: f => [
    lookup(originLandings, { airport: f.origin }, { as: 'origin' }),
    lookup(destinationLandings, { airport: f.destination }, { as: 'destination' }),
    lookup(routeLandings, { origin: f.origin, destination: f.destination }, { as: 'route' }),
    lookup(originDepartures, { airport: f.origin }, { as: 'traffic' }),
  ],
  onDemand: [departureMoment],
  label: { name: 'late', when: f => ge(f.delay, 15) },
  labelMaturity: '1d',
  split: { train: ['2001-01-08', '2001-04-01'], april: ['2001-04-01', '2001-05-01'] },
  fullNames: true,
})

/** What the route adds to the airports: the same rows without it. Built when asked: `fettle training-sets build late_without_routes`. */
export const lateWithoutRoutes = without(lateFlights, ['route', 'departure_moment'], 'late_without_routes')

export const late = model('late', {
  description: 'The aircraft has just left: will it arrive 15 or more minutes late?',
  trainedOn: lateFlights,
  task: 'binary',
  candidates: {
    boosting: lightgbm({ num_leaves: 63, learning_rate: 0.1, n_estimators: 120 }),
    logistic: logistic({ l2: 1 }),
  },
  split: { train: 'train', judge: 'april' },
  metric: 'roc_auc',
  slices: ['month', 'origin'],
  schedule: 'weekly',
})

export const live = deployment('late', {
  description: 'Asked when an aircraft leaves the gate; warns the connecting desk',
  model: late,
  action: threshold('warn', 0.4),
  fallback: constant(0.21),
})
