/** A range of key numbers `[from, to)` swept together, with what it holds. */
export interface Partition {
  readonly from: number
  readonly to: number
  readonly events: number
  readonly queries: number
}

export interface KeyCounts {
  readonly events: Float64Array
  readonly queries: Float64Array
}

export interface RowBytes {
  readonly event: number
  readonly query: number
}

/**
 * Cuts the keys into ranges whose rows fit into `budget` bytes. A key is never cut: one that alone is over the budget is a
 * partition of its own.
 */
export function partitions({ events, queries }: KeyCounts, bytes: RowBytes, budget: number): Partition[] {
  const found: Partition[] = []
  let [from, heldEvents, heldQueries] = [0, 0, 0]
  for (let key = 0; key < queries.length; key++) {
    const [more, asked] = [events[key] ?? 0, queries[key] ?? 0]
    const size = (heldEvents + more) * bytes.event + (heldQueries + asked) * bytes.query
    if (key > from && size > budget) {
      found.push({ from, to: key, events: heldEvents, queries: heldQueries })
      ;[from, heldEvents, heldQueries] = [key, 0, 0]
    }
    heldEvents += more
    heldQueries += asked
  }
  if (queries.length > from)
    found.push({ from, to: queries.length, events: heldEvents, queries: heldQueries })
  return found
}
