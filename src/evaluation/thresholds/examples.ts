import type { ThresholdsReport } from '../reports/thresholds.ts'
import type { JudgedRows } from '../rows.ts'
import type { Effect } from './preview.ts'
import type { Segments } from './segments.ts'

const most = 20

/** Rows newly acted on, the highest scores first (of equals the first rows), with what names them. */
export function newlyActed(
  rows: JudgedRows,
  {
    scores,
    effect,
    segments,
    judge,
  }: {
    readonly scores: Float64Array
    readonly effect: Effect
    readonly segments: Segments
    readonly judge: Int32Array
  },
): ThresholdsReport['examples'] {
  const best: number[] = []
  const scoreOf = (row: number | undefined) => scores[row ?? -1] ?? Number.NEGATIVE_INFINITY
  for (const row of judge) {
    if (effect.after[row] !== 1 || effect.before[row] === 1) continue
    if (best.length === most && scoreOf(row) <= scoreOf(best[most - 1])) continue
    const at = best.findIndex(other => scoreOf(row) > scoreOf(other))
    best.splice(at < 0 ? best.length : at, 0, row)
    best.length = Math.min(best.length, most)
  }
  return best.map(row => ({
    row,
    segment: segments.names[segments.codes[row] ?? -1] ?? '(missing)',
    score: scoreOf(row),
    names: Object.fromEntries(Object.keys(rows.columns).map(name => [name, cellOf(rows, name, row)])),
  }))
}

function cellOf({ columns }: JudgedRows, name: string, row: number): string | number | null {
  const column = columns[name]
  if (column === undefined) return null
  if (!(column instanceof Float64Array)) return column.dictionary[column.codes[row] ?? -1] ?? null
  const value = column[row] ?? Number.NaN
  return Number.isFinite(value) ? value : null
}
