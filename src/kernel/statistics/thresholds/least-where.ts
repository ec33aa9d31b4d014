/** The smallest whole number in [from, to] for which a monotone condition holds; `to` when it holds for none before. */
export function leastWhere(from: number, to: number, holds: (value: number) => boolean): number {
  let low = from
  let high = to
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
