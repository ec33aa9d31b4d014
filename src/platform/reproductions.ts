import { findPython } from '../adapters/environments/find-python.ts'
import type { MetadataDatabase } from '../adapters/metadata/index.ts'
import { pushedWatermark, sourceVersions, type TrainingSetRecords } from '../features/index.ts'
import { receiptSigner } from '../governance/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { messageOf } from '../kernel/message-of.ts'
import type { ObjectStore, PipelineService, RunPlan } from '../pipelines/index.ts'
import type { RegistryService } from '../registry/index.ts'
import { createReproductionService, type Present, type StoredSet } from '../reproduction/index.ts'
import { thisMachine } from '../training/index.ts'
import { buildCode } from './build-facts.ts'
import { type Folders, journalFolder } from './folders.ts'
import { followEnds } from './follow-ends.ts'
import { receiptKey } from './project-keys.ts'
import { commitOf, runOrigins } from './run-origin.ts'

export interface ReproductionParts {
  readonly folders: Folders
  readonly project: string
  readonly database: MetadataDatabase
  readonly objects: ObjectStore
  readonly registry: RegistryService
  readonly pipelines: PipelineService
  readonly records: TrainingSetRecords
  readonly clock: Clock
  onFault(error: unknown): void
}

/** Reproduction over one folder, and the runs as they have to be started for it. */
export function openReproductions(parts: ReproductionParts) {
  const { folders, project, database, objects, registry, pipelines, clock, onFault } = parts
  const origins = runOrigins(objects)
  /** Notes what a run starts from. A run whose note is lost to a crash says so in its manifest. */
  const startRun = async (plan: RunPlan, options: Parameters<PipelineService['startRun']>[1]) => {
    const origin = await origins.of(plan, folders.project)
    const run = await pipelines.startRun(plan, options)
    await service.runStarted(run.id, origin)
    return run
  }
  const service = createReproductionService({
    uow: database,
    clock,
    project,
    objects,
    registry,
    present: presentOf(parts),
    signer: receiptSigner(receiptKey(folders.root)),
    holders: version => holdersOf(database, version),
    findRun: id => pipelines.findRun(id),
    startRun,
  })
  const ends = followEnds({ store: database, pipelines, reproductions: service, clock, onFault })
  /** The manifest is kept with the registration; what keeps it from being made is told and does not undo the version. */
  const registerVersion: RegistryService['registerVersion'] = async (content, principal) => {
    const version = await registry.registerVersion(content, principal)
    await service.versionRegistered(version).catch(onFault)
    return version
  }
  return { service, startRun, registerVersion, ends }
}

async function holdersOf(
  { read }: Pick<MetadataDatabase, 'read'>,
  { model, version }: { readonly model: string; readonly version: number },
): Promise<readonly string[]> {
  const holders: string[] = []
  for (const deployment of Object.keys(await read.deployments.servingReleases()))
    for (const { release } of await read.deployments.listReleases(deployment))
      if (release.model.name === model && release.model.version === version)
        holders.push(`release ${deployment}/${release.number}`)
  return holders
}

function presentOf({ folders, records }: ReproductionParts): Present {
  return {
    build: buildCode(),
    machine: thisMachine(),
    commit: () => commitOf(folders.project),
    sourceVersions: sources =>
      sourceVersions(sources, folders.project, source =>
        pushedWatermark(journalFolder(folders.serving), source),
      ),
    storedSet: id => storedSetOf(records, id),
    interpreter: async () => {
      try {
        const { interpreter, platform } = await findPython()
        return { interpreter, platform }
      } catch (error) {
        return { unavailable: messageOf(error) }
      }
    },
  }
}

async function storedSetOf(records: TrainingSetRecords, id: string): Promise<StoredSet | undefined> {
  const record = await records.find(id)
  if (record === undefined) return undefined
  const { files, redacted = 0, former = [] } = record.manifest
  return {
    files: files.map(({ path, sha256 }) => ({ path, hash: `sha256:${sha256}` })),
    erased: { rows: redacted, receipts: former.map(each => each.receipt) },
  }
}
