import type { DeploymentStore } from '../deployments/index.ts'
import type { LiveFacts, LiveRelease } from '../projects/index.ts'
import type { RegistryStore, Release } from '../registry/index.ts'

interface LiveSources {
  readonly deployments: DeploymentStore
  readonly registry: Pick<RegistryStore, 'listModels' | 'listVersions' | 'aliases'>
  /** State by name of every deployment that is applied. */
  states(): Promise<ReadonlyMap<string, string>>
}

/** What stands downstream of the definitions: the release that every applied deployment serves, and registered versions. */
export async function liveFacts({ deployments, registry, states }: LiveSources): Promise<LiveFacts> {
  const [latest, applied] = await Promise.all([deployments.servingReleases(), states()])
  const releases = Object.entries(latest).flatMap(([name, { release }]) => {
    const state = applied.get(name)
    return state === undefined ? [] : [releaseOf(release, state)]
  })
  const { items } = await registry.listModels({ limit: 500 })
  const versions = await Promise.all(
    items.map(async ({ name }) => {
      const aliases = Object.entries(await registry.aliases(name))
      return (await registry.listVersions(name)).map(each => ({
        model: name,
        version: each.version,
        aliases: aliases.flatMap(([alias, version]) => (version === each.version ? [alias] : [])),
        trainingSet: each.trainingSet?.id ?? null,
      }))
    }),
  )
  return { releases, versions: versions.flat() }
}

function releaseOf(
  { deployment, number, model, trainingSet, features }: Release,
  state: string,
): LiveRelease {
  const looked = new Map<string, Set<string>>()
  for (const { view, features: names } of features.lookups)
    looked.set(view, new Set([...(looked.get(view) ?? []), ...names]))
  return {
    deployment,
    number,
    state,
    model: model.name,
    modelVersion: model.version,
    trainingSet: trainingSet?.id ?? null,
    views: [...looked].map(([name, names]) => ({ name, features: [...names] })),
    entities: features.views.flatMap(view => view.entity ?? []),
    sources: [
      ...new Set([...features.views.map(view => view.source), ...features.sources.map(each => each.name)]),
    ],
    onDemand: features.onDemand.map(each => each.name),
  }
}
