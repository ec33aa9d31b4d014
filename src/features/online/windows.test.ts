import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type NaiveEvent, naiveWindow } from '../../../test/oracles/windows-online.ts'
import type { WindowFeatureData } from '../../definitions/model.ts'
import type { Value, ValueType } from '../../kernel/values/index.ts'
import { positive } from './predicate.ts'
import { epochAt, epochRecords, planEpochs } from './window-epochs.ts'
import { planWindows, windowOperators } from './window-plan.ts'
import { windowReader } from './window-reader.ts'

const minute = 60_000_000n
const columns = [
  { name: 'i', type: 'int64' },
  { name: 'f', type: 'float64' },
  { name: 'g', type: 'float32' },
  { name: 's', type: 'string' },
  { name: 'b', type: 'bool' },
  { name: 'd', type: 'decimal(10,2)' },
  { name: 't', type: 'timestamp' },
  { name: 'l', type: 'list<int64>' },
] as const satisfies readonly { name: string; type: ValueType }[]

const maybe = (value: fc.Arbitrary<Value>): fc.Arbitrary<Value> => fc.option(value, { freq: 4 })
const cells = fc.tuple(
  maybe(fc.oneof(fc.bigInt({ min: -5n, max: 5n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))),
  maybe(
    fc.oneof(
      fc.integer({ min: -3, max: 3 }).map(n => n / 4),
      fc.double(),
      fc.constant(-0),
    ),
  ),
  maybe(fc.float()),
  maybe(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 3 }), fc.constantFrom('\uff5e', '\u{1f600}', ''))),
  maybe(fc.boolean()),
  maybe(fc.bigInt({ min: -999n, max: 999n })),
  maybe(fc.bigInt({ min: 0n, max: 10n })),
  maybe(fc.array(fc.bigInt({ min: 0n, max: 3n }), { maxLength: 2 })),
)
/** Around the epoch start at 0, at whole minutes and one microsecond beside them. */
const time = fc
  .tuple(fc.integer({ min: -200, max: 3000 }), fc.constantFrom(-1n, 0n, 1n))
  .map(([m, us]) => BigInt(m) * minute + us)
const nearTime = fc.oneof(
  time,
  fc
    .tuple(fc.integer({ min: -40, max: 40 }), fc.constantFrom(-1n, 0n, 1n))
    .map(([m, us]) => BigInt(m) * minute + us),
)
const event = fc.record({
  event: nearTime,
  known: nearTime,
  lasts: fc.option(fc.integer({ min: 0, max: 60 }), { nil: null, freq: 3 }),
  cells,
})

const windows: readonly (readonly [string, string])[] = [
  ['15m', '5m'],
  ['1h', '1m'],
  ['7m', '7m'],
  ['1d', '1h'],
  ['all', '1d'],
  ['30s', '1us'],
]
const wheres = [
  undefined,
  { column: 'i', op: 'gt', value: 0 },
  { column: 's', op: 'in', value: ['', 'a'] },
  { column: 'f', op: 'le', value: 0 },
] as const
const operands = {
  count: [undefined, 'i', 's', 'l'],
  sum: ['i', 'f', 'g', 'd'],
  mean: ['i', 'f', 'g', 'd'],
  min: ['i', 'f', 's', 'b', 'd', 't', 'l'],
  max: ['i', 'f', 'g', 's', 'b', 't'],
  first: ['i', 'f', 's', 'l'],
  last: ['i', 'f', 's', 'd', 'b'],
  count_distinct: ['i', 'f', 's', 'l', 'b'],
  approx_count_distinct: ['i', 's'],
  var_pop: ['i', 'f', 'd'],
  var_samp: ['i', 'f'],
  stddev_pop: ['g', 'd'],
  stddev_samp: ['i', 'f'],
  first_k: ['i', 's'],
  last_k: ['f', 's', 'l'],
  top_k: ['i', 'f', 's'],
  bottom_k: ['f', 's', 'l'],
  mode: ['i', 'f', 's', 'b', 'l'],
  histogram: ['i', 's', 'b'],
  quantile: ['i', 'f', 'd', 'g'],
  approx_quantile: ['i', 'f'],
  any: ['b'],
  all: ['b'],
  since_last: [undefined],
} as const

function featuresOf(op: keyof typeof operands, latest: boolean): WindowFeatureData[] {
  const all: WindowFeatureData[] = []
  for (const column of operands[op]) {
    windows.forEach(([window, hop], index) => {
      const where = wheres[(index + all.length) % wheres.length]
      all.push({
        kind: 'window',
        name: `f${all.length}`,
        op,
        window,
        hop,
        type: 'int64',
        k: 1 + (all.length % 4),
        p: [0, 0.25, 0.5, 0.9, 1][all.length % 5] ?? 0,
        limit: 1 + (index % 3) * 2,
        ...(column === undefined ? {} : { column }),
        ...(where === undefined || latest ? {} : { where }),
      })
    })
  }
  return all
}

function check(op: keyof typeof operands, knownTime: 'cutoff' | 'latest') {
  const features = featuresOf(op, knownTime === 'latest')
  const plan = planWindows({ name: 'v', knownTime, features }, { columns })
  const read = windowReader(plan)
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 25 }),
      fc.array(time, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 0, max: 3000 }),
      (given, queries, ahead) => {
        const events: NaiveEvent[] = given.map((each, order) => ({
          event: each.event,
          known: each.known,
          order,
          until:
            each.lasts === null || knownTime === 'latest' ? null : each.known + BigInt(each.lasts) * minute,
          row: Object.fromEntries(columns.map(({ name }, j) => [name, each.cells[j] ?? null])),
        }))
        const sorted = [...events].sort(
          (x, y) => Number(x.event - y.event) || Number(x.known - y.known) || x.order - y.order,
        )
        const until = BigInt(ahead) * minute
        const inReach = sorted.filter(each => knownTime === 'latest' || each.known <= until)
        const rows = inReach.map(each => ({
          event: each.event,
          known: each.known,
          until: each.until !== null && each.until <= until ? each.until : null,
          sequence: BigInt(each.order),
          cells: plan.columns.map(column => positive(each.row[column.name] ?? null)),
          holds: plan.predicates.map(predicate => predicate.holds(each.row[predicate.column] ?? null)),
        }))
        const epochs = planEpochs(0n, until)
        const records = new Map(epochRecords(plan, epochs, rows).map(({ epoch, bytes }) => [epoch, bytes]))
        for (const asked of queries) {
          const q = asked < 0n ? -asked % (until + 1n) : asked % (until + 1n)
          const record = records.get(epochAt(epochs, q))
          const answers = read(record && { records: [record], rows: [] }, q)
          features.forEach((feature, j) => {
            expect(
              answers[j],
              `${feature.op}(${feature.column}) over ${feature.window}/${feature.hop} at ${q}`,
            ).toEqual(naiveWindow(feature, columns, inReach, { q, latest: knownTime === 'latest' }))
          })
        }
      },
    ),
    { numRuns: 120 },
  )
}

describe('windows online equal the naive loop, whatever arrives when and is asked when', () => {
  for (const op of Object.keys(operands) as (keyof typeof operands)[]) {
    it(op, () => check(op, 'cutoff'))
  }
  it('also where known time does not matter', () => check('last', 'latest'))
})

it('answers a key without events with 0 counts and nulls', () => {
  const plan = planWindows(
    {
      name: 'v',
      knownTime: 'cutoff',
      features: [...featuresOf('count', false).slice(0, 1), ...featuresOf('sum', false).slice(0, 1)],
    },
    { columns },
  )
  expect(windowReader(plan)(undefined, 0n)).toEqual([0n, null])
})

it('keeps every operator', () => {
  expect([...windowOperators].sort()).toEqual(Object.keys(operands).sort())
})

it('refuses wrong types when a view is planned', () => {
  const plan = (feature: Partial<WindowFeatureData>) => () =>
    planWindows(
      {
        name: 'v',
        knownTime: 'cutoff',
        features: [
          { kind: 'window', name: 'x', op: 'count', window: '1h', hop: '5m', type: 'int64', ...feature },
        ],
      },
      { columns },
    )
  expect(plan({ op: 'histogram', column: 'f' })).toThrowError(
    expect.objectContaining({ code: 'OPERATOR_TYPE' }),
  )
  expect(plan({ op: 'mean', column: 's' })).toThrowError(expect.objectContaining({ code: 'OPERATOR_TYPE' }))
  expect(plan({ hop: '2h' })).toThrowError(expect.objectContaining({ code: 'BAD_WINDOW' }))
  expect(plan({ column: 'nope' })).toThrowError(expect.objectContaining({ code: 'COLUMN_MISSING' }))
})
