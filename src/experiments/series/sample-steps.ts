/**
 * Steps to show of several runs together: all within the bounds, or when they are more than `limit`, those at
 * ⌊i·n/limit⌋, the last, and every run's least and greatest (as MLflow's bulk interval chooses). Runs are seen one after
 * another, and only their distinct steps are held.
 */
export function createStepSample({
  from = Number.NEGATIVE_INFINITY,
  to = Number.POSITIVE_INFINITY,
  limit,
}: {
  readonly from?: number
  readonly to?: number
  readonly limit: number
}) {
  let all: Float64Array = new Float64Array()
  const bounds: number[] = []
  const isWithin = (step: number | undefined): step is number =>
    step !== undefined && step >= from && step <= to
  return {
    /** The steps of one run, in any order. */
    add(steps: Float64Array): void {
      const distinct = distinctSteps(steps)
      bounds.push(...[distinct[0], distinct.at(-1)].filter(isWithin))
      all = merge(all, between(distinct, from, to))
    },
    chosen(): ReadonlySet<number> {
      if (all.length <= limit) return new Set(all)
      const chosen = new Set<number>([all.at(-1) ?? 0, ...bounds])
      for (let i = 0; i < limit; i++) chosen.add(all[Math.floor((i * all.length) / limit)] ?? 0)
      return chosen
    },
  }
}

/** Ascending. */
function distinctSteps(steps: Float64Array): Float64Array {
  const sorted = isAscending(steps) ? steps : steps.toSorted()
  const distinct = new Float64Array(sorted.length)
  let size = 0
  for (const step of sorted) if (size === 0 || step !== distinct[size - 1]) distinct[size++] = step
  return distinct.subarray(0, size)
}

function isAscending(steps: Float64Array): boolean {
  let before = Number.NEGATIVE_INFINITY
  for (const step of steps) {
    if (step < before) return false
    before = step
  }
  return true
}

function between(ascending: Float64Array, from: number, to: number): Float64Array {
  let [first, end] = [0, ascending.length]
  while (first < end && (ascending[first] ?? 0) < from) first += 1
  while (end > first && (ascending[end - 1] ?? 0) > to) end -= 1
  return ascending.subarray(first, end)
}

/** Of two ascending lists; runs mostly have the same steps. */
function merge(a: Float64Array, b: Float64Array): Float64Array {
  if (a.length === 0) return b
  const merged = new Float64Array(a.length + b.length)
  let [i, j, size] = [0, 0, 0]
  while (i < a.length || j < b.length) {
    const left = a[i] ?? Number.POSITIVE_INFINITY
    const right = b[j] ?? Number.POSITIVE_INFINITY
    if (left <= right) i += 1
    if (right <= left) j += 1
    merged[size++] = Math.min(left, right)
  }
  return merged.subarray(0, size)
}
