import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FettleError } from '../../kernel/errors/index.ts'
import type { ObjectStore } from '../../pipelines/index.ts'
import type { TrainingSetClosure, TrainingSetManifest } from '../model.ts'
import {
  type BuildOptions,
  buildTrainingSet,
  identifyTrainingSet,
  type OfflineEngine,
  sourceVersions,
} from '../offline/index.ts'

export interface ReuseOptions extends BuildOptions {
  readonly objects: ObjectStore
  /** The manifest of the build with this id, if there was one. */
  find(id: string): Promise<TrainingSetManifest | undefined>
  /** Build although an equal set is stored, and compare. */
  readonly rebuild: boolean
}

/** A set that was built, or found: `reused` when nothing was computed. */
export interface BuiltSet {
  readonly manifest: TrainingSetManifest
  readonly reused: boolean
}

/**
 * A training set by its id (features.md §7.7): if an equal one is stored it is laid out in the output folder and nothing
 * is computed, else it is built. A rebuild of a stored set must come to the same checksum, or throws NOT_REPRODUCIBLE and
 * leaves nothing. Otherwise throws what building throws.
 */
export async function buildOrReuse(
  engine: OfflineEngine,
  closure: TrainingSetClosure,
  options: ReuseOptions,
): Promise<BuiltSet> {
  const stored = await findEqual(closure, options)
  if (stored && !options.rebuild && (await layOut(stored, options))) return { manifest: stored, reused: true }
  const manifest = await buildTrainingSet(engine, closure, options)
  if (stored?.id === manifest.id && stored.checksum !== manifest.checksum) {
    await rm(options.outputFolder, { recursive: true, force: true })
    throw new FettleError(
      'NOT_REPRODUCIBLE',
      `building ${manifest.id} of "${manifest.name}" again gave ${manifest.checksum}, stored is ${stored.checksum}`,
      {
        details: {
          id: manifest.id,
          stored: { checksum: stored.checksum, engine: stored.engine, rows: stored.rows },
          rebuilt: { checksum: manifest.checksum, engine: manifest.engine, rows: manifest.rows },
        },
      },
    )
  }
  return { manifest, reused: false }
}

async function findEqual(
  closure: TrainingSetClosure,
  { projectFolder, asOf, parameters, pushed, now, find }: ReuseOptions,
): Promise<TrainingSetManifest | undefined> {
  const { id, reproducible } = identifyTrainingSet({
    closure,
    versions: { ...(await sourceVersions(closure.sources, projectFolder)), ...pushed?.versions },
    asOf,
    started: now,
    ...(parameters === undefined ? {} : { parameters }),
  })
  return reproducible ? find(id) : undefined
}

/** Puts the stored files where the build would; false when their bytes are gone. */
async function layOut(
  manifest: TrainingSetManifest,
  { objects, outputFolder }: ReuseOptions,
): Promise<boolean> {
  const hashes = manifest.files.map(file => `sha256:${file.sha256}`)
  if (!(await Promise.all(hashes.map(hash => objects.has(hash)))).every(Boolean)) return false
  const scratch = `${outputFolder}.partial`
  await rm(scratch, { recursive: true, force: true })
  await mkdir(scratch, { recursive: true })
  try {
    for (const [index, { path }] of manifest.files.entries())
      await objects.getFile(hashes[index] ?? '', join(scratch, path))
    await writeFile(join(scratch, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`)
    await rm(outputFolder, { recursive: true, force: true })
    await rename(scratch, outputFolder)
    return true
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
