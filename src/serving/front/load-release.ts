import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isAbsolute, join, normalize } from 'node:path'
import { isFettleError } from '../../kernel/errors/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import { parseDuration } from '../../kernel/time.ts'
import { type Release, releaseDigest } from '../../registry/index.ts'
import type { ReleaseNote, ServableRelease } from '../model.ts'
import type { PreparedFeatures, PrepareFeatures, StartScorer } from '../ports.ts'
import { type ScorerPool, startScorerPool } from '../scorer/scorer-pool.ts'
import { refused } from './refused.ts'
import { type SegmentThresholds, segmentThresholds } from './segment-thresholds.ts'
import { releaseNote, type ServingSignature, servingSignature } from './signature.ts'

/** A release that can answer: verified, compiled, its scorer warm and self-tested. */
export interface LoadedRelease {
  readonly release: ServableRelease
  readonly folder: string
  readonly features: PreparedFeatures
  readonly signature: ServingSignature
  /** Undefined: it acts on nothing. */
  readonly thresholds: SegmentThresholds | undefined
  readonly pool: ScorerPool
  readonly note: ReleaseNote
  readonly deadlineMillis: number
  /** Requests that hold it: the scorers may go only when there is none. */
  users: number
}

export interface LoadOptions {
  /** `…/serving/releases`. */
  readonly releasesFolder: string
  readonly prepareFeatures: PrepareFeatures
  readonly startScorer: StartScorer
  readonly standby?: boolean
}

/** Loads the release with this digest. Rejects RELEASE_REFUSED, and has then changed nothing. */
export async function loadRelease(digest: string, options: LoadOptions): Promise<LoadedRelease> {
  const folder = join(options.releasesFolder, digest.replace(/^sha256:/, ''))
  const release = await verifyRelease(digest, folder)
  try {
    const features = options.prepareFeatures(release.features)
    const signature = servingSignature(release, features)
    const thresholds = segmentThresholds(release)
    const deadlineMillis = Number(parseDuration(release.deadline)) / 1000
    const pool = await startScorerPool({
      releaseFolder: folder,
      startScorer: options.startScorer,
      ...(options.standby === undefined ? {} : { standby: options.standby }),
    })
    return {
      release,
      folder,
      features,
      signature,
      thresholds,
      pool,
      note: releaseNote(release, pool.facts),
      deadlineMillis,
      users: 0,
    }
  } catch (error) {
    if (isFettleError(error, 'RELEASE_REFUSED')) throw error
    throw refused(release, messageOf(error))
  }
}

/** Reads release.json and checks its digest and the hash of every file it names. */
async function verifyRelease(digest: string, folder: string): Promise<Release> {
  const name = { deployment: digest.slice(0, 19), number: 0 }
  let release: Release
  try {
    release = JSON.parse(await readFile(join(folder, 'release.json'), 'utf8')) as Release
  } catch (error) {
    throw refused(name, `release.json cannot be read (${error instanceof Error ? error.message : 'unknown'})`)
  }
  if (release.digest !== digest || releaseDigest(release) !== digest)
    throw refused(release, 'its digest is not that of its content')
  for (const file of release.model.files) {
    if (isAbsolute(file.path) || normalize(file.path).startsWith('..'))
      throw refused(release, `file ${file.path} is outside its folder`)
    const hash = await hashFile(join(folder, file.path)).catch(() => undefined)
    if (hash !== file.hash)
      throw refused(
        release,
        hash === undefined ? `file ${file.path} cannot be read` : `file ${file.path} does not have its hash`,
      )
  }
  return release
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return `sha256:${hash.digest('hex')}`
}
