import type { DefinitionKind } from '../../definitions/index.ts'
import type { ColumnGraph, LiveFacts, LiveRelease, Usage } from './model.ts'
import { reach, startsOf } from './reach.ts'

const everyEdge = () => true

/** Who uses a definition or one of its columns, down to the releases that answer now. */
export function usageOf(graph: ColumnGraph, of: string, facts: LiveFacts): Usage {
  const { definition, column, starts } = startsOf(graph, of)
  const reached = reach(graph, starts, { direction: 'down', follow: everyEdge })
  const names = (kind: DefinitionKind): readonly string[] =>
    [
      ...new Set(
        [...reached].flatMap(id => {
          const node = graph.nodes.get(id)
          return node && node.definition !== definition && node.definition.startsWith(`${kind}:`)
            ? [node.definition.slice(kind.length + 1)]
            : []
        }),
      ),
    ].sort()
  const [views, trainingSets, models, deployments] = [
    names('featureView'),
    names('trainingSet'),
    names('model'),
    names('deployment'),
  ]
  const serving = facts.releases.filter(
    release => deployments.includes(release.deployment) || restsOn(release, definition, column),
  )
  const own = definition.startsWith('deployment:')
    ? facts.releases.filter(each => definition === `deployment:${each.deployment}`)
    : []
  const live = [...new Set([...serving, ...own].map(each => each.deployment))].sort()
  const trained = facts.versions.some(
    version => models.includes(version.model) || definition === `model:${version.model}`,
  )
  const collected = trainingSets.length > 0 || models.length > 0 || deployments.length > 0
  const state = live.length > 0 ? 'live' : trained ? 'trained' : collected ? 'collected' : 'unused'
  return { state, views, trainingSets, models, live }
}

/** Whether a release was made from a definition, or with one of its features. */
export function restsOn(release: LiveRelease, definition: string, column: string | null = null): boolean {
  const at = definition.indexOf(':')
  const [kind, name] = [definition.slice(0, at), definition.slice(at + 1)]
  switch (kind) {
    case 'featureView':
      return release.views.some(
        view => view.name === name && (column === null || view.features.includes(column)),
      )
    case 'source':
      return column === null && release.sources.includes(name)
    case 'entity':
      return release.entities.includes(name)
    case 'onDemand':
      return release.onDemand.includes(name)
    case 'model':
      return column === null && release.model === name
    default:
      return false
  }
}
