import type { FeatureViewData } from '../../definitions/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import { type Micros, parseDuration, parseTimestamp } from '../../kernel/time.ts'
import type { BuildRecord } from '../ports.ts'
import type { Freshness } from './model.ts'

/** What a materialization did to a view, as it was reported. */
export interface MaterializationFact {
  readonly at: Micros
  readonly pipelineRun: string | null
  readonly version: number
  readonly generation: number
  readonly mode: string
  readonly read: number
  readonly applied: number
  readonly superseded: number
  readonly deferred: number
  readonly skipped: Readonly<Record<string, number>>
  readonly keys: number
  readonly bytes: number
  readonly seconds: number
  readonly watermark: Micros | null
  /** Known time of the newest row that this one merged; null when it merged none. */
  readonly newestKnown: Micros | null
}

export function materializationOf({ report, at, pipelineRun, version }: BuildRecord): MaterializationFact {
  const told = report as Readonly<Record<string, Json>>
  const number = (name: string): number => (typeof told[name] === 'number' ? told[name] : 0)
  const instant = (name: string): Micros | null => {
    const text = told[name]
    return typeof text === 'string' ? (parseTimestamp(text) ?? null) : null
  }
  const skipped = Object.entries((told['skipped'] ?? {}) as Readonly<Record<string, Json>>)
  return {
    at,
    pipelineRun,
    version,
    generation: number('generation'),
    mode: String(told['mode'] ?? ''),
    read: number('read'),
    applied: number('applied'),
    superseded: number('superseded'),
    deferred: number('deferred'),
    skipped: Object.fromEntries(
      skipped.flatMap(([name, count]) => (typeof count === 'number' && count > 0 ? [[name, count]] : [])),
    ),
    keys: number('keys'),
    bytes: number('bytes'),
    seconds: number('milliseconds') / 1000,
    watermark: instant('watermarkAfter'),
    newestKnown: instant('newestKnown'),
  }
}

/** How old a view's newest merged row is at an instant, against what the view says it may be. Newest run first. */
export function freshnessOf(
  view: FeatureViewData,
  runs: readonly MaterializationFact[],
  now: Micros,
): Freshness {
  const limit = view.freshness ?? null
  if (runs.length === 0) return { state: 'never', newestKnown: null, ageSeconds: null, limit }
  const newestKnown = runs.find(each => each.newestKnown !== null)?.newestKnown ?? null
  if (newestKnown === null) return { state: 'never', newestKnown, ageSeconds: null, limit }
  const age = now > newestKnown ? now - newestKnown : 0n
  const state = limit === null ? 'undeclared' : age > parseDuration(limit) ? 'late' : 'fresh'
  return { state, newestKnown, ageSeconds: Number(age) / 1e6, limit }
}
