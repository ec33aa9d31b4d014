import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MetadataDatabase } from '../adapters/metadata/index.ts'
import type { Json } from '../kernel/canonical.ts'
import type { Clock } from '../kernel/clock.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { packageVersion } from '../kernel/package-root.ts'
import type { ObjectStore } from '../pipelines/index.ts'
import {
  type BundleSigner,
  bundleSigner,
  createSigningService,
  type ProvenanceFacts,
  type SigningService,
  type Trust,
  trustOf,
} from '../registry/index.ts'
import type { VersionManifest } from '../reproduction/index.ts'
import { signingKey } from './project-keys.ts'

interface SigningParts {
  /** Where the keys are kept. */
  readonly root: string
  readonly database: MetadataDatabase
  readonly objects: ObjectStore
  readonly clock: Clock
  /** What a version was made from. */
  manifest(version: {
    readonly model: string
    readonly version: number
  }): Promise<{ readonly manifest: VersionManifest; readonly hash: string }>
}

/** Signing of model versions with the project's key. Throws KEY_UNUSABLE. */
export function openSigning({ root, database: uow, objects, clock, manifest }: SigningParts): SigningService {
  const { signer, trust } = signingKeys(root)
  return createSigningService({
    uow,
    clock,
    objects,
    signer,
    trust,
    async provenance(name) {
      const found = await manifest(name)
      return provenanceOf(found.manifest, found.hash, clock.nowMicros())
    },
  })
}

/**
 * FETTLE_SIGNING_KEY and FETTLE_SIGNING_CERTIFICATES name PEM files; else the project's own P-256 key is used. Believed
 * are that key, its authorities, and the public keys and certificates in `trusted-keys/` beside it.
 */
function signingKeys(root: string): { readonly signer: BundleSigner; readonly trust: Trust } {
  const certificates = fileOf('FETTLE_SIGNING_CERTIFICATES') ?? ''
  const signer = bundleSigner(fileOf('FETTLE_SIGNING_KEY') ?? signingKey(root), certificates)
  const folder = join(root, 'trusted-keys')
  const others = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.pem')) : []
  const pems = others.map(name => readFileSync(join(folder, name), 'utf8'))
  return { signer, trust: trustOf([signer.publicKey, certificates, ...pems]) }
}

function fileOf(variable: string): string | undefined {
  const path = process.env[variable]
  if (path === undefined || path === '') return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new FettleError('KEY_UNUSABLE', `${variable} names a file that cannot be read`, { cause })
  }
}

function provenanceOf(manifest: VersionManifest, hash: string, finishedAt: bigint): ProvenanceFacts {
  const { data, environment, code, run, parameters } = manifest
  const known = <Fact>(fact: Fact | { readonly unavailable: string }): Fact | undefined =>
    typeof fact === 'object' && fact !== null && 'unavailable' in fact ? undefined : (fact as Fact)
  const set = known(data)
  const lock = known(environment.lock)
  const dirty = known(code.dirty)
  return {
    run,
    builder: `https://fettle.dev/builder/v${packageVersion()}`,
    finishedAt,
    parameters: {
      model: manifest.subject.model,
      version: manifest.subject.version,
      values: (known(parameters.values) ?? null) as Json,
      repository: known(code.repository) ?? null,
      commit: known(code.commit) ?? null,
    },
    dependencies: [
      { name: 'manifest', digest: hash },
      ...(set ? set.files.map(({ path, hash: of }) => ({ name: `data:${set.id}/${path}`, digest: of })) : []),
      ...(lock ? [{ name: 'environment lock', digest: lock.hash }] : []),
      ...(dirty ? [{ name: 'changes not committed', digest: dirty.hash }] : []),
    ].filter(({ digest }) => /^(?:sha256:)?[0-9a-f]{64}$/.test(digest)),
  }
}
