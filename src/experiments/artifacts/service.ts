import { auditWriter, type Principal } from '../../governance/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import type { RunWatch } from '../alerts/watch.ts'
import type { LoggedModelStore } from '../logged-models/ports.ts'
import type { ArtifactOwner, StoredArtifact } from '../tracking/model.ts'
import { assertOwnRun } from '../tracking/own-runs.ts'
import type { TrackingStores } from '../tracking/ports.ts'
import { deletedExperiment, deletedRun, unknownModel, unknownRun } from '../tracking/refusals.ts'
import type { ArtifactService } from '../tracking/service.ts'
import { assertFilePath, folderPath } from './paths.ts'
import type { ArtifactBytes, ArtifactFileStore } from './ports.ts'
import { resolveLocation } from './resolve.ts'

export interface ArtifactStores extends TrackingStores {
  readonly loggedModels: LoggedModelStore
  readonly artifactFiles: ArtifactFileStore
}

export interface ArtifactDeps {
  readonly uow: UnitOfWork<ArtifactStores>
  readonly clock: Clock
  readonly objects: ArtifactBytes
  readonly watch: RunWatch
}

export function createArtifacts(deps: ArtifactDeps): ArtifactService {
  const { uow, clock, objects } = deps
  const { artifactFiles } = uow.read
  return {
    async put({ owner: given, path, bytes, expect }, principal) {
      const owner = presentName(given)
      assertFilePath(path)
      // Before the bytes are taken, and again when they are named: a run may be deleted meanwhile.
      await assertTakesFiles(uow.read, owner, principal)
      const stored = await objects.putStream(bytes, expect)
      const at = clock.nowMicros()
      await nameFiles(deps, { owner, files: [{ path, ...stored }], at, principal })
      return { path, ...stored, at }
    },
    async add(owner, files, principal) {
      for (const { path, hash } of files) {
        assertFilePath(path)
        if (!(await objects.has(hash)))
          throw new FettleError('OBJECT_UNKNOWN', `Artifact "${path}" names ${hash}, which is not stored`, {
            hint: 'Store the bytes first, then send the hash the store answered.',
          })
      }
      await nameFiles(deps, { owner: presentName(owner), files, at: clock.nowMicros(), principal })
    },
    async list(owner, path) {
      const folder = folderPath(path)
      const files = await artifactFiles.below(presentName(owner), folder)
      return files.length === 0 ? undefined : entriesOf(folder, files)
    },
    all: owner => artifactFiles.below(presentName(owner), ''),
    async find(owner, path) {
      assertFilePath(path)
      const file = await artifactFiles.find(presentName(owner), path)
      if (file !== undefined) return file
      throw new FettleError('ARTIFACT_UNKNOWN', `No such artifact: '${path}'`)
    },
    remove: (owner, path, principal) =>
      removeFiles(deps, { owner: presentName(owner), path: folderPath(path), principal }),
    read: ({ hash }, range) => objects.read(hash, range),
    resolve: location => resolveLocation(uow.read, location),
  }
}

/** Runs were once called `run_` and their 32 digits. */
function presentName(owner: ArtifactOwner): ArtifactOwner {
  return owner.kind === 'run' ? { ...owner, id: owner.id.replace(/^run_/, '') } : owner
}

/** Throws for an owner that is not there or deleted. */
async function assertTakesFiles(
  stores: ArtifactStores,
  owner: ArtifactOwner,
  /** Who brings or removes bytes; left out where a later step names files that a step of another run has made. */
  principal?: Principal,
): Promise<void> {
  if (owner.kind === 'path') return
  if (owner.kind === 'loggedModel') {
    const [model] = await stores.loggedModels.find([owner.id])
    if (model === undefined) throw unknownModel(owner.id)
    return
  }
  const [run] = await stores.tracking.runs.find([owner.id])
  if (run === undefined) throw unknownRun(owner.id)
  if (run.deleted) throw deletedRun(owner.id)
  if (principal !== undefined) assertOwnRun(principal, run)
  const experiment = await stores.tracking.experiments.find(run.experiment)
  if (experiment?.deleted) throw deletedExperiment(run.experiment)
}

interface Naming {
  readonly owner: ArtifactOwner
  readonly files: readonly { readonly path: string; readonly hash: string; readonly bytes: number }[]
  readonly at: bigint
  readonly principal: Principal
}

/** Another content is a new row; the same content again is none. */
async function nameFiles(
  { uow, clock, watch }: ArtifactDeps,
  { owner, files, at, principal }: Naming,
): Promise<void> {
  await uow.transaction(async stores => {
    await assertTakesFiles(stores, owner)
    const added: Naming['files'][number][] = []
    for (const file of new Map(files.map(each => [each.path, each])).values())
      if ((await stores.artifactFiles.find(owner, file.path))?.hash !== file.hash) added.push(file)
    if (added.length === 0) return
    await stores.artifactFiles.add(owner, added, at)
    await watchSize(stores, { owner, watch, at })
    await auditWriter(clock, principal)(stores, {
      action: 'artifact.stored',
      object: objectOf(owner),
      details: { files: added.map(({ path, hash, bytes }) => ({ path, hash, bytes })) },
    })
  })
}

async function watchSize(
  stores: ArtifactStores,
  { owner, watch, at }: Pick<Naming, 'owner' | 'at'> & Pick<ArtifactDeps, 'watch'>,
): Promise<void> {
  if (owner.kind !== 'run') return
  const [run] = await stores.tracking.runs.find([owner.id])
  if (run === undefined) return
  const bytes = async () =>
    (await stores.artifactFiles.below(owner, '')).reduce((sum, file) => sum + file.bytes, 0)
  await watch.stored(stores, { run, bytes }, at)
}

const objectOf = ({ kind, id }: ArtifactOwner): string =>
  kind === 'run' ? `experiment-run:${id}` : kind === 'loggedModel' ? `logged-model:${id}` : `artifacts:${id}`

interface Removal {
  readonly owner: ArtifactOwner
  readonly path: string
  readonly principal: Principal
}

async function removeFiles({ uow, clock }: ArtifactDeps, { owner, path, principal }: Removal): Promise<void> {
  await uow.transaction(async stores => {
    const files = await stores.artifactFiles.below(owner, path)
    if (files.length === 0) return
    await assertTakesFiles(stores, owner, principal)
    const removed = files.map(file => ({ path: file.path, hash: null, bytes: 0 }))
    await stores.artifactFiles.add(owner, removed, clock.nowMicros())
    await auditWriter(clock, principal)(stores, {
      action: 'artifact.removed',
      object: objectOf(owner),
      details: { files: files.map(({ path: each, hash }) => ({ path: each, before: hash })) },
    })
  })
}

type Entries = NonNullable<Awaited<ReturnType<ArtifactService['list']>>>

/** What is directly below a folder; a file has nothing below it. */
function entriesOf(folder: string, files: readonly StoredArtifact[]): Entries {
  const start = folder === '' ? 0 : folder.length + 1
  const entries = new Map<string, Entries[number]>()
  for (const { path, bytes } of files) {
    if (path === folder) continue
    const end = path.indexOf('/', start)
    if (end < 0) entries.set(`file ${path}`, { path, folder: false, bytes })
    else entries.set(`folder ${path.slice(0, end)}`, { path: path.slice(0, end), folder: true, bytes: null })
  }
  const all = [...entries.values()]
  return [...all.filter(entry => entry.folder), ...all.filter(entry => !entry.folder)]
}
