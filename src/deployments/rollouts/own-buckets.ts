import { bucketCount } from '../../kernel/assignment.ts'
import { isFettleError } from '../../kernel/errors/index.ts'
import type { FoldedRollout } from './fold.ts'
import type { RolloutEvent } from './model.ts'
import { controlArm, grow, release, shrink, type TrafficRanges, wholeTraffic } from './traffic-ranges.ts'

/** A rollout as far as buckets follow from it. */
interface Owner {
  readonly id: string
  readonly now: FoldedRollout
  readonly terms: { readonly canary: readonly number[] }
}

interface Owned {
  readonly epoch: number
  readonly ranges: TrafficRanges
}

/** Beyond the first step, in probation, or held from there. */
export function beyondFirst({ state, heldFrom, step }: FoldedRollout): boolean {
  const own = state === 'held' ? heldFrom : state
  return own === 'probation' || (own === 'canary' && (step ?? 0) > 0)
}

const bucketsOf = (percent: number): number => Math.round((percent * bucketCount) / 100)

const takenBy = ({ arms }: TrafficRanges, arm: string): number => arms.get(arm)?.length ?? 0
const free = ({ arms }: TrafficRanges): number =>
  bucketCount - [...arms.values()].reduce((sum, own) => sum + own.length, 0)

/**
 * Who owns which buckets once `event` has moved a rollout (releases.md §9, §14). A new epoch begins with a canary beside
 * which nobody else owns buckets; in probation a rollout has all that no sibling holds. Undefined where they do not suffice.
 */
export function rangesAfter(
  { epoch, ranges, rollouts }: Owned & { readonly rollouts: ReadonlyMap<string, Owner> },
  own: Owner,
  event: RolloutEvent,
): Owned | undefined {
  const begins = event === 'start_canary' && ranges.arms.size === 0
  const from = begins ? wholeTraffic : ranges
  try {
    const moved = movedRanges(from, own, event)
    const all = [...rollouts.values()]
    return { epoch: begins ? epoch + 1 : epoch, ranges: withControl(moved, all) }
  } catch (error) {
    if (isFettleError(error, 'ILLEGAL_WEIGHT')) return undefined
    throw error
  }
}

function movedRanges(ranges: TrafficRanges, { id, now }: Owner, event: RolloutEvent): TrafficRanges {
  switch (event) {
    case 'start_canary':
    case 'step_up':
      return grow(roomFor(ranges, id, bucketsOf(now.weight)), id, bucketsOf(now.weight))
    case 'step_down':
      return shrink(ranges, id, bucketsOf(now.weight))
    case 'start_probation': {
      const alone = release(ranges, controlArm)
      return grow(alone, id, takenBy(alone, id) + free(alone))
    }
    case 'confirm':
    case 'abort':
    case 'roll_back':
      return release(ranges, id)
    default:
      return ranges
  }
}

/** The control arm makes room for a step that needs what it has. */
function roomFor(ranges: TrafficRanges, arm: string, buckets: number): TrafficRanges {
  return buckets - takenBy(ranges, arm) > free(ranges) ? release(ranges, controlArm) : ranges
}

/** A control arm as wide as a first step stands beside challengers that ramp, while there is room for one. */
function withControl(ranges: TrafficRanges, rollouts: readonly Owner[]): TrafficRanges {
  const challengers = rollouts.filter(({ id }) => takenBy(ranges, id) > 0)
  const all = challengers.some(({ now }) => (now.heldFrom ?? now.state) === 'probation')
  if (challengers.length === 0 || all)
    return takenBy(ranges, controlArm) > 0 ? release(ranges, controlArm) : ranges
  const width = bucketsOf(Math.max(...challengers.map(({ terms }) => terms.canary[0] ?? 0)))
  const wider = width > takenBy(ranges, controlArm)
  return wider && width - takenBy(ranges, controlArm) <= free(ranges)
    ? grow(ranges, controlArm, width)
    : ranges
}
