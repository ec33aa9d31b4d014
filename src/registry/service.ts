import { auditWriter, localPrincipal, type Principal } from '../governance/index.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Micros } from '../kernel/time.ts'
import type { Page, PageRequest, UnitOfWork } from '../kernel/unit-of-work.ts'
import { aliasAt } from './alias-at.ts'
import { knownModel, knownVersion, unknownAlias } from './lookups.ts'
import type { AliasEvent, ModelVersion, RegisteredModel } from './model.ts'
import { type AliasChange, moveAlias, type RegistryStores } from './move-alias.ts'
import { assertFiles, assertModelName, assertReason } from './validate-names.ts'
import { versionDigest } from './version-digest.ts'
import { announce } from './webhooks/announce.ts'

/** `description` describes the model when this is its first version. */
export type NewModelVersion = Omit<ModelVersion, 'version' | 'createdAt' | 'digest'> & {
  readonly description?: string
}

/** Every change takes the one who makes it; `local` when left out. Reads of an unknown model throw MODEL_UNKNOWN. */
export interface RegistryService {
  /** The existing one if the name is known (its description stays). Throws NAME_INVALID. */
  ensureModel(
    model: { readonly name: string; readonly description?: string },
    principal?: Principal,
  ): Promise<RegisteredModel>
  /** Content registered before is a no-op that answers the version it has. Makes the model when it is new. */
  registerVersion(version: NewModelVersion, principal?: Principal): Promise<ModelVersion>
  /** Pointing an alias where it points is a no-op. Throws MODEL_VERSION_UNKNOWN, NAME_INVALID, ALIAS_UNKNOWN, ALIAS_PROTECTED. */
  setAlias(change: AliasChange, principal?: Principal): Promise<void>
  listModels(page: PageRequest): Promise<Page<RegisteredModel>>
  getModel(name: string): Promise<RegisteredModel>
  /** Throws MODEL_VERSION_UNKNOWN. */
  getVersion(model: string, version: number): Promise<ModelVersion>
  /** The version an alias points to. Throws ALIAS_UNKNOWN. */
  getByAlias(model: string, alias: string): Promise<ModelVersion>
  /** Oldest first. */
  listVersions(model: string): Promise<readonly ModelVersion[]>
  aliases(model: string): Promise<Readonly<Record<string, number>>>
  /** In the order it happened. */
  aliasHistory(model: string): Promise<readonly AliasEvent[]>
  /** What an alias pointed to at an instant, its own instant included; null for nothing. */
  aliasAt(query: {
    readonly model: string
    readonly alias: string
    readonly at: Micros
  }): Promise<number | null>
}

export interface RegistryDeps {
  readonly uow: UnitOfWork<RegistryStores>
  readonly clock: Clock
}

export function createRegistryService(deps: RegistryDeps): RegistryService {
  const { uow } = deps
  const store = uow.read.registry
  const getModel = (name: string) => knownModel(store, name)
  const getVersion = async (model: string, version: number) => {
    await getModel(model)
    return knownVersion(store, model, version)
  }
  return {
    ensureModel: ({ name, description = '' }, principal = localPrincipal) =>
      uow.transaction(stores => ensureModel(deps, stores, { name, description, principal })),
    registerVersion: (version, principal = localPrincipal) => registerVersion(deps, version, principal),
    setAlias: (change, principal = localPrincipal) => setAlias(deps, change, principal),
    listModels: page => store.listModels(page),
    getModel,
    getVersion,
    async getByAlias(model, alias) {
      await getModel(model)
      const version = new Map(Object.entries(await store.aliases(model))).get(alias)
      if (version === undefined) throw unknownAlias(model, alias)
      return knownVersion(store, model, version)
    },
    listVersions: async model => store.listVersions((await getModel(model)).name),
    aliases: async model => store.aliases((await getModel(model)).name),
    aliasHistory: async model => store.aliasHistory((await getModel(model)).name),
    aliasAt: async ({ model, alias, at }) =>
      aliasAt(await store.aliasHistory((await getModel(model)).name), alias, at),
  }
}

interface EnsureRequest {
  readonly name: string
  readonly description: string
  readonly principal: Principal
}

async function ensureModel(
  { clock }: RegistryDeps,
  stores: RegistryStores,
  request: EnsureRequest,
): Promise<RegisteredModel> {
  const { name, description, principal } = request
  assertModelName(name)
  assertReason(description)
  const known = await stores.registry.findModel(name)
  if (known !== undefined) return known
  const model = { name, description, createdAt: clock.nowMicros() }
  await stores.registry.insertModel(model)
  await auditWriter(clock, principal)(stores, {
    action: 'model.created',
    object: `model:${name}`,
    details: { description },
  })
  await announce(stores, { what: 'model-created', model: name }, model.createdAt)
  return model
}

async function registerVersion(
  deps: RegistryDeps,
  request: NewModelVersion,
  principal: Principal,
): Promise<ModelVersion> {
  const { description = '', ...content } = request
  assertModelName(content.model)
  assertFiles(content.files)
  const digest = versionDigest(content)
  return deps.uow.transaction(async stores => {
    await ensureModel(deps, stores, { name: content.model, description, principal })
    const known = await stores.registry.findVersionByDigest(content.model, digest)
    if (known !== undefined) return known
    const version = await stores.registry.insertVersion({
      ...content,
      digest,
      createdAt: deps.clock.nowMicros(),
    })
    const { experimentRun, pipelineRun } = version
    await auditWriter(deps.clock, principal)(stores, {
      action: 'model-version.created',
      object: `model:${version.model}`,
      details: { version: version.version, digest, experimentRun, pipelineRun },
    })
    await announce(
      stores,
      { what: 'version-created', model: version.model, version: version.version },
      version.createdAt,
    )
    return version
  })
}

async function setAlias(
  { uow, clock }: RegistryDeps,
  change: AliasChange,
  principal: Principal,
): Promise<void> {
  await uow.transaction(async stores => {
    const before = await moveAlias({ clock, stores, principal }, change)
    if (before === null && change.version === null) throw unknownAlias(change.model, change.alias)
  })
}
