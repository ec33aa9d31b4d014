import { tableFromIPC } from 'apache-arrow'
import { expect, it } from 'vitest'
import type { Batch } from '../../features/index.ts'
import type { Field, Value } from '../../kernel/values/index.ts'
import { encodeArrow } from './index.ts'

async function* batchesOf(columns: readonly (readonly Value[])[]): AsyncIterable<Batch> {
  const rows = columns[0]?.length ?? 0
  for (let from = 0; from < rows; from += 2) {
    const pieces = columns.map(values => ({ kind: 'values' as const, values: values.slice(from, from + 2) }))
    yield { rows: Math.min(2, rows - from), columns: pieces }
  }
}

const encoded = async (fields: readonly Field[], columns: readonly (readonly Value[])[]) =>
  tableFromIPC(await encodeArrow(fields, batchesOf(columns)))

it('writes every type, nulls among them, in several pieces', async () => {
  const table = await encoded(
    [
      { name: 'n', type: 'int64' },
      { name: 'x', type: 'float64' },
      { name: 'f', type: 'float32' },
      { name: 's', type: 'string' },
      { name: 'b', type: 'bool' },
      { name: 'y', type: 'bytes' },
      { name: 't', type: 'timestamp' },
      { name: 'd', type: 'date' },
      { name: 'l', type: 'list<int64>' },
      { name: 'm', type: 'map<string,int64>' },
    ],
    [
      [9007199254740993n, null, -1n],
      [-0, null, Number.NaN],
      [Math.fround(0.1), null, 2],
      ['x', null, '\u{1f600}'],
      [true, null, false],
      [Uint8Array.of(0, 255), null, Uint8Array.of()],
      [978307200000001n, null, -62135596800000000n],
      [19782, null, -1],
      [[1n, null], null, []],
      [new Map([['a', 1n]]), null, new Map()],
    ],
  )
  expect(table.numRows).toBe(3)
  const data = (name: string) =>
    table
      .getChild(name)
      ?.data.map(each => Array.from(each.values as ArrayLike<unknown>).slice(0, each.length))
  expect(table.getChild('n')?.toJSON()).toEqual([9007199254740993n, null, -1n])
  expect(Object.is(table.getChild('x')?.get(0), -0)).toBe(true)
  expect(table.getChild('x')?.get(2)).toBeNaN()
  expect(table.getChild('f')?.toJSON()).toEqual([Math.fround(0.1), null, 2])
  expect(table.getChild('s')?.toJSON()).toEqual(['x', null, '\u{1f600}'])
  expect(table.getChild('b')?.toJSON()).toEqual([true, null, false])
  expect(table.getChild('y')?.get(0)).toEqual(Uint8Array.of(0, 255))
  expect(data('t')?.flat()).toEqual([978307200000001n, 0n, -62135596800000000n])
  expect(data('d')?.flat()).toEqual([19782, 0, -1])
  expect(table.getChild('l')?.get(0)?.toJSON()).toEqual([1n, null])
  expect(table.getChild('m')?.get(0)?.toJSON()).toEqual({ a: 1n })
  expect(table.schema.fields.map(field => String(field.type))).toEqual([
    'Int64',
    'Float64',
    'Float32',
    'Utf8',
    'Bool',
    'Binary',
    'Timestamp<MICROSECOND, UTC>',
    'Date32<DAY>',
    'List<Int64>',
    expect.stringContaining('Map<'),
  ])
})

it('writes decimals exactly', async () => {
  const table = await encoded([{ name: 'a', type: 'decimal(38,2)' }], [[-5n, null, 10n ** 37n]])
  const words = [0, 2].map(row => table.getChild('a')?.get(row) as Uint32Array)
  const value = (each: Uint32Array) =>
    BigInt.asIntN(
      128,
      Array.from(each).reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n),
    )
  expect(words.map(value)).toEqual([-5n, 10n ** 37n])
})

it('writes a set without rows as a schema', async () => {
  const table = await encoded([{ name: 'n', type: 'int64' }], [[]])
  expect([table.numRows, table.schema.names]).toEqual([0, ['n']])
})
