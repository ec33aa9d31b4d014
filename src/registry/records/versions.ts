import type { Cursors } from '../../experiments/index.ts'
import type { Principal } from '../../governance/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import { knownModelRecord, knownVersionRecord } from '../lookups.ts'
import { dropAliases, type RegistryStores } from '../move-alias.ts'
import type { RegistryStore, StoredVersion } from '../ports.ts'
import { versionDigest } from '../version-digest.ts'
import type { RegistryNews } from '../webhooks/announce.ts'
import { change, type RegistryRecordsDeps, shown } from './changes.ts'
import { contentOf, type VersionContent } from './content.ts'
import type { Stage, VersionRecord } from './model.ts'
import { searchVersions } from './search.ts'
import type { NewVersionRecord, VersionName, VersionRecords } from './service.ts'
import { parseSource } from './source.ts'
import { assertDescription, assertTag, assertTagKey, assertTags, stageOf } from './validate.ts'
import { versionRecord, versionRecordsOf } from './version-record.ts'

export function versionRecords(deps: RegistryRecordsDeps, cursors: Cursors): VersionRecords {
  const { uow, clock } = deps
  const { registry } = uow.read
  const answer = async (name: VersionName) => versionRecord(deps, await knownVersionRecord(registry, name))
  return {
    create: (version, principal) => createVersion(deps, version, principal),
    get: answer,
    async search(query) {
      const { items, next } = await searchVersions(
        { store: registry, cursors, now: clock.nowMicros() },
        query,
      )
      const records = await versionRecordsOf(deps, items)
      return next === undefined ? { items: records } : { items: records, next }
    },
    async latest(model, stages = []) {
      const wanted = new Set(stages.map(stageOf))
      await knownModelRecord(registry, model)
      const newest = await registry.latestVersionRecords([model])
      return versionRecordsOf(
        deps,
        newest.filter(({ stage }) => wanted.size === 0 || wanted.has(stage)),
      )
    },
    latestOf: async models => versionRecordsOf(deps, await registry.latestVersionRecords(models)),
    async describe(name, description, principal) {
      assertDescription(description)
      await changeVersion(
        deps,
        { name, principal, action: 'model-version.described' },
        async (stores, before) => {
          await stores.registry.changeVersions(name, { description, updatedAt: clock.nowMicros() })
          return { before: shown(before.description), after: shown(description) }
        },
      )
      return answer(name)
    },
    remove: (name, principal) => removeVersion(deps, name, principal),
    async setTag(name, { key, value }, principal) {
      assertTag(key, value)
      await changeVersion(
        deps,
        { name, principal, action: 'model-version.tagged', news: { what: 'tag-set', ...name, key } },
        async (stores, { tags }) => {
          await stores.registry.setVersionTag(name, key, value)
          return { key, before: shown(tags[key]), after: shown(value) }
        },
      )
    },
    async removeTag(name, key, principal) {
      assertTagKey(key)
      await changeVersion(
        deps,
        { name, principal, action: 'model-version.untagged', news: { what: 'tag-removed', ...name, key } },
        async (stores, { tags }) => {
          if (!Object.hasOwn(tags, key)) return null
          await stores.registry.removeVersionTag(name, key)
          return { key, before: shown(tags[key]), after: null }
        },
      )
    },
    async setStage(name, change, principal) {
      await setStage(deps, { name, ...change }, principal)
      return answer(name)
    },
    dependents: name => dependents(deps, name),
  }
}

async function setStage(
  deps: RegistryRecordsDeps,
  request: { readonly name: VersionName; readonly stage: string; readonly archiveExisting: boolean },
  principal: Principal,
): Promise<void> {
  const { name, archiveExisting } = request
  const stage = stageOf(request.stage)
  if (archiveExisting && stage !== 'Staging' && stage !== 'Production')
    throw new FettleError(
      'REGISTRY_INVALID',
      `archive_existing_versions cannot be used with stage ${stage}: only with Staging and Production`,
    )
  await changeVersion(deps, { name, principal, action: 'model-version.staged' }, async (stores, before) => {
    const at = deps.clock.nowMicros()
    const archived = archiveExisting ? await archiveOthers(stores.registry, { ...name, stage }, at) : []
    await stores.registry.changeVersions(name, { stage, updatedAt: at })
    await stores.registry.changeModel(name.model, { updatedAt: at })
    return { before: before.stage, after: stage, archived }
  })
}

async function dependents({ uow: { read } }: RegistryRecordsDeps, name: VersionName) {
  await knownVersionRecord(read.registry, name)
  const copies = await read.registry.versionsFrom(`models:/${name.model}/${name.version}`)
  return [
    ...(await users(read, name)),
    ...copies.map(({ model, version }) => ({ kind: 'version', name: `${model}@${version}` })),
  ]
}

interface VersionChange {
  readonly name: VersionName
  readonly principal: Principal
  readonly action: string
  readonly news?: RegistryNews
}

/** `work` answers what the audit row says beside the version; null: nothing changed. */
async function changeVersion(
  deps: RegistryRecordsDeps,
  { name, principal, action, news }: VersionChange,
  work: (
    stores: RegistryStores,
    before: StoredVersion,
  ) => Promise<Readonly<Record<string, string | null | readonly number[]>> | null>,
): Promise<void> {
  await change(deps, principal, async stores => {
    const before = await knownVersionRecord(stores.registry, name)
    const said = await work(stores, before)
    const { model, version } = name
    const details = { version, ...copied(said ?? {}) }
    const recorded = said === null ? null : { action, model, details, ...(news && { news }) }
    return { result: undefined, recorded }
  })
}

const copied = (said: Readonly<Record<string, string | null | readonly number[]>>) =>
  Object.fromEntries(
    Object.entries(said).map(([key, value]) => [
      key,
      Array.isArray(value) ? [...value] : (value as string | null),
    ]),
  )

async function createVersion(
  deps: RegistryRecordsDeps,
  given: NewVersionRecord,
  principal: Principal,
): Promise<VersionRecord> {
  const { uow, tracking, objects } = deps
  const { description = '', tags = {} } = given
  assertDescription(description)
  assertTags(tags)
  await knownModelRecord(uow.read.registry, given.model)
  const store = uow.read.registry
  const source = parseSource(given.source)
  const content = await contentOf({ tracking, objects, store }, source, given.source)
  await deps.assertUnaltered?.(content.files)
  const loggedModel = source.kind === 'loggedModel' ? source.id : given.loggedModel
  // Who registers a logged model need not say which run made it.
  const run = given.run ?? (loggedModel && (await tracking.loggedModels.get(loggedModel)).sourceRun)
  const request = run ? { ...given, run } : given
  const made = await change(deps, principal, async stores => {
    await knownModelRecord(stores.registry, request.model)
    const { version, digest } = await insertVersion(
      stores.registry,
      { request, content },
      deps.clock.nowMicros(),
    )
    const name = { model: request.model, version }
    for (const [key, value] of Object.entries(tags)) await stores.registry.setVersionTag(name, key, value)
    const details = { version, digest, source: shown(request.source), experimentRun: request.run ?? null }
    return {
      result: await knownVersionRecord(stores.registry, name),
      recorded: {
        ...{ action: 'model-version.created', model: request.model, details },
        news: { what: 'version-created', ...name },
      },
    }
  })
  return versionRecord(deps, made)
}

async function insertVersion(
  registry: RegistryStore,
  { request, content }: { readonly request: NewVersionRecord; readonly content: VersionContent },
  createdAt: Micros,
) {
  const { model, source, run, loggedModel, runLink, description } = request
  const { format, signature, files, location, gap, loader } = content
  const facts = {
    format,
    signature,
    files,
    metrics: {},
    trainingSet: null,
    environment: null,
    evaluation: null,
  }
  const origin = {
    source,
    location,
    loggedModel: loggedModel ?? null,
    runLink: runLink ?? null,
    status: 'ready' as const,
    signatureGap: gap,
    loader,
  }
  const digest = versionDigest(facts, files.length === 0 ? location : undefined)
  const version = { ...facts, model, createdAt, digest, experimentRun: run ?? null, pipelineRun: null }
  const inserted = await registry.insertVersion(version, origin)
  if (description !== undefined)
    await registry.changeVersions({ model, version: inserted.version }, { description, updatedAt: createdAt })
  return inserted
}

/** Versions that had the stage and have it no longer. */
async function archiveOthers(
  registry: RegistryStore,
  { model, version, stage }: VersionName & { readonly stage: Stage },
  at: Micros,
): Promise<readonly number[]> {
  const others = (await registry.listVersionRecords(model)).filter(
    each => each.stage === stage && each.version !== version,
  )
  for (const other of others) await registry.changeVersions(other, { stage: 'Archived', updatedAt: at })
  return others.map(other => other.version)
}

async function removeVersion(
  deps: RegistryRecordsDeps,
  name: VersionName,
  principal: Principal,
): Promise<void> {
  const { clock } = deps
  const { model, version } = name
  await changeVersion(deps, { name, principal, action: 'model-version.deleted' }, async (stores, before) => {
    const using = await users(stores, name)
    if (using.length > 0)
      throw new FettleError(
        'VERSION_IN_USE',
        `Version ${version} of "${model}" is used by ${using.map(user => `${user.kind} ${user.name}`).join(', ')}`,
        { details: { dependents: using.map(user => ({ ...user })) } },
      )
    await dropAliases(
      { clock, stores, principal },
      { model, version, reason: `version ${version} was deleted` },
    )
    const at = clock.nowMicros()
    await stores.registry.hideVersion(model, version, at)
    await stores.registry.changeModel(model, { updatedAt: at })
    return { digest: before.digest }
  })
}

/** What a version is needed for: while there is any, it stays. */
async function users({ deployments }: Pick<RegistryStores, 'deployments'>, { model, version }: VersionName) {
  const releases = (await deployments.releasesOf(model)).filter(release => release.version === version)
  return releases.flatMap(({ deployment, number, current }) => [
    { kind: 'release', name: `${deployment}@${number}` },
    ...(current ? [{ kind: 'deployment', name: deployment }] : []),
  ])
}
