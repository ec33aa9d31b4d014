import { FettleError } from '../../kernel/errors/index.ts'
import type { JudgedRows } from '../rows.ts'
import type { Segments } from './segments.ts'

const dayMicros = 86_400e6

/**
 * Rows of the segments on a busy day: the 95th percentile (⌈0.95 D⌉-th) of their daily counts over the D days, UTC, on which
 * there is any row. Throws THRESHOLD_INFEASIBLE for rows without times.
 */
export function busyDays(
  { times }: Pick<JudgedRows, 'times'>,
  { names, codes }: Segments,
  halves: readonly Int32Array[],
): (segments: readonly number[]) => number {
  const days = new Map<number, Float64Array>()
  for (const half of halves) {
    for (const row of half) {
      const day = Math.floor((times?.[row] ?? Number.NaN) / dayMicros)
      if (Number.isNaN(day)) continue
      let counts = days.get(day)
      if (!counts) {
        counts = new Float64Array(names.length + 1)
        days.set(day, counts)
      }
      const code = codes[row] ?? -1
      const at = code < 0 ? names.length : code
      counts[at] = (counts[at] ?? 0) + 1
    }
  }
  if (days.size === 0)
    throw new FettleError('THRESHOLD_INFEASIBLE', 'the rows have no times, so nothing is known of a day')
  return segments => {
    const volumes = Float64Array.from(days.values(), counts =>
      segments.reduce((sum, code) => sum + (counts[code] ?? 0), 0),
    ).sort()
    return volumes[Math.ceil(0.95 * volumes.length) - 1] ?? 0
  }
}
