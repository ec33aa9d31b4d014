import type { ColumnRun, Value } from '../../../kernel/values/index.ts'

/** Why a value is null although rows counted. */
export type UndefinedReason = 'overflow' | 'limit'

/** One feature's values for all queries. */
export interface ResultColumn {
  readonly run: ColumnRun
  readonly reasons: ReadonlyMap<number, UndefinedReason>
}

const noReasons: ReadonlyMap<number, UndefinedReason> = new Map()

/** int64 results; NaN stands for null. Exact for whole numbers below 2^53. */
export function integerResult(values: Float64Array): ResultColumn {
  const words = new Int32Array(values.length * 2)
  const valid = new Uint8Array(values.length)
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? Number.NaN
    if (Number.isNaN(value)) continue
    valid[row] = 1
    words[row * 2] = value | 0
    words[row * 2 + 1] = Math.floor(value / 4294967296)
  }
  return { run: { kind: 'fixed', width: 8, bytes: new Uint8Array(words.buffer), valid }, reasons: noReasons }
}

/** float64 results with their own validity. */
export function floatResult(values: Float64Array, valid: Uint8Array): ResultColumn {
  return { run: { kind: 'fixed', width: 8, bytes: new Uint8Array(values.buffer), valid }, reasons: noReasons }
}

export function valueResult(values: readonly Value[], reasons = noReasons): ResultColumn {
  return { run: { kind: 'values', values }, reasons }
}

/** Rows `from … to` of a run. */
export function sliceRun(run: ColumnRun, from: number, to: number): ColumnRun {
  if (run.kind === 'values') return { kind: 'values', values: run.values.slice(from, to) }
  return {
    ...run,
    bytes: run.bytes.subarray(from * run.width, to * run.width),
    valid: run.valid?.subarray(from, to) ?? null,
  }
}

const pieceRows = 2048

/** Cuts columns into batches an engine takes. */
export function* pieces<Column>(
  rows: number,
  slice: (from: number, to: number) => readonly Column[],
): Iterable<{ rows: number; columns: readonly Column[] }> {
  for (let from = 0; from < rows; from += pieceRows) {
    const to = Math.min(rows, from + pieceRows)
    yield { rows: to - from, columns: slice(from, to) }
  }
}
