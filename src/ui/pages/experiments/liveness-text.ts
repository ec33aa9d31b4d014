import type { RunHead } from '../../../api/tracking-runs.ts'
import type { Zone } from '../../data/preferences.ts'
import { clockText } from '../../format.ts'

/** What stands beside the state of a run whose writer is not heard: `presumed lost since 14:02, inferred`; else nothing. */
export function livenessText({ state, since, inferred }: RunHead['liveness'], zone: Zone): string {
  if (state === 'alive' || state === 'unwatched') return ''
  const from = since === null ? '' : ` since ${clockText(since, zone).time.slice(0, 5)}`
  return `${state === 'lost' ? 'presumed lost' : 'silent'}${from}${inferred ? ', inferred' : ''}`
}
