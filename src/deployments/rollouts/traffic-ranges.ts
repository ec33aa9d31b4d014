import { bucketCount } from '../../kernel/assignment.ts'
import { FettleError } from '../../kernel/errors/index.ts'

/** Who owns which buckets in one assignment epoch (releases.md §9). */
export interface TrafficRanges {
  /** Buckets of every arm but the champion's, in the order they were taken. */
  readonly arms: ReadonlyMap<string, readonly number[]>
  /** Buckets that some arm gave back in this epoch: they are taken again last. */
  readonly touched: ReadonlySet<number>
}

/** Half-open. */
export type BucketRange = readonly [from: number, to: number]

/** Takes from the top; every other arm from below. */
export const controlArm = 'control'
const championArm = 'champion'

export const wholeTraffic: TrafficRanges = { arms: new Map(), touched: new Set() }

/**
 * Widens an arm to so many buckets: the lowest of the champion's that nobody had in this epoch, then those somebody had;
 * for the control arm the highest. Throws ILLEGAL_WEIGHT for fewer than it has, or more than there are.
 */
export function grow(ranges: TrafficRanges, arm: string, buckets: number): TrafficRanges {
  const own = ranges.arms.get(arm) ?? []
  const free = freeBuckets(ranges)
  if (
    arm === championArm ||
    !Number.isInteger(buckets) ||
    buckets < own.length ||
    buckets - own.length > free.length
  )
    throw new FettleError(
      'ILLEGAL_WEIGHT',
      `arm "${arm}" has ${own.length} buckets and cannot grow to ${buckets} of the ${free.length} that are free`,
    )
  const inOrder = arm === controlArm ? free.reverse() : free
  const untouched = inOrder.filter(bucket => !ranges.touched.has(bucket))
  const touched = inOrder.filter(bucket => ranges.touched.has(bucket))
  const taken = [...untouched, ...touched].slice(0, buckets - own.length)
  return { ...ranges, arms: new Map([...ranges.arms, [arm, [...own, ...taken]]]) }
}

/** A step down: the last buckets that were taken go back. Throws ILLEGAL_WEIGHT for more than the arm has. */
export function shrink(ranges: TrafficRanges, arm: string, buckets: number): TrafficRanges {
  const own = ranges.arms.get(arm) ?? []
  if (!Number.isInteger(buckets) || buckets < 0 || buckets > own.length)
    throw new FettleError('ILLEGAL_WEIGHT', `arm "${arm}" has ${own.length} buckets, not ${buckets} or more`)
  const arms = new Map([...ranges.arms, [arm, own.slice(0, buckets)]])
  if (buckets === 0) arms.delete(arm)
  return { arms, touched: new Set([...ranges.touched, ...own.slice(buckets)]) }
}

/** All buckets of an arm go back to the champion, and count as touched. */
export const release = (ranges: TrafficRanges, arm: string): TrafficRanges => shrink(ranges, arm, 0)

function freeBuckets({ arms }: TrafficRanges): number[] {
  const owned = new Set([...arms.values()].flat())
  return Array.from({ length: bucketCount }, (_, bucket) => bucket).filter(bucket => !owned.has(bucket))
}

/** Ranges by arm, the champion's among them; an arm without buckets is not there. */
export function rangesOf(ranges: TrafficRanges): Readonly<Record<string, readonly BucketRange[]>> {
  const all: readonly (readonly [string, readonly number[]])[] = [
    ...ranges.arms,
    [championArm, freeBuckets(ranges)],
  ]
  return Object.fromEntries(
    all.flatMap(([arm, buckets]) => (buckets.length === 0 ? [] : [[arm, contiguous(buckets)]])),
  )
}

/** Ranges by arm without the champion's, which are what is left. */
export function takenRanges({ arms }: TrafficRanges): Readonly<Record<string, readonly BucketRange[]>> {
  return Object.fromEntries(
    [...arms].flatMap(([arm, buckets]) => (buckets.length === 0 ? [] : [[arm, contiguous(buckets)]])),
  )
}

function contiguous(buckets: readonly number[]): readonly BucketRange[] {
  const ranges: [number, number][] = []
  for (const bucket of [...buckets].sort((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last && last[1] === bucket) last[1] = bucket + 1
    else ranges.push([bucket, bucket + 1])
  }
  return ranges
}
