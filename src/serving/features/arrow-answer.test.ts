import { tableFromIPC, Vector } from 'apache-arrow'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { cellsOf, type FeatureAnswer } from '../../features/index.ts'
import type { FeatureStatus, Value, ValueType } from '../../kernel/values/index.ts'
import { encodeArrowAnswer } from './arrow-answer.ts'
import { arrowColumn, arrowType } from './arrow-columns.ts'

const values: Readonly<Partial<Record<ValueType, fc.Arbitrary<Value>>>> = {
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  float64: fc.double(),
  float32: fc.float(),
  string: fc.string({ unit: 'grapheme' }),
  bool: fc.boolean(),
  timestamp: fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n }),
  date: fc.integer({ min: -719_162, max: 2_932_896 }),
  bytes: fc.uint8Array(),
  'decimal(38,3)': fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }),
  'list<int64>': fc.array(fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))),
}
const types = Object.keys(values) as ValueType[]
const statuses: readonly FeatureStatus[] = ['PRESENT', 'NULL_VALUE', 'NOT_FOUND', 'OUTSIDE_MAX_AGE', 'ERROR']

function answerOf(rows: number, columns: FeatureAnswer['columns']): FeatureAnswer {
  const times = { event: column('timestamp', []).cells, known: column('timestamp', []).cells }
  const view = { name: 'seen', version: 3, kind: 'lookup' as const, watermark: null }
  return {
    shape: {},
    asOf: 1_772_366_400_000_000n,
    rows,
    keys: [],
    columns,
    views: rows === 0 ? [{ ...view, times }] : [{ ...view, times: null }],
    errors: [{ column: 'ä', row: 1, code: 'ONDEMAND_THREW', message: 'thrown “here”' }],
  }
}

const column = (type: ValueType, list: readonly Value[], name = 'x') => ({
  name,
  type,
  lookup: null,
  view: null,
  cells: cellsOf(
    type,
    list,
    list.map((value, row) => (value === null ? (statuses[1 + (row % 4)] ?? 'ERROR') : 'PRESENT')),
  ),
})

/** Values of a vector as Arrow's library reads them; of times, which it rounds to milliseconds, the integers behind. */
function seen(vector: Vector | null): readonly unknown[] {
  if (vector === null) return []
  return Array.from(vector, (value, row) => {
    if (value === null) return null
    if (String(vector.type).startsWith('Timestamp')) return vector.data[0]?.values[row]
    return value instanceof Uint8Array || typeof value !== 'object' ? value : String(value)
  })
}

const tables = fc
  .tuple(fc.integer({ min: 0, max: 20 }), fc.array(fc.constantFrom(...types), { minLength: 1, maxLength: 8 }))
  .chain(([rows, picked]) =>
    fc.tuple(
      ...picked.map((type, index) =>
        fc
          .array(fc.option(values[type] ?? fc.constant(null)), { minLength: rows, maxLength: rows })
          .map(list => ({ type, list, name: `${type} “${index}”` })),
      ),
    ),
  )

it('Arrow’s own library reads what was written, bit for bit', async () => {
  await fc.assert(
    fc.asyncProperty(tables, async columns => {
      const rows = columns[0]?.list.length ?? 0
      const answer = answerOf(
        rows,
        columns.map(({ type, list, name }) => column(type, list, name)),
      )
      const bytes = await encodeArrowAnswer(answer, true)
      // With the beginning that was kept.
      expect(await encodeArrowAnswer(answer, true)).toEqual(bytes)
      const table = tableFromIPC(bytes)
      expect(table.numRows).toBe(rows)
      for (const { type, list, name } of columns) {
        const vector = table.getChild(name)
        expect(String(vector?.type)).toBe(String(arrowType(type)))
        expect(seen(vector)).toEqual(seen(new Vector([arrowColumn(type, list)])))
        expect([...(table.getChild(`${name}__status`) ?? [])]).toEqual(
          list.map((value, row) => (value === null ? 1 + (row % 4) : 0)),
        )
      }
      expect(table.schema.metadata.get('as_of')).toBe('2026-03-01T12:00:00.000000Z')
      expect(table.schema.metadata.get('versions')).toBe('{"seen":3}')
      expect(JSON.parse(table.schema.metadata.get('errors') ?? '')[0].message).toBe('thrown “here”')
    }),
    { numRuns: 300 },
  )
})
