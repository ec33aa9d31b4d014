import { Graph, layout } from '@dagrejs/dagre'
import type { Lineage } from '../../../api/catalog.ts'

export const nodeWidth = 172
export const nodeHeight = 48

export interface Placed {
  readonly id: string
  readonly x: number
  readonly y: number
}

/** Left to right in layers, few crossings. Positions are top-left corners in pixels. */
export function placeNodes(lineage: Lineage): readonly Placed[] {
  const graph = new Graph()
  graph.setGraph({ rankdir: 'LR', nodesep: 16, ranksep: 34 })
  graph.setDefaultEdgeLabel(() => ({}))
  const known = new Set(lineage.nodes.map(node => node.id))
  for (const node of lineage.nodes) graph.setNode(node.id, { width: nodeWidth, height: nodeHeight })
  for (const { from, to } of lineage.edges) if (known.has(from) && known.has(to)) graph.setEdge(from, to)
  layout(graph)
  return lineage.nodes.map(({ id }) => {
    const { x = 0, y = 0 } = graph.node(id) as { x?: number; y?: number }
    return { id, x: x - nodeWidth / 2, y: y - nodeHeight / 2 }
  })
}
