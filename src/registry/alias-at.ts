import type { Micros } from '../kernel/time.ts'
import type { AliasEvent } from './model.ts'

/** What `alias` pointed to at an instant: the last event at or before it, in the order of the history. */
export function aliasAt(history: readonly AliasEvent[], alias: string, at: Micros): number | null {
  return history.findLast(event => event.alias === alias && event.at <= at)?.version ?? null
}
