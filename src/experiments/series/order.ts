import type { Micros } from '../../kernel/time.ts'

/** A point of one series. */
export interface SeriesPoint {
  readonly step: number
  readonly at: Micros
  /** NaN is a value; infinities are not stored. */
  readonly value: number
}

/** By value, a number before NaN. */
function compareValues(a: number, b: number): number {
  if (a < b) return -1
  if (a > b) return 1
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
}

/** The order of a history: (at, step, value), NaN after numbers. */
export function compareInTime(a: SeriesPoint, b: SeriesPoint): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1
  return a.step - b.step || compareValues(a.value, b.value)
}

/** Whether `point` comes after `other` by (step, at, value); NaN is below every number. */
export function isLater(point: SeriesPoint, other: SeriesPoint): boolean {
  if (point.step !== other.step) return point.step > other.step
  if (point.at !== other.at) return point.at > other.at
  if (Number.isNaN(point.value)) return false
  return Number.isNaN(other.value) || point.value > other.value
}

/** Whether `point` comes before `other` by (step, at, value); NaN is above every number. */
export function isEarlier(point: SeriesPoint, other: SeriesPoint): boolean {
  if (point.step !== other.step) return point.step < other.step
  if (point.at !== other.at) return point.at < other.at
  if (Number.isNaN(point.value)) return false
  return Number.isNaN(other.value) || point.value < other.value
}

/** Equal texts are equal points. */
export function pointIdentity({ at, step, value }: SeriesPoint): string {
  return `${at}/${step}/${value}`
}
