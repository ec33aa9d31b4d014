import type { SeriesPoint } from '../series/order.ts'
import type { SeriesFacts } from '../series/summary.ts'
import type { AlertTest } from './model.ts'

/** A series with the points that were added to it just now. */
export interface GrownSeries {
  readonly facts: SeriesFacts
  readonly pending: readonly SeriesPoint[]
}

/** What a test finds in the points that were added, in words. */
export function findingOf(
  test: AlertTest,
  series: ReadonlyMap<string, GrownSeries | null>,
): string | undefined {
  if (test.kind === 'nan' && test.key === undefined) {
    for (const [key, grown] of series) {
      const found = grown === null ? undefined : findNaN(key, grown)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (!('key' in test) || test.key === undefined) return undefined
  const grown = series.get(test.key)
  if (grown == null || grown.pending.length === 0) return undefined
  if (test.kind === 'nan') return findNaN(test.key, grown)
  return test.kind === 'bound' ? findOutside(test, grown) : findStall(test, grown)
}

function findNaN(key: string, { pending }: GrownSeries): string | undefined {
  const point = pending.find(({ value }) => Number.isNaN(value))
  return point && `${key} became NaN at step ${point.step}`
}

function findOutside(
  { key, above = Number.POSITIVE_INFINITY, below = Number.NEGATIVE_INFINITY }: AlertTest & { kind: 'bound' },
  { pending }: GrownSeries,
): string | undefined {
  const point = pending.find(({ value }) => value > above || value < below)
  if (point === undefined) return undefined
  const bound = point.value > above ? `above ${above}` : `below ${below}`
  return `${key} is ${point.value} at step ${point.step}, ${bound}`
}

function findStall(
  { key, steps, better }: AlertTest & { kind: 'stalled' },
  { facts: { least, greatest, maxStep } }: GrownSeries,
): string | undefined {
  const best = better === 'lower' ? least : greatest
  if (best === null || maxStep - best.step < steps) return undefined
  return `${key} has not improved on ${best.value} for ${maxStep - best.step} steps, since step ${best.step}`
}
