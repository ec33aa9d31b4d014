import type { ArmCounts, FrontCounts, ShadowDrops, StepCounters } from './model.ts'

/**
 * What the fronts counted since a step began, from what they count since they started: the increase from look to look. A
 * counter that fell started again from 0, and so did a front that was not there before. The first look of a step is where it
 * begins. Fronts that do not answer keep what they had.
 */
export function countSince(
  since: string,
  now: FrontCounts | null,
  before: StepCounters | undefined,
): StepCounters {
  const isNew = before === undefined || before.since !== since
  const seen = merged(before?.seen ?? [], now?.arms ?? [])
  const drops = now?.shadow.drops ?? {}
  const seenDrops = { ...before?.seenDrops, ...drops }
  return {
    // A step begins when the fronts first say where their counters stand.
    since: isNew && now === null ? '' : since,
    seen,
    sum: isNew
      ? []
      : (now?.arms ?? []).reduce((sum, arm) => added(sum, increase(arm, before.seen)), before.sum),
    seenDrops,
    drops: before === undefined ? {} : addDrops(before.drops, increaseOf(drops, before.seenDrops)),
  }
}

function isSame(one: ArmCounts, other: ArmCounts): boolean {
  return one.router === other.router && one.arm === other.arm && one.release === other.release
}

/** Newer counters in the place of older ones. */
function merged(before: readonly ArmCounts[], now: readonly ArmCounts[]): readonly ArmCounts[] {
  return [...before.filter(old => !now.some(arm => isSame(arm, old))), ...now]
}

function increase(now: ArmCounts, seen: readonly ArmCounts[]): ArmCounts {
  const last = seen.find(each => isSame(each, now))
  if (last === undefined || now.requests < last.requests) return now
  return {
    ...now,
    requests: now.requests - last.requests,
    errors: Math.max(0, now.errors - last.errors),
    slow: Math.max(0, now.slow - last.slow),
    degraded: Math.max(0, now.degraded - last.degraded),
  }
}

/** Sums of an arm and release, over all fronts. */
function added(sum: readonly ArmCounts[], { router: _, ...more }: ArmCounts): readonly ArmCounts[] {
  const known = sum.find(each => each.arm === more.arm && each.release === more.release)
  if (known === undefined) return [...sum, more]
  return sum.map(each => (each === known ? addArms(known, more) : each))
}

export function addArms(one: ArmCounts, other: ArmCounts): ArmCounts {
  return {
    ...one,
    requests: one.requests + other.requests,
    errors: one.errors + other.errors,
    slow: one.slow + other.slow,
    degraded: one.degraded + other.degraded,
  }
}

function increaseOf(now: ShadowDrops, seen: ShadowDrops): ShadowDrops {
  const of = ([reason, count]: [string, number]): [string, number] => {
    const last = seen[reason] ?? 0
    return [reason, count < last ? count : count - last]
  }
  return Object.fromEntries(Object.entries(now).map(of))
}

function addDrops(one: ShadowDrops, other: ShadowDrops): ShadowDrops {
  return Object.fromEntries(
    [...new Set([...Object.keys(one), ...Object.keys(other)])].map(reason => [
      reason,
      (one[reason] ?? 0) + (other[reason] ?? 0),
    ]),
  )
}
