import type { ModelVersion as WireVersion } from '../../api/tracking.ts'
import type { VersionClass } from '../../reproduction/index.ts'
import { toWireJson } from '../map/json.ts'
import { withoutUndefined } from '../map/optional.ts'
import { modelSummaryToWire, modelToWire, modelVersionToWire, newVersionFromWire } from '../map/registry.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Registry, Services } from '../services.ts'

type RegistryRoutes = 'models' | 'model' | 'registerVersion' | 'setAlias'

export function registryHandlers({
  registry,
  reproductions,
  evaluations,
}: Pick<Services, 'registry' | 'reproductions' | 'evaluations'>): Pick<Handlers, RegistryRoutes> {
  const modelPage = async (name: string) => {
    const page = await modelOf(registry, name)
    const classes = await Promise.all(page.stored.map(version => reproductions.classOf(version)))
    const classOf = new Map(page.stored.map(({ version }, index) => [version, classes[index]]))
    return {
      ...page.model,
      versions: await Promise.all(
        page.model.versions.map(async version =>
          withClass(await withEvaluation(version, evaluations), classOf.get(version.version)),
        ),
      ),
    }
  }
  return {
    models: async ({ query }) => {
      const page = await registry.listModels(withoutUndefined(query))
      const items = await Promise.all(
        page.items.map(async model =>
          modelSummaryToWire({
            model,
            versions: await registry.listVersions(model.name),
            aliases: await registry.aliases(model.name),
          }),
        ),
      )
      return page.next === undefined ? { items } : { items, next: page.next }
    },
    model: ({ params }) => modelPage(params.name),
    registerVersion: async ({ params, body, principal }) => {
      const version = await registry.registerVersion(newVersionFromWire(params.name, body), principal)
      return modelVersionToWire(version, await registry.aliases(params.name))
    },
    setAlias: async ({ params, body, principal }) => {
      const { version, reason = '' } = body
      await registry.setAlias({ model: params.name, alias: params.alias, version, reason }, principal)
      return modelPage(params.name)
    },
  }
}

/** One that was registered without an evaluation shows the newest that was kept with it. */
async function withEvaluation(
  version: WireVersion,
  evaluations: Services['evaluations'],
): Promise<WireVersion> {
  if (version.evaluation !== null) return version
  const kept = await evaluations.newest(version.digest)
  return kept === undefined ? version : { ...version, evaluation: toWireJson(kept.report) }
}

function withClass(version: WireVersion, found: VersionClass | undefined): WireVersion {
  return found === undefined
    ? version
    : { ...version, reproduction: { ...found, missing: [...found.missing] } }
}

async function modelOf(registry: Registry, name: string) {
  const model = await registry.getModel(name)
  const [versions, aliases, aliasHistory] = await Promise.all([
    registry.listVersions(name),
    registry.aliases(name),
    registry.aliasHistory(name),
  ])
  return { stored: versions, model: modelToWire({ model, versions, aliases, aliasHistory }) }
}
