/**
 * Steps to show of several runs together: all within the bounds, or when they are more than `limit`, those at
 * ⌊i·n/limit⌋, the last, and every run's least and greatest (as MLflow's bulk interval chooses).
 */
export function sampleSteps(
  runs: readonly Float64Array[],
  { from, to, limit }: { readonly from?: number; readonly to?: number; readonly limit: number },
): ReadonlySet<number> {
  const isWithin = (step: number) => (from === undefined || step >= from) && (to === undefined || step <= to)
  const all = distinctSteps(runs).filter(isWithin)
  if (all.length <= limit) return new Set(all)
  const chosen = new Set<number>([all.at(-1) ?? 0])
  for (let i = 0; i < limit; i++) chosen.add(all[Math.floor((i * all.length) / limit)] ?? 0)
  for (const steps of runs) {
    if (steps.length === 0) continue
    for (const step of boundsOf(steps)) if (isWithin(step)) chosen.add(step)
  }
  return chosen
}

/** Ascending. */
function distinctSteps(runs: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(runs.reduce((sum, { length }) => sum + length, 0))
  let size = 0
  for (const steps of runs) {
    all.set(steps, size)
    size += steps.length
  }
  all.sort()
  return all.filter((step, index) => index === 0 || step !== all[index - 1])
}

function boundsOf(steps: Float64Array): readonly [least: number, greatest: number] {
  let least = Number.POSITIVE_INFINITY
  let greatest = Number.NEGATIVE_INFINITY
  for (const step of steps) {
    if (step < least) least = step
    if (step > greatest) greatest = step
  }
  return [least, greatest]
}
