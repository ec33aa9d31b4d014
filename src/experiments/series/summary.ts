import type { Micros } from '../../kernel/time.ts'
import { isEarlier, isLater, type SeriesPoint } from './order.ts'

/** What is known of a series without reading it. */
export interface SeriesFacts {
  points: number
  /** Greatest step and time of all points: a point beyond either is new. */
  maxStep: number
  maxAt: Micros
  first: SeriesPoint
  latest: SeriesPoint
  /** Of equal values the first by (step, at); null while every value is NaN. */
  least: SeriesPoint | null
  greatest: SeriesPoint | null
}

export function factsOf(point: SeriesPoint): SeriesFacts {
  const extreme = Number.isNaN(point.value) ? null : point
  return {
    points: 1,
    maxStep: point.step,
    maxAt: point.at,
    first: point,
    latest: point,
    least: extreme,
    greatest: extreme,
  }
}

/**
 * Takes a point in that the series does not hold yet. Answers whether first, least or greatest changed: mostly they do
 * not, and need not be written.
 */
export function addPoint(facts: SeriesFacts, point: SeriesPoint): boolean {
  facts.points += 1
  if (point.step > facts.maxStep) facts.maxStep = point.step
  if (point.at > facts.maxAt) facts.maxAt = point.at
  let changed = false
  if (isLater(point, facts.latest)) facts.latest = point
  else if (isEarlier(point, facts.first)) {
    facts.first = point
    changed = true
  }
  if (Number.isNaN(point.value)) return changed
  if (isExtreme(point, facts.least, -1)) {
    facts.least = point
    changed = true
  }
  if (!isExtreme(point, facts.greatest, 1)) return changed
  facts.greatest = point
  return true
}

function isExtreme(point: SeriesPoint, known: SeriesPoint | null, sign: 1 | -1): boolean {
  if (known === null) return true
  if (point.value !== known.value) return sign > 0 ? point.value > known.value : point.value < known.value
  return point.step !== known.step ? point.step < known.step : point.at < known.at
}
