import { bucketCount, bucketOf } from '../kernel/assignment.ts'
import type { JudgedRows } from './rows.ts'

/** Row numbers, ascending. */
export interface Halves {
  /** Calibration and thresholds are chosen on these. */
  readonly choose: Int32Array
  /** Contracts are judged on these. */
  readonly judge: Int32Array
}

/**
 * Splits rows by entity so that nothing is judged on whom it was chosen (releases.md §2): bucket of the entity's key, or
 * of the row's number where it has none, under a salt of the row set's hash; the lower half chooses. Rows at or after
 * `fittedUntil` (µs since the epoch) are all judge: the fit cannot have seen them.
 */
export function splitHalves(
  { rows, hash, entities, times }: Pick<JudgedRows, 'rows' | 'hash' | 'entities' | 'times'>,
  { fittedUntil = Number.POSITIVE_INFINITY }: { readonly fittedUntil?: number } = {},
): Halves {
  const salt = `split-${hash.replace(/^sha256:/, '').slice(0, 16)}`
  const chooses = (key: string): boolean => bucketOf(salt, key) < bucketCount / 2
  const byCode = entities?.dictionary.map(chooses)
  const half = { choose: new Int32Array(rows), judge: new Int32Array(rows) }
  const size = { choose: 0, judge: 0 }
  for (let row = 0; row < rows; row++) {
    const later = (times?.[row] ?? Number.NEGATIVE_INFINITY) >= fittedUntil
    const own = byCode?.[entities?.codes[row] ?? -1]
    const to = !later && (own ?? chooses(String(row))) ? 'choose' : 'judge'
    half[to][size[to]++] = row
  }
  return { choose: half.choose.slice(0, size.choose), judge: half.judge.slice(0, size.judge) }
}
