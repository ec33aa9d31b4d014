import { Graph, layout } from '@dagrejs/dagre'
import type { RouteResponse } from '../../../api/routes.ts'

export type ColumnLineage = RouteResponse<'columnLineage'>
export type ColumnNode = ColumnLineage['nodes'][number]
export type ColumnEdge = ColumnLineage['edges'][number]

export const cardWidth = 170
export const headHeight = 44
export const rowHeight = 26
const mostRows = 14
const foot = 4

/** A definition with those of its columns that are drawn. */
export interface Card {
  readonly definition: string
  readonly kind: string
  readonly name: string
  readonly state: string | null
  readonly x: number
  readonly y: number
  readonly height: number
  readonly columns: readonly ColumnNode[]
  /** Columns that are not drawn. */
  readonly more: number
}

export interface Drawn {
  readonly edge: ColumnEdge
  readonly path: string
}

export interface ColumnDrawing {
  readonly cards: readonly Card[]
  readonly edges: readonly Drawn[]
  readonly width: number
  readonly height: number
}

/** Everything a column comes from and everything it goes into, itself among them. */
export function pathOf(edges: readonly ColumnEdge[], id: string): ReadonlySet<string> {
  const up = reach(id, at => edges.filter(edge => edge.to === at).map(edge => edge.from))
  const down = reach(id, at => edges.filter(edge => edge.from === at).map(edge => edge.to))
  return new Set([...up, ...down])
}

function reach(start: string, next: (id: string) => readonly string[]): ReadonlySet<string> {
  const found = new Set([start])
  for (const id of found) for (const each of next(id)) found.add(each)
  return found
}

/** An edge lies on a path when both its ends do, for a path has all that leads to and from its column. */
export function onPath(edge: ColumnEdge, path: ReadonlySet<string>): boolean {
  return path.has(edge.from) && path.has(edge.to)
}

/** One card a definition, left to right; columns on the path are drawn before others where there is no room for all. */
export function drawColumns(lineage: ColumnLineage, path: ReadonlySet<string>): ColumnDrawing {
  const definitions = [...new Set(lineage.nodes.map(node => node.definition))]
  const cards = definitions.map(definition =>
    cardOf(
      definition,
      lineage.nodes.filter(node => node.definition === definition),
      path,
    ),
  )
  const placed = place(cards, lineage)
  const ports = new Map(placed.flatMap(card => portsOf(card, lineage.nodes)))
  return {
    cards: placed,
    edges: lineage.edges.flatMap(edge => {
      const [from, to] = [ports.get(edge.from), ports.get(edge.to)]
      return from && to ? [{ edge, path: curve(from.x + cardWidth, from.y, to.x, to.y) }] : []
    }),
    width: Math.max(0, ...placed.map(card => card.x + cardWidth)),
    height: Math.max(0, ...placed.map(card => card.y + card.height)),
  }
}

function cardOf(definition: string, nodes: readonly ColumnNode[], path: ReadonlySet<string>): Card {
  const columns = nodes.filter(node => node.column !== null)
  const first = columns.toSorted((left, right) => Number(path.has(right.id)) - Number(path.has(left.id)))
  const drawn = new Set(first.slice(0, mostRows))
  const more = columns.length - drawn.size
  const [node] = nodes
  return {
    definition,
    kind: node?.kind ?? '',
    name: node?.name ?? definition,
    state: nodes.find(each => each.state !== null)?.state ?? null,
    x: 0,
    y: 0,
    height: headHeight + (drawn.size + (more > 0 ? 1 : 0)) * rowHeight + (drawn.size > 0 ? foot : 0),
    columns: columns.filter(column => drawn.has(column)),
    more,
  }
}

function place(cards: readonly Card[], lineage: ColumnLineage): readonly Card[] {
  const graph = new Graph()
  graph.setGraph({ rankdir: 'LR', nodesep: 18, edgesep: 8, ranksep: 28 })
  graph.setDefaultEdgeLabel(() => ({}))
  const owner = new Map(lineage.nodes.map(node => [node.id, node.definition]))
  for (const card of cards) graph.setNode(card.definition, { width: cardWidth, height: card.height })
  for (const { from, to } of lineage.edges) {
    const [left, right] = [owner.get(from), owner.get(to)]
    if (left && right && left !== right) graph.setEdge(left, right)
  }
  layout(graph)
  return cards.map(card => {
    const { x = 0, y = 0 } = graph.node(card.definition) as { x?: number; y?: number }
    return { ...card, x: x - cardWidth / 2, y: y - card.height / 2 }
  })
}

interface Port {
  readonly x: number
  readonly y: number
}

/** A column that is not drawn is met at the last line of its card, which counts the hidden ones. */
function portsOf(card: Card, nodes: readonly ColumnNode[]): readonly (readonly [id: string, port: Port])[] {
  const at = (row: number) => ({ x: card.x, y: card.y + headHeight + (row + 0.5) * rowHeight })
  return nodes
    .filter(node => node.definition === card.definition)
    .map(node => {
      if (node.column === null) return [node.id, { x: card.x, y: card.y + headHeight / 2 }] as const
      const row = card.columns.indexOf(node)
      return [node.id, at(row < 0 ? card.columns.length : row)] as const
    })
}

function curve(x1: number, y1: number, x2: number, y2: number): string {
  const bend = Math.max(14, (x2 - x1) / 2)
  return `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`
}
