/** Two 32-bit halves of a hash of a text: FNV-1a twice, with different offsets and multipliers. */
export interface KeyHash {
  readonly high: number
  readonly low: number
}

export function keyHash(text: string): KeyHash {
  let [high, low] = [0x811c9dc5, 0x2f0b4c1d]
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    high = Math.imul(high ^ unit, 0x01000193)
    low = Math.imul(low ^ unit, 0x85ebca6b)
  }
  return { high: mixed(high ^ (low >>> 15)), low: mixed(low ^ text.length) }
}

/** Finalizer of MurmurHash3: every bit of the result depends on every bit of the value. */
function mixed(value: number): number {
  let bits = value ^ (value >>> 16)
  bits = Math.imul(bits, 0x85ebca6b)
  bits ^= bits >>> 13
  bits = Math.imul(bits, 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

/**
 * Numbers texts 0, 1, 2 … in the order in which they come, and keeps 64 bits of each instead of the text: among ten million
 * two share a number with a chance of 3 in a million.
 */
export interface KeyCodes {
  readonly size: number
  /** Its number, a new one where it is new. */
  code(key: string): number
  /** Its number; −1 where it never came. */
  find(key: string): number
  /** Forgets the keys of a mask that is 0; the others are numbered anew, in their order. */
  keep(mask: Uint8Array): void
}

/** A slot: the two halves of a hash, and the number of its key from 1 on; 0 is empty. */
const slotWords = 3
const firstSlots = 1024

export function keyCodes(): KeyCodes {
  let slots = new Uint32Array(slotWords * firstSlots)
  let size = 0
  const placeOf = ({ high, low }: KeyHash): number => {
    const last = slots.length / slotWords - 1
    let place = (low & last) * slotWords
    while (slots[place + 2] !== 0 && !(slots[place] === high && slots[place + 1] === low))
      place = (place / slotWords + 1 > last ? 0 : place / slotWords + 1) * slotWords
    return place
  }
  const put = (hash: KeyHash, number: number): void => {
    const place = placeOf(hash)
    slots[place] = hash.high
    slots[place + 1] = hash.low
    slots[place + 2] = number
  }
  /** All keys again into other slots, under the number that is said; 0 forgets them. */
  const refill = (length: number, numberOf: (number: number) => number): void => {
    const former = slots
    slots = new Uint32Array(length)
    for (let place = 0; place < former.length; place += slotWords) {
      const number = former[place + 2] as number
      const next = number === 0 ? 0 : numberOf(number)
      if (next > 0) put({ high: former[place] as number, low: former[place + 1] as number }, next)
    }
  }
  return {
    get size() {
      return size
    },
    code(key) {
      const hash = keyHash(key)
      const known = slots[placeOf(hash) + 2] as number
      if (known > 0) return known - 1
      if (2 * slotWords * (size + 1) > slots.length) refill(2 * slots.length, number => number)
      put(hash, ++size)
      return size - 1
    },
    find: key => (slots[placeOf(keyHash(key)) + 2] as number) - 1,
    keep(mask) {
      const numbers = new Uint32Array(size + 1)
      let kept = 0
      for (let code = 0; code < size; code++) if (mask[code] === 1) numbers[code + 1] = ++kept
      refill(slots.length, number => numbers[number] as number)
      size = kept
    },
  }
}
