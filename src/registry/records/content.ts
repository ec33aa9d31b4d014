import type { ArtifactOwner, StoredArtifact, TrackingService } from '../../experiments/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { ObjectStore } from '../../pipelines/index.ts'
import { knownVersionRecord, unknownAlias } from '../lookups.ts'
import type { ModelFile } from '../model.ts'
import type { RegistryStore, StoredVersion } from '../ports.ts'
import { type MlmodelFacts, readLogModelHistory, readMlmodel } from '../signatures/read-mlmodel.ts'
import type { VersionSource } from './source.ts'

/** What the registry reads of tracking. */
export interface TrackedFiles {
  readonly runs: Pick<TrackingService['runs'], 'get'>
  readonly loggedModels: Pick<TrackingService['loggedModels'], 'get'>
  readonly artifacts: Pick<TrackingService['artifacts'], 'all' | 'read' | 'resolve'>
}

export interface ContentSources {
  readonly tracking: TrackedFiles
  readonly objects: Pick<ObjectStore, 'has'>
  readonly store: RegistryStore
}

/** What a version is made of, found through its source. */
export interface VersionContent extends MlmodelFacts {
  readonly location: string
  readonly files: readonly ModelFile[]
}

const nothingKnown: MlmodelFacts = { format: 'mlflow', signature: null, gap: null, loader: null }
const maxMlmodel = 1024 * 1024

/**
 * Files, signature and location behind a source. A run that is not known here is taken as it is written, without files:
 * clients register from other servers' runs. Throws REGISTRY_INVALID with the path when files that were logged are gone,
 * LOGGED_MODEL_UNKNOWN, MODEL_VERSION_UNKNOWN, ALIAS_UNKNOWN.
 */
export async function contentOf(
  sources: ContentSources,
  source: VersionSource,
  written: string,
): Promise<VersionContent> {
  const { tracking, store } = sources
  switch (source.kind) {
    case 'remote':
      return { ...nothingKnown, location: written, files: [] }
    case 'version':
      return contentOfVersion(await knownVersionRecord(store, source))
    case 'alias': {
      const version = new Map(Object.entries(await store.aliases(source.model))).get(source.alias)
      if (version === undefined) throw unknownAlias(source.model, source.alias)
      return contentOfVersion(await knownVersionRecord(store, { model: source.model, version }))
    }
    case 'loggedModel': {
      const { id, artifactLocation } = await tracking.loggedModels.get(source.id)
      const place = { owner: { kind: 'loggedModel', id }, path: '' } as const
      return contentAt(sources, place, artifactLocation)
    }
    case 'proxied':
      return contentAt(sources, await tracking.artifacts.resolve(source.location), written)
    case 'run':
      return contentOfRun(sources, source, written)
  }
}

function contentOfVersion(version: StoredVersion): VersionContent {
  const { location, files, format, signature, signatureGap, loader } = version
  return { location: location ?? '', files, format, signature, gap: signatureGap, loader }
}

async function contentOfRun(
  sources: ContentSources,
  { run, path }: { readonly run: string; readonly path: string },
  written: string,
): Promise<VersionContent> {
  const found = await sources.tracking.runs.get(run).catch(unknownRun)
  if (found === undefined) return { ...nothingKnown, location: written, files: [] }
  const location = path === '' ? found.artifactLocation : `${found.artifactLocation}/${path}`
  return contentAt(sources, { owner: { kind: 'run', id: run }, path }, location)
}

function unknownRun(error: unknown): undefined {
  if (error instanceof FettleError && error.code === 'EXPERIMENT_RUN_UNKNOWN') return undefined
  throw error
}

interface Place {
  readonly owner: ArtifactOwner
  readonly path: string
}

async function contentAt(sources: ContentSources, place: Place, location: string): Promise<VersionContent> {
  const { tracking, objects } = sources
  const stored = filesBelow(await tracking.artifacts.all(place.owner), place.path)
  for (const { path, hash } of stored)
    if (!(await objects.has(hash))) throw filesGone(place, place.path === '' ? path : `${place.path}/${path}`)
  const files = stored.map(({ path, hash, bytes }) => ({ path, hash, bytes }))
  const mlmodel = stored.find(({ path }) => path === 'MLmodel')
  const facts =
    mlmodel === undefined
      ? await factsOfHistory(sources, place, files.length === 0)
      : readMlmodel(await textOf(tracking, mlmodel), files)
  return { ...facts, location, files }
}

/** An MLmodel that was not stored here may still be told by the tag that log_model sets. */
async function factsOfHistory(
  { tracking }: ContentSources,
  place: Place,
  empty: boolean,
): Promise<MlmodelFacts> {
  if (place.owner.kind !== 'run') return nothingKnown
  const run = await tracking.runs.get(place.owner.id).catch(unknownRun)
  const logged = readLogModelHistory(run?.tags['mlflow.log-model.history'] ?? '[]', place.path)
  if (logged !== undefined && empty) throw filesGone(place, `${place.path}/MLmodel`)
  return logged ?? nothingKnown
}

function filesGone({ owner }: Place, path: string): FettleError {
  return new FettleError(
    'REGISTRY_INVALID',
    `Invalid model version source: ${owner.kind} ${owner.id} logged ${JSON.stringify(path)}, and its bytes are gone`,
    { hint: 'Log the model again, or restore the object store.', details: { path } },
  )
}

/** Names become relative to `path`; a path that is itself a file gives that file alone. */
function filesBelow(all: readonly StoredArtifact[], path: string): StoredArtifact[] {
  if (path === '') return [...all]
  return all.flatMap(file => {
    if (file.path === path) return [{ ...file, path: path.slice(path.lastIndexOf('/') + 1) }]
    return file.path.startsWith(`${path}/`) ? [{ ...file, path: file.path.slice(path.length + 1) }] : []
  })
}

async function textOf(tracking: TrackedFiles, file: StoredArtifact): Promise<string> {
  if (file.bytes > maxMlmodel) return ''
  const pieces: Uint8Array[] = []
  for await (const piece of tracking.artifacts.read(file)) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}
