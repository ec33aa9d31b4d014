import { type AuditStores, auditWriter, localPrincipal, type Principal } from '../governance/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { Micros } from '../kernel/time.ts'
import type { Page, PageRequest, UnitOfWork } from '../kernel/unit-of-work.ts'
import { aliasAt } from './alias-at.ts'
import type { AliasEvent, ModelVersion, RegisteredModel } from './model.ts'
import type { RegistryStore } from './ports.ts'
import { assertAlias, assertFiles, assertModelName, assertReason } from './validate-names.ts'
import { versionDigest } from './version-digest.ts'

/** The part of the platform's stores that the registry uses. */
export interface RegistryStores extends AuditStores {
  readonly registry: RegistryStore
}

/** `description` describes the model when this is its first version. */
export type NewModelVersion = Omit<ModelVersion, 'version' | 'createdAt' | 'digest'> & {
  readonly description?: string
}

export interface AliasChange {
  readonly model: string
  readonly alias: string
  /** null takes the alias away. */
  readonly version: number | null
  readonly reason: string
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
  /** Pointing an alias where it points is a no-op. Throws MODEL_VERSION_UNKNOWN, NAME_INVALID, ALIAS_UNKNOWN. */
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
      return version === undefined ? unknownAlias(model, alias) : knownVersion(store, model, version)
    },
    listVersions: async model => store.listVersions((await getModel(model)).name),
    aliases: async model => store.aliases((await getModel(model)).name),
    aliasHistory: async model => store.aliasHistory((await getModel(model)).name),
    aliasAt: async ({ model, alias, at }) =>
      aliasAt(await store.aliasHistory((await getModel(model)).name), alias, at),
  }
}

async function knownModel(store: RegistryStore, name: string): Promise<RegisteredModel> {
  const model = await store.findModel(name)
  if (model === undefined) throw new FettleError('MODEL_UNKNOWN', `There is no registered model "${name}"`)
  return model
}

async function knownVersion(store: RegistryStore, model: string, version: number): Promise<ModelVersion> {
  const found = Number.isSafeInteger(version) ? await store.findVersion(model, version) : undefined
  if (found === undefined)
    throw new FettleError('MODEL_VERSION_UNKNOWN', `Model "${model}" has no version ${version}`)
  return found
}

function unknownAlias(model: string, alias: string): never {
  throw new FettleError('ALIAS_UNKNOWN', `Model "${model}" has no alias "${alias}"`)
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
    return version
  })
}

async function setAlias(
  { uow, clock }: RegistryDeps,
  change: AliasChange,
  principal: Principal,
): Promise<void> {
  const { model, alias, version, reason } = change
  assertAlias(alias)
  assertReason(reason)
  await uow.transaction(async stores => {
    await knownModel(stores.registry, model)
    if (version !== null) await knownVersion(stores.registry, model, version)
    const before = new Map(Object.entries(await stores.registry.aliases(model))).get(alias) ?? null
    if (before === null && version === null) unknownAlias(model, alias)
    if (before === version) return
    const at = clock.nowMicros()
    await stores.registry.appendAliasEvent({ model, alias, version, at, by: principal.name, reason })
    await auditWriter(clock, principal)(stores, {
      action: version === null ? 'alias.removed' : 'alias.moved',
      object: `model:${model}`,
      details: { alias, before, after: version, reason },
    })
  })
}
