/** A typed array that grows by doubling; `values` are those so far, a view that the next growth leaves behind. */
export interface Growing<Column extends Float64Array | Int32Array | Uint8Array> {
  readonly length: number
  push(value: number): void
  set(at: number, value: number): void
  at(index: number): number
  values(): Column
  /** Keeps the rows of a mask that is 1. */
  keep(mask: Uint8Array): void
}

type Make<Column> = (length: number) => Column

const firstRoom = 1024

function growing<Column extends Float64Array | Int32Array | Uint8Array>(make: Make<Column>): Growing<Column> {
  let room = make(firstRoom)
  let length = 0
  return {
    get length() {
      return length
    },
    push(value) {
      if (length === room.length) {
        const wider = make(2 * length)
        wider.set(room)
        room = wider
      }
      room[length++] = value
    },
    set(at, value) {
      room[at] = value
    },
    at: index => room[index] as number,
    values: () => room.subarray(0, length) as Column,
    keep(mask) {
      let kept = 0
      for (let at = 0; at < length; at++) if (mask[at] === 1) room[kept++] = room[at] as number
      length = kept
    },
  }
}

export const growingDoubles = (): Growing<Float64Array> => growing(length => new Float64Array(length))
export const growingIntegers = (): Growing<Int32Array> => growing(length => new Int32Array(length))
export const growingBytes = (): Growing<Uint8Array> => growing(length => new Uint8Array(length))
