/** What is known when a build of a candidate is considered. */
export interface RetrainFacts {
  readonly quality: 'pass' | 'fail' | 'inconclusive'
  readonly drift: 'none' | 'trigger' | 'suppressed_cooldown'
  readonly performance: 'ok' | 'worse' | 'inconclusive' | 'distrusted'
  readonly scheduleDue: boolean
}

/** What to do; a build is a candidate and changes nothing that serves. */
export type RetrainDecision =
  | { readonly action: 'incident' | 'hold' | 'none'; readonly build: false }
  | { readonly action: 'build'; readonly build: true; readonly reason: 'schedule' | 'performance' | 'drift' }

/** The order of gates for a build (monitoring.md §3.5): quality, schedule, performance, drift. Broken data never retrains. */
export function retrainGate({ quality, drift, performance, scheduleDue }: RetrainFacts): RetrainDecision {
  if (quality === 'fail') return { action: 'incident', build: false }
  if (quality !== 'pass') return { action: 'hold', build: false }
  if (scheduleDue) return { action: 'build', build: true, reason: 'schedule' }
  if (performance === 'worse') return { action: 'build', build: true, reason: 'performance' }
  if (drift === 'trigger') return { action: 'build', build: true, reason: 'drift' }
  return { action: 'none', build: false }
}
