import type { Times } from './events.ts'

/** Moves allowed per row before a range counts as unordered. */
const movesPerRow = 24

/**
 * Sorts each range `start[i] … start[i + 1]` of rows by their times, in place; equal times keep their order. Rows mostly
 * come nearly sorted, where insertion costs one comparison a row; a range that is not gets a general sort.
 */
export function sortWithin(rows: Uint32Array, start: Uint32Array, times: Times): void {
  for (let range = 0; range + 1 < start.length; range++) {
    const [from, to] = [start[range] ?? 0, start[range + 1] ?? 0]
    if (!inserted(rows, { from, to }, times)) rows.subarray(from, to).sort(comparing(times))
  }
}

/** False if the range needs too many moves; it then holds the same rows in some order. */
function inserted(
  rows: Uint32Array,
  { from, to }: { readonly from: number; readonly to: number },
  times: Times,
): boolean {
  let moves = (to - from) * movesPerRow
  for (let next = from + 1; next < to; next++) {
    const row = rows[next] ?? 0
    const time = times[row] ?? 0
    let at = next
    while (at > from && (times[rows[at - 1] ?? 0] ?? 0) > time) {
      rows[at] = rows[at - 1] ?? 0
      at -= 1
    }
    rows[at] = row
    moves -= next - at
    if (moves < 0) return false
  }
  return true
}

/** Rows are given in ascending order where their order at one time matters. */
function comparing(times: Times): (left: number, right: number) => number {
  return (left, right) => {
    const [a, b] = [times[left] ?? 0, times[right] ?? 0]
    return a < b ? -1 : a > b ? 1 : left - right
  }
}
