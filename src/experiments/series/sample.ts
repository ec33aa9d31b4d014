/** Points by position: `x` rises, NaN of `y` is a value. */
export interface Columns {
  readonly x: Float64Array
  readonly y: Float64Array
}

/**
 * Which points to draw on so many pixel columns: of each column the first, the last, the first of the least and of the
 * greatest, and the first NaN, so that no peak and no gap goes unseen. All of them when they are fewer than that.
 * Ascending positions.
 */
export function samplePositions({ x, y }: Columns, pixels: number): readonly number[] {
  const count = x.length
  if (count <= pixels * 4) return Array.from(x, (_, index) => index)
  const start = x[0] ?? 0
  const width = (x[count - 1] ?? 0) - start
  const columnOf = (value: number) =>
    width === 0 ? 0 : Math.min(pixels - 1, Math.floor(((value - start) / width) * pixels))
  const positions: number[] = []
  for (let from = 0; from < count; ) {
    const column = columnOf(x[from] ?? 0)
    let to = from + 1
    while (to < count && columnOf(x[to] ?? 0) === column) to += 1
    positions.push(...columnPositions(y, from, to))
    from = to
  }
  return positions
}

function columnPositions(y: Float64Array, from: number, to: number): readonly number[] {
  let least = -1
  let greatest = -1
  let gap = -1
  for (let index = from; index < to; index++) {
    const value = y[index] ?? Number.NaN
    if (Number.isNaN(value)) {
      if (gap < 0) gap = index
      continue
    }
    if (least < 0 || value < (y[least] ?? 0)) least = index
    if (greatest < 0 || value > (y[greatest] ?? 0)) greatest = index
  }
  const chosen = new Set([from, to - 1, least, greatest, gap])
  chosen.delete(-1)
  return [...chosen].sort((a, b) => a - b)
}
