import { createCursors } from '../../experiments/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { aliasAt } from '../alias-at.ts'
import { knownModel, knownVersionRecord, unknownAlias } from '../lookups.ts'
import { moveAlias } from '../move-alias.ts'
import type { StoredVersion } from '../ports.ts'
import { assertAliasText } from '../validate-names.ts'
import type { RegistryRecordsDeps } from './changes.ts'
import { modelRecords } from './models.ts'
import type { AliasRecords, RegistryRecords } from './service.ts'
import { versionRecord } from './version-record.ts'
import { versionRecords } from './versions.ts'

export function createRegistryRecords(deps: RegistryRecordsDeps): RegistryRecords {
  const cursors = createCursors(deps.uow)
  return {
    models: modelRecords(deps, cursors),
    versions: versionRecords(deps, cursors),
    aliases: aliasRecords(deps),
  }
}

function aliasRecords(deps: RegistryRecordsDeps): AliasRecords {
  const { uow, clock } = deps
  const { registry } = uow.read
  const history = async (model: string) => registry.aliasHistory((await knownModel(registry, model)).name)
  return {
    set: ({ reason = '', ...change }, principal) =>
      uow.transaction(
        async stores => void (await moveAlias({ clock, stores, principal }, { ...change, reason })),
      ),
    remove: ({ reason = '', ...change }, principal) =>
      uow.transaction(async stores => {
        assertAliasText(change.alias)
        await knownModel(stores.registry, change.model)
        if (!Object.hasOwn(await stores.registry.aliases(change.model), change.alias)) return
        await moveAlias({ clock, stores, principal }, { ...change, version: null, reason })
      }),
    async get(model, alias) {
      assertAliasText(alias)
      await knownModel(registry, model)
      if (alias.toLowerCase() === 'latest') return versionRecord(deps, await newestVersion(deps, model))
      const version = new Map(Object.entries(await registry.aliases(model))).get(alias)
      if (version === undefined) throw unknownAlias(model, alias)
      return versionRecord(deps, await knownVersionRecord(registry, { model, version }))
    },
    history,
    at: async ({ model, alias, at }) => aliasAt(await history(model), alias, at),
  }
}

/** Throws MODEL_VERSION_UNKNOWN when there is none. */
async function newestVersion({ uow }: RegistryRecordsDeps, model: string): Promise<StoredVersion> {
  const versions = await uow.read.registry.latestVersionRecords([model])
  const [newest] = [...versions].sort((a, b) => b.version - a.version)
  if (newest !== undefined) return newest
  throw new FettleError('MODEL_VERSION_UNKNOWN', `Latest version not found for model ${model}.`)
}
