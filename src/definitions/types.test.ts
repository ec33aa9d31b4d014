import { describe, expect, expectTypeOf, it } from 'vitest'
import type { live } from '../../examples/flights/definitions/late.ts'
import {
  any,
  approxCountDistinct,
  count,
  entity,
  exists,
  type FeaturesOf,
  featureView,
  first,
  ge,
  histogram,
  int64,
  isNotNull,
  type KeysOf,
  last,
  lastK,
  later,
  lookup,
  max,
  mean,
  mode,
  parquet,
  quantile,
  type RequestOf,
  sinceLast,
  source,
  stddevPop,
  string,
  sum,
  timestamp,
  topK,
  trainingSet,
  without,
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

  it('infer what every operator gives', () => {
    const wide = featureView('wide', {
      entity: airport,
      source: flights,
      keys: { airport: 'origin' },
      features: f => ({
        distinct: approxCountDistinct(f.destination).over('1h'),
        spread: stddevPop(f.delay).where(isNotNull(f.delay)).over('7d', { hop: '1h' }),
        oldest: first(f.departed_at).over('all'),
        newest: lastK(f.delay, 3).over('1d'),
        most: topK(f.destination, 2).over('1d'),
        often: mode(f.destination).over('1d'),
        counts: histogram(f.destination, { limit: 10 }).over('1d'),
        median: quantile(f.delay, 0.5).over('1d'),
        quiet: sinceLast().over('1d'),
      }),
    })
    expectTypeOf<FeaturesOf<typeof wide>>().toEqualTypeOf<{
      readonly distinct: number | bigint | null
      readonly spread: number | null
      readonly oldest: string | null
      readonly newest: readonly (number | bigint | null)[] | null
      readonly most: readonly (string | null)[] | null
      readonly often: string | null
      readonly counts: Readonly<Record<string, number | bigint | null>> | null
      readonly median: number | null
      readonly quiet: number | null
    }>()
  })

  it('refuse operators over types they do not take', () => {
    featureView('wrong', {
      entity: airport,
      source: flights,
      keys: { airport: 'origin' },
      features: f => ({
        // @ts-expect-error a quantile of a text
        a: quantile(f.origin, 0.5).over('1d'),
        // @ts-expect-error any() takes truth values
        b: any(f.delay).over('1d'),
        // @ts-expect-error times are not counted by value
        c: histogram(f.departed_at).over('1d'),
      }),
    })
  })

  it('know views of time alone, whose lookups take no key', () => {
    const weather = featureView('weather', {
      source: flights,
      features: f => ({ delay: f.delay }),
    })
    expectTypeOf<keyof KeysOf<typeof weather>>().toEqualTypeOf<never>()
    const joined = lookup(weather, {})
    expect([weather.entity, weather.keys, joined.data.keys]).toEqual([null, [], []])
  })

  it('check labels of later events against both sources', () => {
    const landed = source('landed', {
      from: parquet('l.parquet'),
      columns: { flight: string(), minutes: int64(), landed_at: timestamp() },
      eventTime: 'landed_at',
    })
    const set = trainingSet('later', {
      spine: flights,
      lookups: f => [lookup(delays, { airport: f.origin })],
      label: {
        name: 'total',
        later: later(landed, l => sum(l.minutes)),
        horizon: '1d',
        keys: f => ({ flight: f.origin }),
      },
      labelMaturity: '1d',
      split: {},
    })
    expect(set.label).toEqual({
      kind: 'later',
      name: 'total',
      known: 'maturity',
      source: 'landed',
      op: 'sum',
      column: 'minutes',
      horizon: '1d',
      keys: [{ spine: 'origin', source: 'flight' }],
    })
    trainingSet('wrong_key', {
      spine: flights,
      lookups: () => [],
      label: {
        name: 'landed',
        later: exists(landed),
        horizon: '1d',
        // @ts-expect-error a text key needs a column of text
        keys: f => ({ flight: f.delay }),
      },
      labelMaturity: '1d',
      split: {},
    })
    expect(() => later(landed, l => mode(l.minutes))).toThrow(/cannot be mode/)
    expect(() => later(landed, l => sum(l.minutes).where(isNotNull(l.minutes)))).toThrow(/where/)
  })

  it('keep the spine, split and label of a set without some features', () => {
    const set = trainingSet('full', {
      spine: flights,
      request: f => [f.delay],
      lookups: f => [lookup(delays, { airport: f.origin }, { as: 'origin' })],
      label: { name: 'late', when: f => ge(f.delay, 15) },
      labelMaturity: '1d',
      split: { train: ['2001-01-01', '2001-02-01'] },
    })
    const less = without(set, ['origin:n', 'mean', 'delay'])
    expectTypeOf<typeof less>().toExtend<typeof set extends { name: 'full' } ? { name: string } : never>()
    expect(less).toMatchObject({
      name: 'full__without__origin_n__mean__delay',
      spine: { source: 'flights', order: ['origin'] },
      label: set.label,
      splits: set.splits,
      request: [],
      columns: ['departed_at', 'delay'],
      lookups: [{ as: 'origin', features: ['total', 'newest', 'worst'] }],
    })
    expect(without(set, ['origin']).lookups).toEqual([])
    expect(() => without(set, ['nothing'])).toThrow('training set "full" has no input "nothing"')
  })
})
