import type { Duration } from '../kernel/time.ts'
import type { PurposeData } from './release-terms.ts'
import { canonicalDuration } from './source.ts'

export interface PurposeOptions extends Omit<PurposeData, 'review'> {
  /** How long it may go without somebody looking at the number; at most 90d. */
  readonly review: Duration
}

/**
 * Why a deployment exists: a press release of at most 600 characters in its readers' words, and one number the company
 * follows anyway, from its baseline to its target. `matters` is the smallest change that matters, in the number's unit.
 */
export function purpose({ number, review, ...said }: PurposeOptions): PurposeData {
  return Object.freeze({ ...said, number: Object.freeze({ ...number }), review: canonicalDuration(review) })
}
