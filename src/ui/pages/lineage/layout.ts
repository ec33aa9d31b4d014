import { Graph, layout } from '@dagrejs/dagre'
import type { Lineage } from '../../../api/catalog.ts'

export const nodeWidth = 160
export const nodeHeight = 48

export interface Point {
  readonly x: number
  readonly y: number
}
export interface Placed extends Point {
  readonly id: string
}
export interface Routed {
  readonly from: string
  readonly to: string
  /** Where the edge passes the columns between its ends. */
  readonly through: readonly Point[]
}
export interface LineageLayout {
  readonly nodes: readonly Placed[]
  readonly edges: readonly Routed[]
}

/** Left to right in layers, few crossings. Positions are top-left corners in pixels; edges pass between nodes, not behind them. */
export function layOut(lineage: Lineage): LineageLayout {
  const graph = new Graph()
  graph.setGraph({ rankdir: 'LR', nodesep: 16, edgesep: 14, ranksep: 26 })
  graph.setDefaultEdgeLabel(() => ({}))
  const known = new Set(lineage.nodes.map(node => node.id))
  for (const node of lineage.nodes) graph.setNode(node.id, { width: nodeWidth, height: nodeHeight })
  const edges = lineage.edges.filter(({ from, to }) => known.has(from) && known.has(to))
  for (const { from, to } of edges) graph.setEdge(from, to)
  layout(graph)
  const centers = lineage.nodes.map(({ id }) => ({ id, ...pointOf(graph.node(id)) }))
  const columns = new Set(centers.map(center => Math.round(center.x)))
  return {
    nodes: centers.map(({ id, x, y }) => ({ id, x: x - nodeWidth / 2, y: y - nodeHeight / 2 })),
    edges: edges.map(({ from, to }) => ({
      from,
      to,
      through: pointsOf(graph.edge(from, to)).filter(point => columns.has(Math.round(point.x))),
    })),
  }
}

function pointOf(node: unknown): Point {
  const { x = 0, y = 0 } = node as { x?: number; y?: number }
  return { x, y }
}

function pointsOf(edge: unknown): readonly Point[] {
  return ((edge as { points?: readonly Point[] }).points ?? []).slice(1, -1)
}

/** An SVG path that runs level along each column it passes and bends only in the gaps. */
export function edgePath(from: Point, through: readonly Point[], to: Point): string {
  const stops = through.flatMap(({ x, y }) => [
    { x: x - nodeWidth / 2, y },
    { x: x + nodeWidth / 2, y },
  ])
  let at = from
  let path = `M${from.x},${from.y}`
  for (const next of [...stops, to]) {
    const middle = (at.x + next.x) / 2
    path += ` C${middle},${at.y} ${middle},${next.y} ${next.x},${next.y}`
    at = next
  }
  return path
}
