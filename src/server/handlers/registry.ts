import { withoutUndefined } from '../map/optional.ts'
import { modelSummaryToWire, modelToWire, modelVersionToWire, newVersionFromWire } from '../map/registry.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Registry, Services } from '../services.ts'

type RegistryRoutes = 'models' | 'model' | 'registerVersion' | 'setAlias'

export function registryHandlers({ registry }: Pick<Services, 'registry'>): Pick<Handlers, RegistryRoutes> {
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
    model: ({ params }) => modelPage(registry, params.name),
    registerVersion: async ({ params, body, principal }) => {
      const version = await registry.registerVersion(newVersionFromWire(params.name, body), principal)
      return modelVersionToWire(version, await registry.aliases(params.name))
    },
    setAlias: async ({ params, body, principal }) => {
      const { version, reason = '' } = body
      await registry.setAlias({ model: params.name, alias: params.alias, version, reason }, principal)
      return modelPage(registry, params.name)
    },
  }
}

async function modelPage(registry: Registry, name: string) {
  const model = await registry.getModel(name)
  const [versions, aliases, aliasHistory] = await Promise.all([
    registry.listVersions(name),
    registry.aliases(name),
    registry.aliasHistory(name),
  ])
  return modelToWire({ model, versions, aliases, aliasHistory })
}
