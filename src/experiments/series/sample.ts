/** Points by column, in any order: `x` along the axis, NaN of `y` is a value, `times` decide between equal `x`. */
export interface Columns {
  readonly x: Float64Array
  readonly y: Float64Array
  readonly times: Float64Array
}

export interface Sampler {
  /** Looks at the point at `index`; `place` is what is answered of it, if it is chosen. Not negative. */
  look(columns: Columns, index: number, place: number): void
  /** Places of the chosen points, each once, in no order. */
  chosen(): readonly number[]
}

/** What is kept of a pixel column: its first, last, first least, first greatest, and first NaN. */
const kept = 5

/**
 * Chooses which points to draw on so many pixel columns from `from` to `to`: of each column the first, the last, the first
 * of the least and of the greatest, and the first NaN, so that no peak and no gap goes unseen. It sees one point after
 * another, in any order, and holds no more than it will answer.
 */
export function createSampler({
  from,
  to,
  pixels,
}: {
  readonly from: number
  readonly to: number
  readonly pixels: number
}): Sampler {
  const x = new Float64Array(pixels * kept)
  const y = new Float64Array(pixels * kept)
  const times = new Float64Array(pixels * kept)
  const places = new Float64Array(pixels * kept).fill(-1)
  const seen = { x: 0, y: 0, time: 0, place: 0 }

  /** Below 0 where the point that is seen comes before the one that is kept. */
  const order = (slot: number) =>
    seen.x - (x[slot] ?? 0) || seen.time - (times[slot] ?? 0) || compareNumbers(seen.y, y[slot] ?? 0)
  const put = (slot: number) => {
    x[slot] = seen.x
    y[slot] = seen.y
    times[slot] = seen.time
    places[slot] = seen.place
  }
  const isEmpty = (slot: number) => (places[slot] ?? -1) < 0
  const putExtreme = (slot: number, difference: number) => {
    if (isEmpty(slot) || difference < 0 || (difference === 0 && order(slot) < 0)) put(slot)
  }

  return {
    look(columns, index, place) {
      seen.x = columns.x[index] ?? 0
      seen.y = columns.y[index] ?? Number.NaN
      seen.time = columns.times[index] ?? 0
      seen.place = place
      const column = to === from ? 0 : Math.floor(((seen.x - from) / (to - from)) * pixels)
      const first = Math.min(pixels - 1, column) * kept
      if (isEmpty(first) || order(first) < 0) put(first)
      if (isEmpty(first + 1) || order(first + 1) > 0) put(first + 1)
      if (Number.isNaN(seen.y)) putExtreme(first + 4, 0)
      else {
        putExtreme(first + 2, seen.y - (y[first + 2] ?? 0))
        putExtreme(first + 3, (y[first + 3] ?? 0) - seen.y)
      }
    },
    chosen: () => [...new Set(places)].filter(place => place >= 0),
  }
}

/** By value, a number before NaN. */
function compareNumbers(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return a - b
}
