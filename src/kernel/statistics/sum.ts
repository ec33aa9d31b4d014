/** A running sum with compensation, so that the order of the rows hardly matters. */
export interface CompensatedSum {
  add(value: number): void
  total(): number
}

/**
 * Knuth 1969: the error of each addition is kept beside the sum. Infinite once an infinity was added. The state is a typed
 * array because numbers that a closure changes are allocated anew each time.
 */
export function compensatedSum(): CompensatedSum {
  const state = new Float64Array(2)
  return {
    add(value) {
      const sum = state[0] as number
      const next = sum + value
      const part = next - sum
      state[0] = next
      state[1] = (state[1] as number) + (sum - (next - part) + (value - part))
    },
    total() {
      const [sum = 0, lost = 0] = state
      return Number.isFinite(lost) ? sum + lost : sum
    },
  }
}

/** Compensated sum of the values a function gives for 0 … n − 1. */
export function sumOver(count: number, value: (index: number) => number): number {
  const sum = compensatedSum()
  for (let index = 0; index < count; index++) sum.add(value(index))
  return sum.total()
}
