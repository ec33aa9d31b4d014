import type { Scope } from './aggregate.ts'
import { type Grouping, groupByCode, type Times } from './events.ts'
import type { GroupedEvents } from './grouped.ts'
import { sortWithin } from './sort-within.ts'

/**
 * When rows appear and vanish for the queries of their key: positions by known time, positions by the time a newer version
 * replaced them, and queries by the time up to which they know. Each list is cut into keys like `Grouping.order`.
 */
export interface VisibilityOrder {
  readonly arrivals: Uint32Array
  readonly departures: Grouping
  readonly queries: Grouping
}

export function visibilityOrder(grouped: GroupedEvents, code: Int32Array, cutoff: Times): VisibilityOrder {
  const { start } = grouped.grouping
  const arrivals = Uint32Array.from({ length: start.at(-1) ?? 0 }, (_, at) => at)
  sortWithin(arrivals, start, grouped.known ?? grouped.event)
  const queries = groupByCode(code, start.length - 1)
  sortWithin(queries.order, queries.start, cutoff)
  return { arrivals, departures: departures(grouped), queries }
}

function departures({ grouping, replaced }: GroupedEvents): Grouping {
  const start = new Uint32Array(grouping.start.length)
  if (replaced === null) return { order: new Uint32Array(0), start }
  const order = new Uint32Array(replaced.length)
  let count = 0
  for (let key = 0; key + 1 < start.length; key++) {
    for (let at = grouping.start[key] ?? 0; at < (grouping.start[key + 1] ?? 0); at++)
      if ((replaced[at] ?? 0) < never) order[count++] = at
    start[key + 1] = count
  }
  const found = { order: order.subarray(0, count), start }
  sortWithin(found.order, start, replaced)
  return found
}

/** Times from here on stand for "not replaced": infinity, or 2^62 where times are bigints. */
const never = 2 ** 61

interface Visitor {
  /** Positions `[from, to)` of the key whose rows and queries follow. */
  key(from: number, to: number): void
  arrive(at: number): void
  depart(at: number): void
  ask(query: number): void
}

/** Plays each key's arrivals, departures and queries in order of time; a query sees all up to its cutoff. */
function play({ grouped, ranges, mask }: Scope, order: VisibilityOrder, visitor: Visitor): void {
  const { start } = grouped.grouping
  const known = grouped.known ?? grouped.event
  const { replaced } = grouped
  const cutoff = ranges.cutoff ?? ranges.time
  const { arrivals, departures, queries } = order
  for (let key = 0; key + 1 < start.length; key++) {
    const [firstQuery, endQuery] = [queries.start[key] ?? 0, queries.start[key + 1] ?? 0]
    if (firstQuery === endQuery) continue
    const [from, to] = [start[key] ?? 0, start[key + 1] ?? 0]
    let [come, gone] = [from, departures.start[key] ?? 0]
    const lastGone = departures.start[key + 1] ?? 0
    visitor.key(from, to)
    for (let index = firstQuery; index < endQuery; index++) {
      const query = queries.order[index] ?? 0
      const limit = cutoff[query] ?? 0
      for (; come < to && (known[arrivals[come] ?? 0] ?? 0) <= limit; come++) {
        const at = arrivals[come] ?? 0
        if (mask === null || mask[at] === 1) visitor.arrive(at)
      }
      for (; replaced !== null && gone < lastGone; gone++) {
        const at = departures.order[gone] ?? 0
        if ((replaced[at] ?? 0) > limit) break
        if (mask === null || mask[at] === 1) visitor.depart(at)
      }
      visitor.ask(query)
    }
  }
}

/** For each channel of values by position, the total over the visible rows of each query's window (Fenwick trees). */
export function visibleTotals(
  scope: Scope,
  order: VisibilityOrder,
  channels: readonly Float64Array[],
): Float64Array[] {
  const { ranges } = scope
  const totals = channels.map(() => new Float64Array(ranges.code.length))
  const trees = channels.map(channel => new Float64Array(channel.length))
  let [base, size] = [0, 0]
  const add = (at: number, sign: number): void => {
    for (const [index, tree] of trees.entries()) {
      const value = (channels[index]?.[at] ?? 0) * sign
      if (value === 0) continue
      for (let node = at - base + 1; node <= size; node += node & -node)
        tree[base + node - 1] = (tree[base + node - 1] ?? 0) + value
    }
  }
  const before = (tree: Float64Array, at: number): number => {
    let total = 0
    for (let node = at - base; node > 0; node -= node & -node) total += tree[base + node - 1] ?? 0
    return total
  }
  play(scope, order, {
    key(from, to) {
      base = from
      size = to - from
    },
    arrive: at => add(at, 1),
    depart: at => add(at, -1),
    ask(query) {
      const [low, high] = [ranges.from[query] ?? 0, ranges.to[query] ?? 0]
      if (low >= high) return
      for (const [index, tree] of trees.entries()) {
        const total = totals[index]
        if (total) total[query] = before(tree, high) - before(tree, low)
      }
    },
  })
  return totals
}

/** Position of the greatest (or least) rank among the visible rows of each query's window, or −1 (a segment tree per key). */
export function visibleExtremes(
  scope: Scope,
  order: VisibilityOrder,
  { ranks, greatest }: { readonly ranks: Float64Array; readonly greatest: boolean },
): Int32Array {
  const { ranges } = scope
  const found = new Int32Array(ranges.code.length).fill(-1)
  const tree = new Int32Array(2 * ranks.length).fill(-1)
  let [base, size] = [0, 0]
  const better = (left: number, right: number): number => {
    if (left < 0) return right
    if (right < 0) return left
    const [a, b] = [ranks[left] ?? 0, ranks[right] ?? 0]
    return (greatest ? b > a : b < a) ? right : left
  }
  const put = (at: number, value: number): void => {
    let node = size + at - base
    tree[2 * base + node] = value
    for (node >>= 1; node > 0; node >>= 1) {
      const best = better(tree[2 * base + 2 * node] ?? -1, tree[2 * base + 2 * node + 1] ?? -1)
      if (tree[2 * base + node] === best) return
      tree[2 * base + node] = best
    }
  }
  play(scope, order, {
    key(from, to) {
      base = from
      size = to - from
    },
    arrive: at => put(at, at),
    depart: at => put(at, -1),
    ask(query) {
      let [low, high] = [(ranges.from[query] ?? 0) - base + size, (ranges.to[query] ?? 0) - base + size]
      let best = -1
      for (; low < high; low >>= 1, high >>= 1) {
        if (low & 1) best = better(best, tree[2 * base + low++] ?? -1)
        if (high & 1) best = better(best, tree[2 * base + --high] ?? -1)
      }
      found[query] = best
    },
  })
  return found
}
