import {
  asked,
  atMost,
  better,
  byColumn,
  byMonth,
  constant,
  deployment,
  feedback,
  ge,
  lightgbm,
  logistic,
  lookup,
  model,
  noWorse,
  purpose,
  reason,
  reasons,
  relative,
  rollout,
  script,
  targetFpr,
  threshold,
  trainingSet,
  within,
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
  columns: f => [f.flight_id, f.origin, f.origin_state, f.destination],
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
  split: {
    train: ['2001-01-08', '2001-04-01'],
    april: ['2001-04-01', '2001-05-01'],
    may: ['2001-05-01', '2001-05-10'],
  },
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
    deeper: asked(lightgbm({ num_leaves: 127, learning_rate: 0.1, n_estimators: 150 })),
    eager: asked(script('trainers/eager.py', { num_leaves: 127, learning_rate: 0.1, n_estimators: 150 })),
    too_clean: asked(
      script('trainers/too_clean.py', { num_leaves: 127, learning_rate: 0.1, n_estimators: 150 }),
    ),
  },
  split: { train: 'train', judge: 'april' },
  metric: 'roc_auc',
  slices: ['month', 'origin'],
  schedule: 'weekly',
})

/** Airports whose desks are warned most. */
const desks = ['ATL', 'DFW', 'LAX', 'ORD']

/** Airports that are answered for one by one: the largest, and two that are far from everything. */
const answeredFor = ['ATL', 'BOS', 'DFW', 'EWR', 'HNL', 'LAX', 'ORD', 'PHX', 'SEA', 'SFO']

export const live = deployment('late', {
  description: 'Asked when an aircraft leaves the gate; warns the connecting desk',
  model: late,
  action: threshold('warn', {
    start: 0.4,
    target: targetFpr(0.1),
    per: 'origin',
    within: ['origin_state'],
    maxStep: 0.2,
  }),
  fallback: constant(0.21),
  slices: [byColumn('origin', answeredFor), byMonth(), byColumn('destination', desks, 'desk')],
  contracts: [
    atMost('fpr', 0.15).on('origin'),
    better('roc_auc'),
    noWorse('recall', { margin: 0.1 }).on('origin'),
    noWorse('fpr', { margin: 0.04 }).on('origin'),
    noWorse('recall', { margin: 0.03 }).on('month').watched(),
    within('action_rate', { margin: relative(0.3, { floor: { rate: 0.03 } }) })
      .on('origin')
      .watched(),
    // What no held-out row shows: what a desk has to live with, counted in its own traffic before it has to.
    within('action_rate', { margin: 0.15 }).on('desk').at('shadow'),
  ],
  // Hours and days in real life; seconds here, so that all of it can be seen. The numbers of rows are no settings.
  rollout: rollout({
    shadow: '15s',
    canary: [10, 50],
    stepTime: ['10s'],
    probation: '15s',
    standby: '10m',
    look: '2s',
    unit: ['origin', 'destination'],
  }),
  feedback: [feedback('late', { is: 'label', within: '20s' })],
  purpose: purpose({
    audience: 'The desk that rebooks passengers who will miss a connection',
    story:
      'When a flight leaves the gate, the desk of the airport it goes to learns whether it will be late, and rebooks before the queue forms. An airport that is warned of nothing is worse off than without us: its desk has stopped looking.',
    number: {
      name: 'passengers rebooked before landing',
      unit: 'share of missed connections',
      direction: 'up',
      baseline: 0.31,
      target: 0.4,
      matters: 0.02,
    },
    owner: 'connections',
    review: '90d',
  }),
  reasons: reasons({
    reviewedBy: 'connections desk',
    version: '1',
    reasons: [
      reason(
        'late_origin',
        [
          'origin__late_share_3h',
          'origin__late_share_24h',
          'origin__lateness_3h',
          'origin__worst_delay_3h',
          'late_share_change',
        ],
        'Flights from this airport have been arriving late',
      ),
      reason(
        'late_destination',
        ['destination__late_share_3h', 'destination__lateness_3h'],
        'Flights to the destination have been arriving late',
      ),
      reason(
        'late_route',
        ['route__late_share_7d', 'route__landed_7d'],
        'This route has been late in the last week',
      ),
      reason(
        'busy_airport',
        ['traffic__departures_1h', 'origin__landed_3h'],
        'The airport is busier or quieter than usual',
      ),
      reason(
        'time_of_day',
        ['local_minute', 'day_sin', 'day_cos', 'weekday'],
        'Flights that leave at this time of the week are late more often',
      ),
      reason('length', ['distance'], 'Flights of this length are late more often'),
    ],
  }),
})
