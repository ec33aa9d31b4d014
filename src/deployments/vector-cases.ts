import type { VectorCases } from '../kernel/statistics/index.ts'
import { foldRollout, type RolloutRow } from './rollouts/fold.ts'
import { grow, rangesOf, release, type TrafficRanges, wholeTraffic } from './rollouts/traffic-ranges.ts'

interface TrafficOperation {
  readonly op: 'grow' | 'release'
  readonly arm: string
  readonly buckets?: number
}

/** Answers to the vectors of releases about rollouts, by topic. */
export const rolloutCases: VectorCases = {
  'rollout-replay': input => {
    const { state, weight, step, heldFrom, refused } = foldRollout(
      input['rows'] as unknown as readonly RolloutRow[],
      input['steps'] as unknown as readonly number[],
    )
    return {
      state,
      weight,
      step,
      held_from: heldFrom,
      refused: refused && { row: refused.row, code: refused.code },
    }
  },
  'traffic-ranges': input => {
    let ranges: TrafficRanges = wholeTraffic
    const after = (input['ops'] as unknown as readonly TrafficOperation[]).map(({ op, arm, buckets }) => {
      ranges = op === 'grow' ? grow(ranges, arm, buckets ?? 0) : release(ranges, arm)
      return rangesOf(ranges)
    })
    return { ranges_after: after }
  },
}
