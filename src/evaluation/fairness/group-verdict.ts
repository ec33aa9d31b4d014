import {
  type BetweenGroups,
  type BetweenOptions,
  betweenGroups,
  type FairMetric,
  type GroupRate,
} from '../../kernel/statistics/index.ts'
import { disparitySentence } from './sentences.ts'

export interface GroupVerdictRequest extends BetweenOptions {
  readonly metric: FairMetric
  /** Column the groups are values of, for the sentence. */
  readonly column: string
  /** What being acted on is to who is acted on; default a benefit. */
  readonly acting?: 'benefit' | 'burden' | undefined
}

/** The verdict of one `fair` claim on one slice. */
export type GroupVerdict = BetweenGroups & {
  /** Who is worse off, in words. */
  readonly sentence: string
}

/**
 * The verdict of a limit on the difference between any two groups: `groups` are the metric's counts per group, in
 * declared order (monitoring.md §8). ALPHA_OUT_OF_RANGE and INVALID_COUNTS as the counts deserve.
 */
export function groupVerdict(groups: readonly GroupRate[], request: GroupVerdictRequest): GroupVerdict {
  const between = betweenGroups(groups, request)
  return { ...between, sentence: disparitySentence(between, groups, request) }
}
