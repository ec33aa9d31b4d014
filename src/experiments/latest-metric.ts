import type { MetricPoint } from './model.ts'

/** Whether `point` comes after `other` by (step, time, value); NaN is below every number. */
export function isLaterPoint(point: Omit<MetricPoint, 'key'>, other: Omit<MetricPoint, 'key'>): boolean {
  if (point.step !== other.step) return point.step > other.step
  if (point.at !== other.at) return point.at > other.at
  if (Number.isNaN(point.value)) return false
  return Number.isNaN(other.value) || point.value > other.value
}

/** The latest point of each key. */
export function latestPoints(points: readonly MetricPoint[]): ReadonlyMap<string, MetricPoint> {
  const latest = new Map<string, MetricPoint>()
  for (const point of points) {
    const known = latest.get(point.key)
    if (known === undefined || isLaterPoint(point, known)) latest.set(point.key, point)
  }
  return latest
}
