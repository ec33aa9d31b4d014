import type { Value } from '../../../kernel/values/index.ts'

/** Times in µs. Doubles hold them exactly between the years 1684 and 2255; outside, bigints do. */
export type Times = Float64Array | BigInt64Array

/** Events of one source in the order of its relation (by event time), as many as the relation has rows. */
export interface Events {
  readonly rows: number
  readonly event: Times
  /** null: known is the event time plus `delay`. NaN never occurs: rows never known are not grouped. */
  readonly known: Times | null
  readonly delay: bigint
  /** From when a newer version of the event has replaced the row; null when there are no versions. */
  readonly replaced: Times | null
  readonly columns: ReadonlyMap<string, EventColumn>
  /** By canonical JSON of a predicate: 1 where it is true. */
  readonly predicates: ReadonlyMap<string, Uint8Array>
}

export interface EventColumn {
  readonly type: string
  /** 0 for null; null when there are none. */
  readonly valid: Uint8Array | null
  /** Payload of int64 and timestamp, float64, or all other types. */
  readonly values: BigInt64Array | Float64Array | readonly Value[]
}

/** Events of the keys asked for: `order` lists event rows by key code, then in source order. */
export interface Grouping {
  readonly order: Uint32Array
  /** `start[code] … start[code + 1]` is the range of a key in `order`. */
  readonly start: Uint32Array
}

/** Groups rows by key code (−1: not asked for) with a counting sort, which keeps the order of the source. */
export function groupByCode(codes: Int32Array, keys: number): Grouping {
  const start = new Uint32Array(keys + 1)
  for (const code of codes) if (code >= 0) start[code + 1] = (start[code + 1] ?? 0) + 1
  for (let code = 0; code < keys; code++) start[code + 1] = (start[code + 1] ?? 0) + (start[code] ?? 0)
  const next = start.slice()
  const order = new Uint32Array(start[keys] ?? 0)
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row] ?? -1
    if (code < 0) continue
    const at = next[code] ?? 0
    order[at] = row
    next[code] = at + 1
  }
  return { order, start }
}

/** `source[order[i]]` for all i. */
export function gather(source: Times, order: Uint32Array): Times {
  return source instanceof Float64Array ? gatherNumbers(source, order) : gatherBigints(source, order)
}

export function gatherNumbers(source: Float64Array, order: Uint32Array): Float64Array {
  const target = new Float64Array(order.length)
  for (let at = 0; at < order.length; at++) target[at] = source[order[at] ?? 0] ?? 0
  return target
}

function gatherBigints(source: BigInt64Array, order: Uint32Array): BigInt64Array {
  const target = new BigInt64Array(order.length)
  for (let at = 0; at < order.length; at++) target[at] = source[order[at] ?? 0] ?? 0n
  return target
}

export function gatherBytes(source: Uint8Array, order: Uint32Array): Uint8Array {
  const target = new Uint8Array(order.length)
  for (let at = 0; at < order.length; at++) target[at] = source[order[at] ?? 0] ?? 0
  return target
}

/** For each query, the first position of its key's range whose time is not before the edge. Code −1 gives 0. */
export function lowerBounds(
  times: Times,
  grouping: Pick<Grouping, 'start'>,
  queries: { readonly code: Int32Array; readonly edge: Times },
): Uint32Array {
  const { code, edge } = queries
  const { start } = grouping
  const cursor = start.slice()
  const found = new Uint32Array(code.length)
  for (let row = 0; row < code.length; row++) {
    const key = code[row] ?? -1
    if (key < 0) continue
    const limit = edge[row] ?? 0
    const first = start[key] ?? 0
    const end = start[key + 1] ?? 0
    let at = cursor[key] ?? first
    // Queries mostly come in time order: walk on from the last answer, and search where that fails.
    if (at > first && (times[at - 1] ?? 0) >= limit) at = search(times, limit, first, at)
    else {
      const near = Math.min(end, at + 16)
      while (at < near && (times[at] ?? 0) < limit) at++
      if (at === near && at < end) at = search(times, limit, at, end)
    }
    cursor[key] = at
    found[row] = at
  }
  return found
}

function search(times: Times, limit: number | bigint, from: number, to: number): number {
  let [low, high] = [from, to]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((times[middle] ?? 0) < limit) low = middle + 1
    else high = middle
  }
  return low
}
