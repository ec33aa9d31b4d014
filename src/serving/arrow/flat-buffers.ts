import { type Output, reserveBytes } from '../written-bytes.ts'

/** A member of a table: its bytes and value; null where it is left out. What it refers to is written later: `refer`. */
export type Slot = readonly [size: 1 | 2 | 4 | 8, value: number] | null

/** Where a table stands, and its members by number. */
export interface Table {
  readonly at: number
  readonly slots: readonly number[]
}

/** A member that refers to what is written later. */
export const reference: Slot = [4, 0]

/** Fills with zeros up to a place that is `rest` beyond a multiple of eight. */
export function align(out: Output, rest = 0): void {
  reserveBytes(out, 8)
  while (out.length % 8 !== rest) out.bytes[out.length++] = 0
}

/** A FlatBuffers table with its list of members before it: those of eight bytes first, so that each is aligned. */
export function addTable(out: Output, members: readonly Slot[]): Table {
  const listBytes = 4 + members.length * 2
  reserveBytes(out, listBytes + 16 + members.length * 8)
  // The table begins four bytes before a multiple of eight.
  while ((out.length + listBytes) % 8 !== 4) out.bytes[out.length++] = 0
  const list = out.length
  const at = list + listBytes
  const slots = new Array<number>(members.length).fill(-1)
  out.bytes.fill(0, list, at)
  out.bytes.writeInt32LE(at - list, at)
  let end = at + 4
  for (const size of [8, 4, 2, 1])
    members.forEach((member, index) => {
      if (member === null || member[0] !== size) return
      slots[index] = end
      out.bytes.writeUInt16LE(end - at, list + 4 + index * 2)
      out.bytes.writeIntLE(member[1], end, Math.min(size, 6))
      out.bytes.fill(member[1] < 0 ? 255 : 0, end + Math.min(size, 6), end + size)
      end += size
    })
  out.bytes.writeUInt16LE(listBytes, list)
  out.bytes.writeUInt16LE(end - at, list + 2)
  out.length = end
  return { at, slots }
}

/** Lets the reference at `slot` mean what stands at `target`, behind it. */
export function refer(out: Output, slot: number | undefined, target: number): void {
  if (slot !== undefined) out.bytes.writeUInt32LE(target - slot, slot)
}

export function addString(out: Output, text: string): number {
  reserveBytes(out, text.length * 3 + 16)
  while (out.length % 4 !== 0) out.bytes[out.length++] = 0
  const at = out.length
  const count = out.bytes.write(text, at + 4, 'utf8')
  out.bytes.writeUInt32LE(count, at)
  out.bytes[at + 4 + count] = 0
  out.length = at + 5 + count
  return at
}

/** A list of `count` zeroed elements: references of four bytes, or structures of sixteen. */
export function addVector(
  out: Output,
  count: number,
  width: 4 | 16,
): { readonly at: number; readonly first: number } {
  align(out, 4)
  reserveBytes(out, 4 + count * width)
  const at = out.length
  const first = at + 4
  out.bytes.writeUInt32LE(count, at)
  out.length = first + count * width
  out.bytes.fill(0, first, out.length)
  return { at, first }
}
