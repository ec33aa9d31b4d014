import type { Cursors } from '../../experiments/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { knownModelRecord } from '../lookups.ts'
import { dropAliases, type RegistryStores } from '../move-alias.ts'
import type { ReleaseReference } from '../ports.ts'
import { change, type RegistryRecordsDeps, shown } from './changes.ts'
import type { Facts, ModelRecord } from './model.ts'
import { searchModels } from './search.ts'
import type { ModelRecords } from './service.ts'
import { assertDescription, assertRecordName, assertTag, assertTagKey, assertTags } from './validate.ts'

const promptTag = 'mlflow.prompt.is_prompt'
const kindOf = (tags: Facts): ModelRecord['kind'] => (tags[promptTag] === 'true' ? 'prompt' : 'model')

export function modelRecords(deps: RegistryRecordsDeps, cursors: Cursors): ModelRecords {
  const { uow, clock } = deps
  const { registry } = uow.read
  return {
    create: (model, principal) =>
      change(deps, principal, async stores => {
        const { name, description = '', tags = {} } = model
        assertRecordName(name)
        assertDescription(description)
        assertTags(tags)
        await assertFree(stores, name, kindOf(tags))
        await stores.registry.insertModel({ name, description, createdAt: clock.nowMicros() })
        for (const [key, value] of Object.entries(tags)) await stores.registry.setModelTag(name, key, value)
        await stores.registry.changeModel(name, { kind: kindOf(tags) })
        const result = await knownModelRecord(stores.registry, name)
        const details = { id: result.id, description: shown(description), tags: Object.keys(tags) }
        const news = { what: 'model-created', model: name } as const
        return { result, recorded: { action: 'model.created', model: name, details, news } }
      }),
    get: name => knownModelRecord(registry, name),
    search: async query => searchModels({ store: registry, cursors, now: clock.nowMicros() }, query),
    rename: (name, to, principal) =>
      change(deps, principal, async stores => {
        assertRecordName(to)
        const { id } = await knownModelRecord(stores.registry, name)
        if (to !== name) await assertFree(stores, to)
        await assertUnreleased(stores, name, 'renamed')
        const updatedAt = clock.nowMicros()
        await stores.registry.changeModel(name, { name: to, updatedAt })
        await stores.registry.changeVersions({ model: to }, { updatedAt })
        const result = await knownModelRecord(stores.registry, to)
        return {
          result,
          recorded: { action: 'model.renamed', model: to, details: { id, before: name, after: to } },
        }
      }),
    describe: (name, description, principal) =>
      change(deps, principal, async stores => {
        assertDescription(description)
        const before = await knownModelRecord(stores.registry, name)
        await stores.registry.changeModel(name, { description, updatedAt: clock.nowMicros() })
        const result = await knownModelRecord(stores.registry, name)
        const details = { id: before.id, before: shown(before.description), after: shown(description) }
        return { result, recorded: { action: 'model.described', model: name, details } }
      }),
    remove: (name, principal) =>
      change(deps, principal, async stores => {
        const { id } = await knownModelRecord(stores.registry, name)
        await assertUnreleased(stores, name, 'deleted')
        await dropAliases({ clock, stores, principal }, { model: name, reason: 'the model was deleted' })
        const versions = (await stores.registry.listVersionRecords(name)).map(({ version }) => version)
        await stores.registry.hideModel(name, clock.nowMicros())
        return {
          result: undefined,
          recorded: { action: 'model.deleted', model: name, details: { id, versions } },
        }
      }),
    setTag: (name, { key, value }, principal) =>
      change(deps, principal, async stores => {
        assertTag(key, value)
        const { id, tags } = await knownModelRecord(stores.registry, name)
        await stores.registry.setModelTag(name, key, value)
        await stores.registry.changeModel(name, { kind: kindOf({ ...tags, [key]: value }) })
        const details = { id, key, before: shown(tags[key]), after: shown(value) }
        const news = { what: 'tag-set', model: name, key } as const
        return { result: undefined, recorded: { action: 'model.tagged', model: name, details, news } }
      }),
    removeTag: (name, key, principal) =>
      change(deps, principal, async stores => {
        assertTagKey(key)
        const { id, tags } = await knownModelRecord(stores.registry, name)
        if (!Object.hasOwn(tags, key)) return { result: undefined, recorded: null }
        await stores.registry.removeModelTag(name, key)
        const { [key]: before, ...rest } = tags
        await stores.registry.changeModel(name, { kind: kindOf(rest) })
        const details = { id, key, before: shown(before), after: null }
        const news = { what: 'tag-removed', model: name, key } as const
        return { result: undefined, recorded: { action: 'model.untagged', model: name, details, news } }
      }),
  }
}

async function assertFree(
  stores: RegistryStores,
  name: string,
  kind: ReturnType<typeof kindOf> = 'model',
): Promise<void> {
  const known = await stores.registry.findModelRecord(name)
  if (known === undefined) return
  const both = known.kind === 'prompt' && kind === 'prompt'
  throw new FettleError(
    'NAME_TAKEN',
    `${both ? 'Prompt' : 'Registered Model'} (name=${name}) already exists.`,
  )
}

/** Releases name the model that their version belongs to: while one does, the name stays. */
async function assertUnreleased(stores: RegistryStores, name: string, what: string): Promise<void> {
  const releases = await stores.deployments.releasesOf(name)
  if (releases.length > 0)
    throw new FettleError(
      'VERSION_IN_USE',
      `Model "${name}" cannot be ${what} because of ${releases.map(releaseWords).join(', ')}`,
      { details: { dependents: releases.map(releaseWords) } },
    )
}

const releaseWords = ({ deployment, number }: ReleaseReference) => `release ${number} of ${deployment}`
