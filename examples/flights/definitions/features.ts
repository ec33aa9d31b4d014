import {
  count,
  entity,
  featureView,
  float64,
  int64,
  looked,
  max,
  mean,
  onDemand,
  request,
  string,
} from 'fettle'
import { departures, landings } from './sources.ts'

export const airport = entity('airport', {
  description: 'An airport by its IATA code',
  key: { airport: string() },
})

export const route = entity('route', {
  description: 'A pair of airports, in this direction',
  key: { origin: string(), destination: string() },
})

export const originLandings = featureView('origin_landings', {
  description: 'How late the flights that left an airport have turned out, as far as they have landed',
  owner: 'connections desk',
  tags: ['lateness'],
  entity: airport,
  source: landings,
  keys: { airport: 'origin' },
  maxAge: '2d',
  freshness: '2h',
  schedule: 'hourly',
  features: f => ({
    landed_3h: count().over('3h'),
    late_share_3h: mean(f.late).over('3h'),
    late_share_24h: mean(f.late).over('24h'),
    lateness_3h: mean(f.lateness).over('3h'),
    worst_delay_3h: max(f.delay).over('3h'),
  }),
})

export const destinationLandings = featureView('destination_landings', {
  description: 'How late the flights into an airport have been',
  owner: 'connections desk',
  tags: ['lateness'],
  entity: airport,
  source: landings,
  keys: { airport: 'destination' },
  maxAge: '2d',
  freshness: '2h',
  features: f => ({
    late_share_3h: mean(f.late).over('3h'),
    lateness_3h: mean(f.lateness).over('3h'),
  }),
})

export const routeLandings = featureView('route_landings', {
  description: 'How late a route usually is',
  owner: 'connections desk',
  tags: ['lateness', 'routes'],
  entity: route,
  source: landings,
  maxAge: '2d',
  freshness: '1d',
  schedule: 'daily',
  features: f => ({
    landed_7d: count().over('7d'),
    late_share_7d: mean(f.late).over('7d'),
  }),
})

export const originDepartures = featureView('origin_departures', {
  description: 'How busy an airport is',
  owner: 'operations',
  tags: ['traffic'],
  entity: airport,
  source: departures,
  keys: { airport: 'origin' },
  maxAge: '2d',
  features: () => ({ departures_1h: count().over('1h') }),
})

export const departureMoment = onDemand('departure_moment', {
  description:
    'The time of day on a circle, and whether the airport is worse today than the route usually is',
  inputs: {
    local_minute: request(int64()),
    lateNow: looked(originLandings, 'late_share_3h', { as: 'origin' }),
    lateUsually: looked(routeLandings, 'late_share_7d', { as: 'route' }),
  },
  outputs: { day_sin: float64(), day_cos: float64(), late_share_change: float64() },
  compute: ({ local_minute, lateNow, lateUsually }) => ({
    day_sin: local_minute === null ? null : Math.sin((local_minute * Math.PI) / 720),
    day_cos: local_minute === null ? null : Math.cos((local_minute * Math.PI) / 720),
    late_share_change: lateNow === null || lateUsually === null ? null : lateNow - lateUsually,
  }),
})
