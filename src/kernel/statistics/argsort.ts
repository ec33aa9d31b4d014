/** Bits sorted a pass, least significant first. */
const digits = [11, 11, 10]

/**
 * Row numbers by ascending value, equal values in row order; −0 equals 0. Values are numbers without NaN. A radix sort:
 * sorting row numbers by a comparison function takes ten times as long.
 */
export function argsort(values: ArrayLike<number>): Uint32Array {
  const { high, low } = orderedBits(values)
  let order: Uint32Array = Uint32Array.from({ length: values.length }, (_, row) => row)
  for (const word of [low, high]) {
    let shift = 0
    for (const bits of digits) {
      order = sortByDigit(order, { word, shift, bits })
      shift += bits
    }
  }
  return order
}

/** The doubles' bits as two unsigned words that order as the numbers do. */
function orderedBits(values: ArrayLike<number>): { high: Uint32Array; low: Uint32Array } {
  const high = new Uint32Array(values.length)
  const low = new Uint32Array(values.length)
  const view = new DataView(new ArrayBuffer(8))
  for (let row = 0; row < values.length; row++) {
    view.setFloat64(0, (values[row] as number) + 0)
    const top = view.getInt32(0)
    // All bits of a negative number turn round, of a positive one only the sign.
    const turned = top >> 31
    high[row] = top ^ (turned | 0x80000000)
    low[row] = view.getInt32(4) ^ turned
  }
  return { high, low }
}

interface Digit {
  readonly word: Uint32Array
  readonly shift: number
  readonly bits: number
}

function sortByDigit(order: Uint32Array, { word, shift, bits }: Digit): Uint32Array {
  const mask = 2 ** bits - 1
  const next = new Uint32Array(mask + 1)
  for (let row = 0; row < word.length; row++) {
    const digit = ((word[row] as number) >>> shift) & mask
    next[digit] = (next[digit] as number) + 1
  }
  if (next.includes(order.length)) return order
  let before = 0
  for (let digit = 0; digit <= mask; digit++) {
    const count = next[digit] as number
    next[digit] = before
    before += count
  }
  const sorted = new Uint32Array(order.length)
  for (let from = 0; from < order.length; from++) {
    const row = order[from] as number
    const digit = ((word[row] as number) >>> shift) & mask
    const at = next[digit] as number
    sorted[at] = row
    next[digit] = at + 1
  }
  return sorted
}
