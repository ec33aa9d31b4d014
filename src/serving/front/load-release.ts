import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isAbsolute, join, normalize } from 'node:path'
import { contentHash, type Json } from '../../kernel/canonical.ts'
import { isFettleError } from '../../kernel/errors/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import { parseDuration } from '../../kernel/time.ts'
import { type Release, releaseDigest } from '../../registry/index.ts'
import type { ReleaseNote, ServableRelease } from '../model.ts'
import type { PreparedFeatures, PrepareFeatures } from '../ports.ts'
import type { ScorerPool } from '../scorer/scorer-pool.ts'
import { type PoolOptions, startPool } from '../scorer/start-pool.ts'
import { compileFallback, type FallbackChain } from './fallback.ts'
import { refused } from './refused.ts'
import { type SegmentThresholds, segmentThresholds } from './segment-thresholds.ts'
import { releaseNote, type ServingSignature, servingSignature } from './signature.ts'

/**
 * A release that can answer: verified, compiled, its scorer warm and self-tested. A stand-in has a document that verifies
 * and no model: its fallback chain answers.
 */
export interface LoadedRelease {
  readonly release: ServableRelease
  readonly folder: string
  readonly features: PreparedFeatures
  readonly signature: ServingSignature
  /** Undefined: it acts on nothing. */
  readonly thresholds: SegmentThresholds | undefined
  readonly pool: ScorerPool
  readonly chain: FallbackChain
  /** Equal where vectors have the same columns in the same order. */
  readonly layout: string
  /** Equal where features are looked up alike. */
  readonly featuresHash: string
  readonly note: ReleaseNote
  readonly deadlineMillis: number
  /** Requests that hold it: the scorers may go only when there is none. */
  users: number
}

export interface LoadOptions extends PoolOptions {
  /** `…/serving/releases`. */
  readonly releasesFolder: string
  readonly prepareFeatures: PrepareFeatures
}

/** Loads the release with this digest. Rejects RELEASE_REFUSED, and has then changed nothing. */
export async function loadRelease(digest: string, options: LoadOptions): Promise<LoadedRelease> {
  const folder = folderOf(digest, options)
  const release = await verifyDocument(digest, folder)
  await verifyFiles(release, folder)
  return compileRelease({ release, folder }, options, () => startPool({ release, folder }, options))
}

/** The release without its model. Rejects RELEASE_REFUSED when its document does not verify. */
export async function loadStandIn(digest: string, options: LoadOptions): Promise<LoadedRelease> {
  const folder = folderOf(digest, options)
  return compileRelease(
    { release: await verifyDocument(digest, folder), folder },
    options,
    async () => noPool,
  )
}

function folderOf(digest: string, { releasesFolder }: LoadOptions): string {
  return join(releasesFolder, digest.replace(/^sha256:/, ''))
}

async function compileRelease(
  { release, folder }: { readonly release: Release; readonly folder: string },
  { prepareFeatures }: LoadOptions,
  start: () => Promise<ScorerPool>,
): Promise<LoadedRelease> {
  try {
    const features = prepareFeatures(release.features)
    const signature = servingSignature(release, features)
    const thresholds = segmentThresholds(release)
    const chain = compileFallback(release)
    const deadlineMillis = Number(parseDuration(release.deadline)) / 1000
    const pool = await start().catch(error => {
      throw refused(release, messageOf(error))
    })
    return {
      release,
      folder,
      features,
      signature,
      thresholds,
      pool,
      chain,
      layout: JSON.stringify(release.features.vector.map(({ name }) => name)),
      featuresHash: contentHash(release.features as unknown as Json),
      note: releaseNote(release, pool.facts),
      deadlineMillis,
      users: 0,
    }
  } catch (error) {
    if (isFettleError(error, 'RELEASE_REFUSED')) throw error
    throw refused(release, messageOf(error))
  }
}

/** Of a stand-in. */
const noPool: ScorerPool = {
  facts: { kind: 'none', build: '', startMillis: 0, microsPerRow: 0, residentBytes: 0 },
  score: async () => ({ ok: false, reason: 'not-loaded', retries: 0 }),
  state: () => ({
    ready: false,
    standby: false,
    breaker: 'open',
    queuedRows: 0,
    restarts: 0,
    replaced: 0,
    shed: 0,
    refusedRows: 0,
    batches: 0,
    microsPerRow: 0,
    microsPerBatch: 0,
    residentBytes: 0,
    pids: [],
  }),
  drain: async () => undefined,
}

/** Reads release.json and checks its digest. */
async function verifyDocument(digest: string, folder: string): Promise<Release> {
  const name = { deployment: digest.slice(0, 19), number: 0 }
  let release: Release
  try {
    release = JSON.parse(await readFile(join(folder, 'release.json'), 'utf8')) as Release
  } catch (error) {
    throw refused(name, `release.json cannot be read (${error instanceof Error ? error.message : 'unknown'})`)
  }
  if (release.digest !== digest || releaseDigest(release) !== digest)
    throw refused(release, 'its digest is not that of its content')
  return release
}

/** Checks the hash of every file it names. */
async function verifyFiles(release: Release, folder: string): Promise<void> {
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
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return `sha256:${hash.digest('hex')}`
}
