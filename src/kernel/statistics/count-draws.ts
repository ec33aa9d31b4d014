/**
 * Draws `counts.length` numbers below that length and counts each into `counts`, which is emptied first: the same draws as
 * `index` of a generator in this state, which it advances. The state lives in local numbers and the second half of a draw is
 * made only where it decides, so that a draw takes a fifth of the time. A number drawn over 255 times, whose probability is
 * below 1e-500, would not be counted right.
 */
export function countDraws(counts: Uint8Array, state: Int32Array): void {
  const n = counts.length
  let [a = 0, b = 0, c = 0, d = 0] = state
  counts.fill(0)
  const step = n / 2 ** 27
  // A larger fraction may be carried over the next whole number by the low bits.
  const decided = 1 - 2 * step
  for (let draw = 0; draw < n; draw++) {
    const turned = Math.imul(b, 5)
    const high = Math.imul((turned << 7) | (turned >>> 25), 9) >>> 5
    let shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    const scaled = high * step
    let drawn = scaled | 0
    if (!(scaled - drawn <= decided)) drawn = withLowBits(n, high, b)
    shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    counts[drawn] = (counts[drawn] as number) + 1
  }
  state.set([a, b, c, d])
}

/** ⌊((a ≫ 5)·2²⁶ + (b ≫ 6))/2⁵³ · n⌋, the second output from its state word. */
function withLowBits(n: number, high: number, word: number): number {
  const turned = Math.imul(word, 5)
  const low = Math.imul((turned << 7) | (turned >>> 25), 9) >>> 6
  return Math.floor(((high * 67_108_864 + low) / 9_007_199_254_740_992) * n)
}
