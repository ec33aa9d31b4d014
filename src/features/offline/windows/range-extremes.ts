/**
 * Answers "where is the least (or greatest) rank among counted rows in [from, to)" in logarithmic time: a segment tree
 * over positions. −1 for none. Of equal ranks any may be given: their values are equal.
 */
export function rangeExtremes(
  ranks: Float64Array,
  mask: Uint8Array | null,
  greatest: boolean,
): (from: number, to: number) => number {
  const size = ranks.length
  const tree = new Int32Array(2 * size).fill(-1)
  const better = (left: number, right: number): number => {
    if (left < 0) return right
    if (right < 0) return left
    const [a, b] = [ranks[left] ?? 0, ranks[right] ?? 0]
    return (greatest ? b > a : b < a) ? right : left
  }
  for (let at = 0; at < size; at++) if (mask === null || mask[at] === 1) tree[size + at] = at
  for (let node = size - 1; node > 0; node--)
    tree[node] = better(tree[2 * node] ?? -1, tree[2 * node + 1] ?? -1)
  return (from, to) => {
    let best = -1
    let [low, high] = [from + size, to + size]
    for (; low < high; low >>= 1, high >>= 1) {
      if (low & 1) best = better(best, tree[low++] ?? -1)
      if (high & 1) best = better(best, tree[--high] ?? -1)
    }
    return best
  }
}
