import type { SeriesPoint } from '../../../../experiments/ports.ts'
import { fromSortable, micros } from '../../columns.ts'

export function toPoint(step: number, at: number | bigint, nan: number, value: number | bigint): SeriesPoint {
  return { step, at: micros(at), value: nan === 1 ? Number.NaN : fromSortable(value) }
}
