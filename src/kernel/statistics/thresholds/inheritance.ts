/** A node of the tree of segments; leaves are the segments that get a threshold. */
export interface SegmentNode {
  readonly name: string
  readonly parent: string | null
  readonly leaf: boolean
}

/** Where a segment takes its threshold from. */
export interface SegmentPool {
  readonly segment: string
  /** Itself, the ancestor whose remainder it is part of, or null: nothing is large enough. */
  readonly from: string | null
  /** Segments whose rows are taken together, in the order of the tree. */
  readonly pool: readonly string[]
}

/**
 * Small segments inherit: a leaf that is enough by itself uses its own rows. The others of a parent are pooled into its
 * remainder; if that is enough all of them use it, else they pass on to the next ancestor. Sorted by segment.
 */
export function inheritPools(
  nodes: readonly SegmentNode[],
  enough: (segments: readonly string[]) => boolean,
): SegmentPool[] {
  const children = new Map<string | null, SegmentNode[]>()
  for (const node of nodes) {
    const siblings = children.get(node.parent)
    if (siblings) siblings.push(node)
    else children.set(node.parent, [node])
  }
  const pools: SegmentPool[] = []
  const settle = (segments: readonly string[], from: string | null) => {
    for (const segment of segments) pools.push({ segment, from, pool: segments })
  }
  /** Leaves below the node that found nothing large enough. */
  const remainderOf = (node: SegmentNode): readonly string[] => {
    const rest = node.leaf ? [node.name] : (children.get(node.name) ?? []).flatMap(remainderOf)
    if (rest.length === 0 || !enough(rest)) return rest
    settle(rest, node.name)
    return []
  }
  for (const root of children.get(null) ?? []) settle(remainderOf(root), null)
  return pools.sort((a, b) => (a.segment < b.segment ? -1 : a.segment > b.segment ? 1 : 0))
}
