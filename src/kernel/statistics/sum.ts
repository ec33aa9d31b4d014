/** A running sum with Neumaier's compensation, so that the order of the rows hardly matters. */
export interface CompensatedSum {
  add(value: number): void
  total(): number
}

/** Neumaier 1974: the error of each addition is kept beside the sum. Infinite once an infinity was added. */
export function compensatedSum(): CompensatedSum {
  let sum = 0
  let lost = 0
  return {
    add(value) {
      const next = sum + value
      lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum
      sum = next
    },
    total: () => (Number.isFinite(lost) ? sum + lost : sum),
  }
}

/** Compensated sum of the values a function gives for 0 … n − 1. */
export function sumOver(count: number, value: (index: number) => number): number {
  const sum = compensatedSum()
  for (let index = 0; index < count; index++) sum.add(value(index))
  return sum.total()
}
