import { type AuditStores, auditWriter, type Principal } from '../../governance/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import type { ObjectStore } from '../../pipelines/index.ts'
import { knownVersion } from '../lookups.ts'
import type { ModelFile } from '../model.ts'
import type { RegistryStore } from '../ports.ts'
import { parseBundle } from './bundle.ts'
import type { BundleSigner } from './keys.ts'
import type { SignatureStore, StoredSignature } from './ports.ts'
import { type ProvenanceFacts, provenanceStatement } from './provenance.ts'
import {
  compareFiles,
  type FileFault,
  modelStatement,
  readModelStatement,
  type SignedFile,
} from './statement.ts'
import { signedBy, type Trust } from './trust.ts'

export interface SignatureVerification {
  /** `altered`: the signature, or a file, is not what was signed. */
  readonly state: 'signed' | 'unsigned' | 'altered'
  /** Id of the key; null where no signature holds. */
  readonly key: string | null
  readonly at: Micros | null
  readonly by: string | null
  /** Why it is not signed, in words. */
  readonly problem: string | null
  readonly files: readonly FileFault[]
}

interface VersionName {
  readonly model: string
  readonly version: number
}

/** A signature that a version brings along among its own files. */
const broughtSignature = 'model.sig'

/** Signing and verifying model versions. Errors: MODEL_VERSION_UNKNOWN, MODEL_UNSIGNED, MODEL_ALTERED. */
export interface SigningService {
  /** PEM of the key that this project signs with. */
  readonly publicKey: string
  /** Reads every file, then signs; what is signed and holds stays. Throws MODEL_ALTERED, MODEL_INVALID without files. */
  sign(version: VersionName, principal: Principal): Promise<void>
  /** Checks the signature against keys that are trusted now; with `bytes`, reads every file too. */
  verify(version: VersionName, options?: { readonly bytes?: boolean }): Promise<SignatureVerification>
  /** For a release: a version that a pipeline made is signed on the way. Throws MODEL_UNSIGNED, MODEL_ALTERED. */
  assertSigned(version: VersionName, principal: Principal): Promise<void>
  /** At registration: files that bring a trusted signature must be those that were signed. Throws MODEL_ALTERED. */
  assertUnaltered(files: readonly ModelFile[]): Promise<void>
  /** Files that stand beside those of a release: `model.sig` and `provenance.sig`; none that the version brought itself. */
  besides(version: VersionName): Promise<Readonly<Record<string, string>>>
  /** A sigstore bundle; undefined where there is none. */
  bundleOf(version: VersionName, kind: StoredSignature['kind']): Promise<string | undefined>
}

export interface SigningDeps {
  readonly uow: UnitOfWork<
    AuditStores & { readonly registry: RegistryStore; readonly signatures: SignatureStore }
  >
  readonly clock: Clock
  readonly objects: Pick<ObjectStore, 'getBytes' | 'read'>
  readonly signer: BundleSigner
  readonly trust: Trust
  /** What a version was built from. */
  provenance(version: VersionName): Promise<ProvenanceFacts>
}

export function createSigningService(deps: SigningDeps): SigningService {
  const { uow, signer } = deps
  const digestOf = async (name: VersionName) =>
    (await knownVersion(uow.read.registry, name.model, name.version)).digest
  return {
    publicKey: signer.publicKey,
    sign: (name, principal) => sign(deps, name, principal),
    verify: (name, { bytes = false } = {}) => verify(deps, name, bytes),
    assertSigned: (name, principal) => assertSigned(deps, name, principal),
    assertUnaltered: files => assertUnaltered(deps, files),
    besides: name => besides(deps, name),
    bundleOf: async (name, kind) =>
      (await uow.read.signatures.findSignature(await digestOf(name), kind))?.bundle,
  }
}

async function sign(deps: SigningDeps, name: VersionName, principal: Principal): Promise<void> {
  const { uow, clock, signer } = deps
  const { files, digest } = await knownVersion(uow.read.registry, name.model, name.version)
  if (files.length === 0)
    throw new FettleError(
      'MODEL_INVALID',
      `${words(name)} has no files in this store: there is nothing to sign`,
    )
  const before = await verify(deps, name, true)
  if (before.state === 'signed' && before.key === signer.keyId) return
  const faults = await damaged(deps, files)
  if (faults.length > 0) throw altered(name, faultWords(faults))
  const statements = {
    signature: modelStatement(name.model, files),
    provenance: provenanceStatement(files, await deps.provenance(name)),
  }
  await uow.transaction(async stores => {
    const at = clock.nowMicros()
    for (const [kind, statement] of Object.entries(statements))
      await stores.signatures.putSignature({
        ...{ digest, at, by: principal.name, bundle: signer.sign(statement) },
        kind: kind as StoredSignature['kind'],
      })
    await auditWriter(clock, principal)(stores, {
      action: 'model-version.signed',
      object: `model:${name.model}`,
      details: { version: name.version, digest, key: signer.keyId },
    })
  })
}

async function besides({ uow }: SigningDeps, name: VersionName): Promise<Readonly<Record<string, string>>> {
  const { digest, files } = await knownVersion(uow.read.registry, name.model, name.version)
  const own = new Set(files.map(({ path }) => path))
  const beside: Record<string, string> = {}
  for (const [path, kind] of [
    [broughtSignature, 'signature'],
    ['provenance.sig', 'provenance'],
  ] as const) {
    const found = await uow.read.signatures.findSignature(digest, kind)
    if (found !== undefined && !own.has(path)) beside[path] = found.bundle
  }
  return beside
}

async function verify(deps: SigningDeps, name: VersionName, bytes: boolean): Promise<SignatureVerification> {
  const { registry, signatures } = deps.uow.read
  const { files, digest } = await knownVersion(registry, name.model, name.version)
  const ours = await signatures.findSignature(digest, 'signature')
  const brought = ours === undefined ? await broughtWith(deps, files) : undefined
  const text = ours?.bundle ?? brought
  const none = { key: null, at: null, by: null, files: [] }
  if (text === undefined) return { ...none, state: 'unsigned', problem: 'nobody has signed it' }
  const checked = check(deps, text, files)
  if (checked.problem !== null) {
    // A stranger's signature says nothing; a believed one that does not hold says that something was changed.
    const nothing = checked.untrusted || (ours === undefined && checked.files.length === 0)
    const state = nothing ? 'unsigned' : 'altered'
    return { ...none, state, problem: checked.problem, files: checked.files }
  }
  const faults = bytes ? await damaged(deps, files) : []
  const signed = { key: checked.key, at: ours?.at ?? null, by: ours?.by ?? null, files: faults }
  return faults.length === 0
    ? { ...signed, state: 'signed', problem: null }
    : { ...signed, state: 'altered', problem: faultWords(faults) }
}

async function broughtWith(
  { objects }: SigningDeps,
  files: readonly ModelFile[],
): Promise<string | undefined> {
  const file = files.find(({ path }) => path === broughtSignature)
  return file && Buffer.from(await objects.getBytes(file.hash)).toString('utf8')
}

interface Checked {
  readonly key: string | null
  readonly problem: string | null
  readonly files: readonly FileFault[]
  readonly untrusted: boolean
}

function check({ trust, clock }: SigningDeps, text: string, files: readonly SignedFile[]): Checked {
  try {
    const bundle = parseBundle(text)
    const key = signedBy(bundle, trust, new Date(Number(clock.nowMicros() / 1000n)))
    const faults = compareFiles(readModelStatement(bundle.payload), files, [broughtSignature])
    const problem = faults.length === 0 ? null : faultWords(faults)
    return { key, problem, files: faults, untrusted: false }
  } catch (error) {
    if (!(error instanceof FettleError)) throw error
    const { message, details } = error
    return { key: null, problem: message, files: [], untrusted: details['untrusted'] === true }
  }
}

/** Files whose bytes are gone or are not those of their hash. */
async function damaged({ objects }: SigningDeps, files: readonly ModelFile[]): Promise<readonly FileFault[]> {
  const faults: FileFault[] = []
  for (const { path, hash } of files) {
    try {
      for await (const _ of objects.read(hash));
    } catch (error) {
      if (!(error instanceof FettleError)) throw error
      if (error.code === 'OBJECT_UNKNOWN') faults.push({ path, kind: 'missing' })
      else if (error.code === 'OBJECT_CORRUPT') faults.push({ path, kind: 'altered' })
      else throw error
    }
  }
  return faults
}

async function assertSigned(deps: SigningDeps, name: VersionName, principal: Principal): Promise<void> {
  const before = await verify(deps, name, true)
  if (before.state === 'unsigned' && (await isOfPipeline(deps, name))) return sign(deps, name, principal)
  if (before.state === 'signed') return
  if (before.state === 'altered') throw altered(name, before.problem ?? '')
  throw new FettleError('MODEL_UNSIGNED', `${words(name)} cannot be released: ${before.problem}`, {
    hint: `Who vouches for its files signs it: fettle models sign ${name.model}@${name.version}.`,
  })
}

/** A pipeline registered these very files: the audit, which nobody may change unseen, has their digest. */
async function isOfPipeline({ uow }: SigningDeps, name: VersionName): Promise<boolean> {
  const { pipelineRun, digest } = await knownVersion(uow.read.registry, name.model, name.version)
  if (pipelineRun === null) return false
  const object = `model:${name.model}`
  for (let cursor: string | undefined; ; ) {
    const page = await uow.read.audit.list({ objectPrefix: object, limit: 500, ...(cursor && { cursor }) })
    const found = page.items.some(event => {
      const details = event.details as { readonly version?: number; readonly digest?: string } | null
      const created = event.action === 'model-version.created' && event.object === object
      return created && details?.version === name.version && details.digest === digest
    })
    if (found || page.next === undefined) return found
    cursor = page.next
  }
}

async function assertUnaltered(deps: SigningDeps, files: readonly ModelFile[]): Promise<void> {
  const text = await broughtWith(deps, files)
  if (text === undefined) return
  const { files: faults, problem } = check(deps, text, files)
  if (faults.length === 0) return
  throw new FettleError(
    'MODEL_ALTERED',
    `The files are not those that ${broughtSignature} was made for: ${problem}`,
    { details: { files: faults } },
  )
}

const words = ({ model, version }: VersionName) => `Version ${version} of "${model}"`

const altered = (name: VersionName, problem: string) =>
  new FettleError('MODEL_ALTERED', `${words(name)} is not what was signed: ${problem}`)

function faultWords(faults: readonly FileFault[]): string {
  const shown = faults.slice(0, 5).map(({ path, kind }) => `${path} is ${kind}`)
  return [
    ...shown,
    ...(faults.length > shown.length ? [`and ${faults.length - shown.length} more`] : []),
  ].join(', ')
}
