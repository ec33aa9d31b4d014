import type { Principal } from '../../governance/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import { knownModelRecord } from '../lookups.ts'
import { moveAlias, type RegistryStores } from '../move-alias.ts'
import { versionDigest } from '../version-digest.ts'
import { change, type RegistryRecordsDeps } from './changes.ts'
import { contentOf, type VersionContent } from './content.ts'
import type { Facts, VersionStatus } from './model.ts'
import { parseSource } from './source.ts'
import { assertRecordName, stageOf } from './validate.ts'

export interface ImportedVersion {
  readonly version: number
  readonly createdAt: Micros
  readonly updatedAt: Micros
  readonly description: string
  readonly source: string
  readonly run: string | null
  readonly loggedModel: string | null
  readonly runLink: string | null
  readonly status: VersionStatus
  readonly stage: string
  readonly tags: Facts
}

export interface ImportedModel {
  readonly name: string
  readonly description: string
  readonly createdAt: Micros
  readonly updatedAt: Micros
  readonly tags: Facts
  readonly aliases: Readonly<Record<string, number>>
  /** Oldest first; numbers that are missing are never given. */
  readonly versions: readonly ImportedVersion[]
  /** Where it came from: the reason of its alias events. */
  readonly from: string
}

/** Takes over what another registry recorded, with its version numbers and times; again, it changes nothing. */
export interface RegistryImport {
  /** Answers what could not be taken over, with why: the rest is written. */
  model(model: ImportedModel, principal: Principal): Promise<readonly string[]>
}

export function createRegistryImport(deps: RegistryRecordsDeps): RegistryImport {
  return { model: (model, principal) => importModel(deps, model, principal) }
}

async function importModel(
  deps: RegistryRecordsDeps,
  model: ImportedModel,
  principal: Principal,
): Promise<readonly string[]> {
  assertRecordName(model.name)
  const contents = new Map<number, VersionContent>()
  for (const version of model.versions) contents.set(version.version, await contentOrSource(deps, version))
  return change(deps, principal, async stores => {
    const { registry } = stores
    const { name, description, createdAt, updatedAt, tags } = model
    const known = await registry.findModelRecord(name)
    if (known === undefined) await registry.insertModel({ name, description, createdAt })
    for (const [key, value] of Object.entries(tags)) await registry.setModelTag(name, key, value)
    const kind = tags['mlflow.prompt.is_prompt'] === 'true' ? 'prompt' : 'model'
    const refused: string[] = []
    for (const version of model.versions) {
      const problem = await importVersion(stores, {
        model: name,
        version,
        content: contents.get(version.version),
      })
      if (problem !== undefined) refused.push(problem)
    }
    refused.push(...(await importAliases(deps, stores, model, principal)))
    await registry.changeModel(name, { description, kind, updatedAt })
    const { id } = await knownModelRecord(registry, name)
    const details = { id, from: model.from, versions: model.versions.map(({ version }) => version) }
    return { result: refused, recorded: { action: 'model.imported', model: name, details } }
  })
}

/** Files that did not come along leave a version that says where they were. */
async function contentOrSource(
  { uow, tracking, objects }: RegistryRecordsDeps,
  { source }: ImportedVersion,
): Promise<VersionContent> {
  try {
    const parsed = parseSource(source)
    // Versions of models are in this import too, and may not be there yet: clients resolve them by name.
    if (parsed.kind !== 'alias' && parsed.kind !== 'version')
      return await contentOf({ tracking, objects, store: uow.read.registry }, parsed, source)
  } catch (error) {
    if (!(error instanceof FettleError)) throw error
  }
  return { format: 'mlflow', signature: null, gap: null, loader: null, location: source, files: [] }
}

/** Answers why a version is not taken over. */
async function importVersion(
  { registry }: RegistryStores,
  {
    model,
    version: given,
    content,
  }: {
    readonly model: string
    readonly version: ImportedVersion
    readonly content: VersionContent | undefined
  },
): Promise<string | undefined> {
  const { version, source, updatedAt, description, createdAt } = given
  const name = { model, version }
  const known = await registry.findVersionRecord(model, version)
  if (known !== undefined && known.source !== source)
    return `version ${version} of ${model}: another one has the number here`
  if (known === undefined && content !== undefined) {
    const { location, files, format, signature, gap, loader } = content
    const facts = {
      format,
      signature,
      files,
      metrics: {},
      trainingSet: null,
      environment: null,
      evaluation: null,
    }
    await registry.reserveVersions(model, version - 1)
    const digest = versionDigest(facts, files.length === 0 ? location : undefined)
    const { run, loggedModel, runLink, status } = given
    const inserted = await registry.insertVersion(
      { ...facts, model, createdAt, digest, experimentRun: run, pipelineRun: null },
      { source, location, loggedModel, runLink, status, signatureGap: gap, loader },
    )
    if (inserted.version !== version)
      throw new FettleError(
        'IMPORT_CONFLICT',
        `version ${version} of "${model}" was given here before, and was deleted: numbers are not given twice`,
      )
  }
  for (const [key, value] of Object.entries(given.tags)) await registry.setVersionTag(name, key, value)
  await registry.changeVersions(name, { description, stage: stageOf(given.stage), updatedAt })
  return undefined
}

async function importAliases(
  { clock }: RegistryRecordsDeps,
  stores: RegistryStores,
  { name, aliases, from }: ImportedModel,
  principal: Principal,
): Promise<readonly string[]> {
  const refused: string[] = []
  for (const [alias, version] of Object.entries(aliases))
    try {
      const reason = `imported from ${from}`
      await moveAlias({ clock, stores, principal }, { model: name, alias, version, reason })
    } catch (error) {
      if (!(error instanceof FettleError)) throw error
      refused.push(`alias ${alias} of ${name}: ${error.message}`)
    }
  return refused
}
