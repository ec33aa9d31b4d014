import { describe, expectTypeOf, it } from 'vitest'
import type { live } from '../../examples/flights/definitions/late.ts'
import {
  count,
  entity,
  type FeaturesOf,
  featureView,
  ge,
  int64,
  type KeysOf,
  last,
  lookup,
  max,
  mean,
  parquet,
  type RequestOf,
  source,
  string,
  sum,
  timestamp,
  trainingSet,
} from './index.ts'

const airport = entity('airport', { key: { airport: string() } })
const flights = source('flights', {
  from: parquet('f.parquet'),
  columns: {
    origin: string(),
    destination: string(),
    delay: int64(),
    departed_at: timestamp(),
    landed_at: timestamp(),
  },
  eventTime: 'departed_at',
  knownAt: 'landed_at',
})
const delays = featureView('delays', {
  entity: airport,
  source: flights,
  keys: { airport: 'origin' },
  features: f => ({
    n: count().over('1h'),
    total: sum(f.delay).over('1h'),
    mean: mean(f.delay).over('24h'),
    newest: last(f.destination).over('1d'),
    worst: max(f.delay).over('1h'),
  }),
})

describe('types of the language', () => {
  it('infer features and keys of a view', () => {
    expectTypeOf<FeaturesOf<typeof delays>>().toEqualTypeOf<{
      readonly n: number | bigint | null
      readonly total: number | bigint | null
      readonly mean: number | null
      readonly newest: string | null
      readonly worst: number | bigint | null
    }>()
    expectTypeOf<KeysOf<typeof delays>>().toEqualTypeOf<{ readonly airport: string }>()
  })

  it('infer what a caller of a deployment sends', () => {
    expectTypeOf<RequestOf<typeof live>>().toEqualTypeOf<{
      readonly origin: string
      readonly destination: string
      readonly distance: number | bigint
      readonly local_minute: number | bigint
      readonly weekday: number | bigint
    }>()
  })

  it('refuse a misspelt column, a wrong type and a missing key mapping', () => {
    featureView('a', {
      entity: airport,
      source: flights,
      // @ts-expect-error no such column
      keys: { airport: 'origen' },
      features: () => ({ n: count().over('1h') }),
    })
    // @ts-expect-error the source has no column of the key's name, so keys are needed
    featureView('b', { entity: airport, source: flights, features: () => ({ n: count().over('1h') }) })
    featureView('c', {
      entity: airport,
      source: flights,
      keys: { airport: 'origin' },
      // @ts-expect-error the mean of a text
      features: f => ({ m: mean(f.origin).over('1h') }),
    })
    // @ts-expect-error an event time must be a timestamp
    source('d', { from: parquet('f'), columns: { a: string() }, eventTime: 'a' })
    trainingSet('e', {
      spine: flights,
      lookups: f => [lookup(delays, { airport: f.origin })],
      // @ts-expect-error a number is not comparable with a text
      label: { name: 'late', when: f => ge(f.delay, 'x') },
      labelMaturity: '1d',
      split: {},
    })
    trainingSet('g', {
      spine: flights,
      // @ts-expect-error a key needs a column of its type
      lookups: f => [lookup(delays, { airport: f.delay })],
      label: { name: 'late', when: f => ge(f.delay, 15) },
      labelMaturity: '1d',
      split: {},
    })
    featureView('h', {
      entity: airport,
      source: flights,
      keys: { airport: 'origin' },
      // @ts-expect-error not a duration
      features: () => ({ n: count().over('soon') }),
    })
    expectTypeOf(delays.name).toEqualTypeOf<'delays'>()
  })
})
