import type { ColumnRun } from '../../kernel/values/index.ts'
import type { Value } from '../../kernel/values/model.ts'

/** A column of numbers that is filled row by row; what was not set is null. */
export interface FixedColumn<Item> {
  readonly run: ColumnRun
  set(row: number, item: Item): void
}

export function fixedRun(items: Float64Array): FixedColumn<number>
export function fixedRun(items: BigInt64Array): FixedColumn<bigint>
export function fixedRun(items: Float64Array | BigInt64Array): FixedColumn<never> {
  const valid = new Uint8Array(items.length)
  const bytes = new Uint8Array(items.buffer)
  return {
    run: { kind: 'fixed', width: 8, bytes, valid },
    set(row, item) {
      items[row] = item
      valid[row] = 1
    },
  }
}

/** Whole numbers from 0 to 2^53 as int64, without a bigint each. */
export function wholeRun(rows: number): FixedColumn<number> {
  const words = new Uint32Array(rows * 2)
  const valid = new Uint8Array(rows)
  return {
    run: { kind: 'fixed', width: 8, bytes: new Uint8Array(words.buffer), valid },
    set(row, item) {
      // A typed array takes a number modulo 2^32.
      words[2 * row] = item
      words[2 * row + 1] = item / 2 ** 32
      valid[row] = 1
    },
  }
}

/** Values as a run: numbers without a value each. */
export function plainRun(values: readonly Value[], type: string): ColumnRun {
  if (type === 'int64' && typeof values.find(value => value !== null) === 'number')
    return filled(wholeRun(values.length), values as number[])
  if (type === 'float64') return filled(fixedRun(new Float64Array(values.length)), values as number[])
  if (type === 'int64' || type === 'timestamp')
    return filled(fixedRun(new BigInt64Array(values.length)), values as bigint[])
  return { kind: 'values', values }
}

function filled<Item>(column: FixedColumn<Item>, values: readonly (Item | null)[]): ColumnRun {
  values.forEach((value, row) => {
    if (value !== null) column.set(row, value)
  })
  return column.run
}
