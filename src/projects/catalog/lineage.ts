import type { ColumnEdge, ColumnGraph, ColumnNode, LiveFacts } from './model.ts'
import { type Direction, reach, startsOf } from './reach.ts'

export interface ColumnLineage {
  readonly of: string
  readonly nodes: readonly (ColumnNode & { readonly state: string | null })[]
  readonly edges: readonly ColumnEdge[]
  readonly unknown: ColumnGraph['unknown']
}

const valueEdge = (edge: ColumnEdge): boolean => edge.decides === 'value'

/**
 * What a column is computed from, and what is computed from it. Of the definition that is asked about, also what decides
 * which rows it has.
 */
export function columnLineage(
  graph: ColumnGraph,
  {
    of,
    direction,
    facts,
  }: { readonly of: string; readonly direction: Direction | 'both'; readonly facts: LiveFacts },
): ColumnLineage {
  const { definition, starts } = startsOf(graph, of)
  const directions: readonly Direction[] = direction === 'both' ? ['up', 'down'] : [direction]
  const shown = new Set(
    directions.flatMap(each => [...reach(graph, starts, { direction: each, follow: valueEdge })]),
  )
  const deciding = graph.edges.filter(
    edge =>
      edge.decides === 'rows' &&
      edge.how !== 'rows' &&
      ((direction !== 'down' && edge.to === definition) ||
        (direction !== 'up' && starts.includes(edge.from))),
  )
  for (const { from, to } of deciding) shown.add(from).add(to)
  const nodes = [...shown].sort().flatMap(id => {
    const node = graph.nodes.get(id)
    return node ? [{ ...node, state: stateOf(node, facts) }] : []
  })
  const edges = graph.edges.filter(
    edge => shown.has(edge.from) && shown.has(edge.to) && (valueEdge(edge) || deciding.includes(edge)),
  )
  const definitions = new Set<string>(nodes.map(node => node.definition))
  const bare = nodes.filter(node => node.column !== null || isJoined(node, edges))
  return { of, nodes: bare, edges, unknown: graph.unknown.filter(each => definitions.has(each.definition)) }
}

function isJoined({ id }: ColumnNode, edges: readonly ColumnEdge[]): boolean {
  return edges.some(edge => edge.from === id || edge.to === id)
}

/** What is to be said of a model or a deployment. */
export function stateOf({ definition }: Pick<ColumnNode, 'definition'>, facts: LiveFacts): string | null {
  const at = definition.indexOf(':')
  const [kind, name] = [definition.slice(0, at), definition.slice(at + 1)]
  if (kind === 'deployment')
    return facts.releases.find(each => each.deployment === name)?.state ?? 'undeployed'
  if (kind !== 'model') return null
  const champion = facts.versions.find(each => each.model === name && each.aliases.includes('champion'))
  return champion ? `champion v${champion.version}` : null
}
