/** How many of the rising scores are above a value. */
export function countAbove(rising: ArrayLike<number>, value: number): number {
  let low = 0
  let high = rising.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((rising[middle] ?? Number.NaN) > value) high = middle
    else low = middle + 1
  }
  return rising.length - low
}

const word = new BigInt64Array(1)
const double = new Float64Array(word.buffer)

/** The largest double below a finite one: a threshold that acts on this score too, and on none that is lower. */
export function justBelow(value: number): number {
  if (value === 0) return -Number.MIN_VALUE
  double[0] = value
  word[0] = (word[0] ?? 0n) + (value > 0 ? -1n : 1n)
  return double[0]
}

/** Scores of several arrays together, rising. */
export function mergeRising(parts: readonly Float64Array[]): Float64Array {
  const [first] = parts
  if (first && parts.length === 1) return first
  const merged = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    merged.set(part, at)
    at += part.length
  }
  return merged.sort()
}
