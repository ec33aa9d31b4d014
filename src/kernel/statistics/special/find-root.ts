/**
 * Where a falling function crosses 0 between `low` and `high`, by bisection to the last bit. The nearer end where it does
 * not cross.
 */
export function fallingRoot(at: (x: number) => number, low: number, high: number): number {
  if (at(low) <= 0) return low
  if (at(high) >= 0) return high
  let [below, above] = [low, high]
  for (let round = 0; round < 200; round++) {
    const middle = (below + above) / 2
    if (middle === below || middle === above) break
    if (at(middle) > 0) below = middle
    else above = middle
  }
  return (below + above) / 2
}
