import { resultLimits } from '../../../api/mlflow/limits.ts'
import type { TrackingService } from '../../../experiments/index.ts'
import type { ModelRecord, RegistryRecords, VersionRecord } from '../../../registry/index.ts'
import type { MlflowHandlers } from '../handler-types.ts'
import { factsOf } from '../map/facts.ts'
import { modelToWire, versionOf, versionToWire } from '../map/registry.ts'
import { tagLoggedModel } from '../model-versions-tag.ts'
import { pageToWire, searchOf } from '../results.ts'

type ModelNames =
  | 'createModel'
  | 'renameModel'
  | 'updateModel'
  | 'deleteModel'
  | 'getModel'
  | 'searchModels'
  | 'getLatestVersions'
  | 'setModelTag'
  | 'deleteModelTag'
  | 'setAlias'
  | 'getAlias'
  | 'deleteAlias'

export function modelHandlers({
  models,
  versions,
  aliases,
}: RegistryRecords): Pick<MlflowHandlers, ModelNames> {
  const shown = async (model: ModelRecord): Promise<object> => ({
    registered_model: modelToWire(model, await versions.latest(model.name)),
  })
  return {
    createModel: async ({ name, tags, description = '' }, principal) => ({
      registered_model: modelToWire(
        await models.create({ name, tags: factsOf(tags), description }, principal),
        [],
      ),
    }),
    renameModel: async ({ name, new_name: to }, principal) => shown(await models.rename(name, to, principal)),
    updateModel: async ({ name, description = '' }, principal) =>
      shown(await models.describe(name, description, principal)),
    deleteModel: ({ name }, principal) => models.remove(name, principal),
    getModel: async ({ name }) => shown(await models.get(name)),
    searchModels: async request => {
      const page = await models.search(searchOf(request, resultLimits.models))
      const latest = new Map<string, VersionRecord[]>(page.items.map(({ name }) => [name, []]))
      for (const version of await versions.latestOf([...latest.keys()]))
        latest.get(version.model)?.push(version)
      return pageToWire('registered_models', page, model => modelToWire(model, latest.get(model.name) ?? []))
    },
    getLatestVersions: async ({ name, stages = [] }) => {
      const found = await (stages.length === 0 ? versions.latest(name) : versions.latest(name, stages))
      return pageToWire('model_versions', { items: found }, versionToWire)
    },
    setModelTag: ({ name, key, value = '' }, principal) => models.setTag(name, { key, value }, principal),
    deleteModelTag: ({ name, key }, principal) => models.removeTag(name, key, principal),
    setAlias: ({ name: model, alias, version }, principal) =>
      aliases.set({ model, alias, version: versionOf(version) }, principal),
    getAlias: async ({ name, alias }) => ({ model_version: versionToWire(await aliases.get(name, alias)) }),
    deleteAlias: ({ name: model, alias }, principal) => aliases.remove({ model, alias }, principal),
  }
}

type VersionNames =
  | 'createVersion'
  | 'getVersion'
  | 'searchVersions'
  | 'getDownloadUri'
  | 'updateVersion'
  | 'deleteVersion'
  | 'setVersionTag'
  | 'deleteVersionTag'
  | 'transitionStage'

export function versionHandlers(
  { versions }: RegistryRecords,
  { loggedModels }: TrackingService,
): Pick<MlflowHandlers, VersionNames> {
  const named = ({ name, version }: { readonly name: string; readonly version: string }) => ({
    model: name,
    version: versionOf(version),
  })
  return {
    createVersion: async ({ name, source, run_id, model_id, tags, run_link, description }, principal) => {
      const created = await versions.create(
        {
          model: name,
          source,
          tags: factsOf(tags),
          ...given('run', run_id),
          ...given('loggedModel', model_id),
          ...given('runLink', run_link),
          ...given('description', description),
        },
        principal,
      )
      await tagLoggedModel(loggedModels, created, principal)
      return { model_version: versionToWire(created) }
    },
    getVersion: async request => ({ model_version: versionToWire(await versions.get(named(request))) }),
    searchVersions: async request => {
      const page = await versions.search(searchOf(request, resultLimits.versions))
      return pageToWire('model_versions', page, versionToWire)
    },
    getDownloadUri: async request => ({ artifact_uri: (await versions.get(named(request))).location }),
    updateVersion: async ({ description = '', ...request }, principal) => ({
      model_version: versionToWire(await versions.describe(named(request), description, principal)),
    }),
    deleteVersion: (request, principal) => versions.remove(named(request), principal),
    setVersionTag: ({ key, value = '', ...request }, principal) =>
      versions.setTag(named(request), { key, value }, principal),
    deleteVersionTag: ({ key, ...request }, principal) => versions.removeTag(named(request), key, principal),
    transitionStage: async (
      { stage, archive_existing_versions: archiveExisting = false, ...request },
      principal,
    ) => {
      const staged = await versions.setStage(named(request), { stage, archiveExisting }, principal)
      return { model_version: versionToWire(staged) }
    },
  }
}

/** Empty text is not given. */
function given<Name extends string>(name: Name, text: string | undefined): { readonly [N in Name]?: string } {
  return (text === undefined || text === '' ? {} : { [name]: text }) as { readonly [N in Name]?: string }
}
