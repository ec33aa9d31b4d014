import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import type { CheckData } from '../../src/definitions/index.ts'
import { type CheckOutcome, judge, judgeChecks } from '../../src/features/index.ts'
import type { Field, Rows, Value } from '../../src/kernel/values/index.ts'
import { naiveMeasure } from './naive-checks.ts'

const fields: readonly Field[] = [
  { name: 'part', type: 'int64' },
  { name: 'b', type: 'bool' },
  { name: 'i', type: 'int64' },
  { name: 'j', type: 'int64' },
  { name: 'f', type: 'float64' },
  { name: 'g', type: 'float64' },
  { name: 'h', type: 'float32' },
  { name: 'd', type: 'decimal(10,2)' },
  { name: 's', type: 'string' },
  { name: 't', type: 'timestamp' },
  { name: 'a', type: 'date' },
  { name: 'y', type: 'bytes' },
]

const floats = [0, -0, 1, -1, 0.1, 2.5, NaN, Infinity, -Infinity, 12345.678]
const texts = [
  ...['', 'a', 'B', 'ab', 'NL12', 'xNL12', 'N/A', '😀é', '\uff5e', '😀', 'a\nb', 'a\u2028b', '\u00a0'],
  ...[
    '2026-02-28',
    '2026-02-30',
    '2024-02-29',
    '2026-2-28',
    '0000-01-01',
    '{"a":1}',
    '{"a":"x"}',
    'NaN',
    '[1',
  ],
]
const cells: Readonly<Record<string, readonly Value[]>> = {
  bool: [true, false],
  int64: [0n, 1n, 2n, 3n, -5n, 9_007_199_254_740_993n],
  float64: floats,
  float32: floats.map(Math.fround),
  'decimal(10,2)': [0n, 100n, 250n, -5n, 123_456n],
  string: texts,
  timestamp: [0n, 60_000_000n, 3_600_000_000n, 90_000_000_000n, -1n],
  date: [0, 1, 365, -1],
  bytes: [new Uint8Array(), new Uint8Array([0]), new Uint8Array([255, 1])],
}

const cell = ({ type }: Field): fc.Arbitrary<Value> =>
  fc.oneof(
    { arbitrary: fc.constant(null), weight: 1 },
    { arbitrary: fc.constantFrom(...(cells[type] ?? [])), weight: 4 },
  )
const table = fc.array(fc.tuple(...fields.slice(1).map(cell)), { maxLength: 12 })

type Shape = Pick<CheckData, 'check' | 'columns' | 'params'>
const shape = (
  check: string,
  columns: string | readonly string[],
  params: CheckData['params'] = {},
): Shape => ({
  check,
  columns: [columns].flat(),
  params,
})

/** Checks that both sides can say, over columns of every type. */
const shapes: readonly Shape[] = [
  ...fields
    .slice(1)
    .flatMap(({ name }) => [
      shape('not_missing', name),
      shape('is_missing', name),
      shape('unique', name),
      shape('distinct_count', name, { min: 2, max: 3 }),
      shape('distinct_share', name, { min: 0.75 }),
    ]),
  shape('row_count', [], { min: 3, max: 8 }),
  shape('freshness', 't', { maxAge: '1h' }),
  shape('no_gaps', 't', { maxGap: '1h' }),
  shape('unique_together', ['f', 's'], { missing: 'all' }),
  shape('unique_together', ['g', 'b'], { missing: 'never' }),
  shape('unique_together', ['i', 'b']),
  shape('distinct_within_row', ['f', 'g']),
  shape('distinct_within_row', ['i', 'j']),
  shape('in_set', 'f', { values: [0, 1, 2.5] }),
  shape('in_set', 's', { values: ['a', '😀', ''] }),
  shape('in_set', 'h', { values: [0.1, 0] }),
  shape('not_in_set', 'i', { values: [1, 2] }),
  shape('not_in_set', 'd', { values: [2.5, 0] }),
  shape('in_set', 'b', { values: [true] }),
  shape('distinct_set', 's', { values: ['a', 'B'], relation: 'contains' }),
  shape('distinct_set', 'f', { values: [0, 1, -1], relation: 'within' }),
  shape('distinct_set', 'i', { values: [0, 1], relation: 'equal' }),
  shape('mode_in_set', 'f', { values: [0] }),
  shape('mode_in_set', 's', { values: ['a', '😀é'] }),
  shape('between', 'f', { min: 0, max: 2.5, strictMin: true }),
  shape('between', 'h', { min: -1, max: 0.1 }),
  shape('between', 'i', { min: 1, strictMax: true, max: 3 }),
  shape('between', 'd', { min: 0, max: 2.5, strictMax: true }),
  shape('between', 's', { min: 'B', max: '\uff5e', strictMax: true }),
  shape('between', 't', { min: '1970-01-01T00:00:00Z' }),
  shape('between', 'a', { min: '1970-01-01', max: '1970-12-31' }),
  shape('min_between', 'f', { min: 0 }),
  shape('max_between', 's', { max: '\uff5e' }),
  shape('max_between', 'h', { max: 100 }),
  shape('min_between', 'a', { min: '1970-01-01' }),
  shape('mean_between', 'f', { min: 0, max: 5000 }),
  shape('mean_between', 'd', { min: 0, max: 50.5 }),
  shape('sum_between', 'g', { max: 13000 }),
  shape('stddev_between', 'f', { max: 3.3 }),
  shape('stddev_between', 'd', { max: 3.3 }),
  shape('quantiles_between', 'f', {
    quantiles: [
      { q: 0.5, min: 0 },
      { q: 0.9, max: 2 },
    ],
  }),
  shape('quantiles_between', 'i', { quantiles: [{ q: 0.25, max: 1.3 }] }),
  shape('zscore_below', 'f', { below: 1.37 }),
  shape('zscore_below', 'd', { below: 1.37, method: 'mad' }),
  shape('zscore_below', 'g', { below: 2.2, center: 0.5, spread: 0.7 }),
  shape('length_between', 's', { min: 1, max: 2 }),
  shape('matches', 's', { patterns: ['NL[0-9]+', '^.$'] }),
  shape('matches', 's', { patterns: ['[a-z]', '\\d'], mode: 'all' }),
  shape('matches', 's', { patterns: ['^a.b$', '\\s', '^..$'] }),
  shape('not_matches', 's', { patterns: ['^x', '\\bab\\b', '[^\\x00-\\x7f]'] }),
  shape('parses_as_time', 's', { format: '%Y-%m-%d' }),
  shape('parses_as_json', 's', { schema: { type: 'object', properties: { a: { type: 'integer' } } } }),
  shape('monotonic', 'i', { by: 't', direction: 'increasing', strict: true }),
  shape('monotonic', 'f', { by: 'j', direction: 'decreasing', strict: false }),
  shape('pair_compare', ['f', 'g'], { op: 'ge', missing: 'both' }),
  shape('pair_compare', ['i', 'j'], { op: 'gt' }),
  shape('pair_compare', ['f', 'g'], { op: 'eq', missing: 'never' }),
  shape('pair_in_set', ['i', 's'], {
    pairs: [
      [1, 'a'],
      [0, ''],
    ],
  }),
  shape('sum_across', ['f', 'g'], { equals: 'h', abs: 0.5, rel: 0.1 }),
  shape('sum_across', ['i', 'd'], { equals: 3.5, abs: 0.25 }),
]

const missingValues: Readonly<Record<string, readonly (string | number)[]>> = {
  s: ['', 'N/A'],
  f: [12345.678],
}
const modifiers = fc.record({
  mostly: fc.constantFrom(1, 0.5, 0.75, 0.333333),
  required: fc.boolean(),
  sentinels: fc.boolean(),
})

const tablesOfSession = 60

describe('checks in SQL and one row at a time', () => {
  it('come to the same states and counts on every table', { timeout: 900_000 }, async () => {
    const engine = createDuckDBEngine({ threads: 1 })
    const session = await engine.open({ projectFolder: '.' })
    let round = 0
    const chunk = fc.tuple(
      fc.array(table, { minLength: tablesOfSession, maxLength: tablesOfSession }),
      fc.array(fc.tuple(fc.subarray([...shapes], { minLength: 4, maxLength: 4 }), modifiers), {
        minLength: tablesOfSession,
        maxLength: tablesOfSession,
      }),
    )
    await fc.assert(
      fc.asyncProperty(chunk, async ([tables, suites]) => {
        const rows: Rows = {
          fields,
          rows: tables.flatMap((each, part) => each.map(row => [BigInt(part), ...row])),
        }
        const relation = `t${round++}`
        await session.addRows(relation, rows)
        const checks = suites.flatMap(([picked, { sentinels, ...modifier }], part) =>
          picked.map((each, index): CheckData => {
            const given = sentinels ? missingValues[each.columns[0] ?? ''] : undefined
            return {
              ...each,
              ...modifier,
              name: `c${part}_${index}`,
              severity: 'warn',
              where: { column: 'part', op: 'eq', value: part },
              ...(given && each.columns.length === 1 ? { missingValues: given } : {}),
            }
          }),
        )
        const facts = { now: 3_700_000_000n, history: [], missing: {} }
        const judged = await judgeChecks(
          session,
          { relation, columns: fields, other: () => relation },
          { checks, facts },
        )
        for (const check of checks) {
          const expected = judge(check, naiveMeasure(check, rows), { columns: fields, facts })
          const found = judged.get(check)?.outcome
          expect({ check, outcome: rounded(found) }).toEqual({ check, outcome: rounded(expected) })
        }
      }),
      { numRuns: Number(process.env['FETTLE_FUZZ_RUNS'] ?? 12), seed: 7, endOnFailure: true },
    )
    await session.close()
  })
})

/** Aggregates agree to 1e-12 relative. */
function rounded(outcome: CheckOutcome | undefined): unknown {
  const round = (value: unknown): unknown =>
    typeof value === 'number' ? (value === 0 ? 0 : Number(value.toPrecision(11))) : value
  const observed = outcome?.observed
  return { ...outcome, observed: Array.isArray(observed) ? observed.map(round) : round(observed) }
}
