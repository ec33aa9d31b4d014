import type { AuditStores } from '../../governance/index.ts'
import { auditWriter, type Principal } from '../../governance/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Micros } from '../../kernel/time.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'

export interface StoredObject {
  readonly hash: string
  readonly bytes: number
  /** When it was stored, or last stored again. */
  readonly at: Micros
}

/** The part of the object store that collection uses. */
export interface CollectedObjects {
  all(): AsyncIterable<StoredObject>
  getBytes(hash: string): Promise<Uint8Array>
  remove(hash: string): Promise<void>
}

export interface ReferenceStore {
  /**
   * Everything the store holds that may name objects, with who says so. Of files, the present content, and what was
   * replaced or removed after `since`.
   */
  references(since: Micros): AsyncIterable<{ readonly user: string; readonly text: string }>
  /** The same without files of runs, logged models and the artifact proxy. */
  besideFiles(): AsyncIterable<{ readonly user: string; readonly text: string }>
}

export interface CollectionDeps {
  readonly uow: UnitOfWork<AuditStores & { readonly references: ReferenceStore }>
  readonly clock: Clock
  readonly objects: CollectedObjects
}

export interface ArtifactUsage {
  readonly objects: number
  readonly bytes: number
  readonly users: readonly {
    readonly user: string
    readonly objects: number
    readonly bytes: number
    /** Bytes nobody else uses. */
    readonly alone: number
  }[]
  /** Used by nobody, collected or not yet. */
  readonly unused: { readonly objects: number; readonly bytes: number }
}

export interface Collected {
  /** What nobody uses and is older than the grace: removed, or to be removed. */
  readonly objects: number
  readonly bytes: number
  /** Used by nobody, and too young. */
  readonly young: number
  readonly kept: number
  readonly dryRun: boolean
}

/** Tells who uses the stored objects, and removes those that nobody does. */
export interface ArtifactCollection {
  usage(): Promise<ArtifactUsage>
  /**
   * An object that was stored, or stored again, within the grace is left alone: what names it may be about to be written.
   */
  collect(
    request: { readonly grace: Micros; readonly dryRun: boolean },
    principal: Principal,
  ): Promise<Collected>
}

type Users = ReadonlyMap<string, ReadonlySet<string>>

export function createArtifactCollection(deps: CollectionDeps): ArtifactCollection {
  return { usage: () => usageOf(deps), collect: (request, principal) => collect(deps, request, principal) }
}

async function usageOf({ objects, uow, clock }: CollectionDeps): Promise<ArtifactUsage> {
  const users = await mark({ objects, uow }, clock.nowMicros())
  const totals = new Map<string, { objects: number; bytes: number; alone: number }>()
  const all = { objects: 0, bytes: 0 }
  const unused = { objects: 0, bytes: 0 }
  for await (const { hash, bytes } of objects.all()) {
    const by = users.get(hash) ?? new Set<string>()
    for (const count of by.size === 0 ? [all, unused] : [all]) {
      count.objects += 1
      count.bytes += bytes
    }
    for (const user of by) {
      const total = totals.get(user) ?? { objects: 0, bytes: 0, alone: 0 }
      total.objects += 1
      total.bytes += bytes
      if (by.size === 1) total.alone += bytes
      totals.set(user, total)
    }
  }
  const sorted = [...totals].map(([user, total]) => ({ user, ...total })).sort((a, b) => b.bytes - a.bytes)
  return { ...all, users: sorted, unused }
}

async function collect(
  { objects, uow, clock }: CollectionDeps,
  { grace, dryRun }: { readonly grace: Micros; readonly dryRun: boolean },
  principal: Principal,
): Promise<Collected> {
  const before = clock.nowMicros() - grace
  const users = await mark({ objects, uow }, before)
  const found = { objects: 0, bytes: 0, young: 0, kept: 0 }
  for await (const { hash, bytes, at } of objects.all()) {
    if (users.has(hash)) found.kept += 1
    else if (at >= before) found.young += 1
    else {
      // Its time was read this moment: one that was stored again since the marking is young.
      if (!dryRun) await objects.remove(hash)
      found.objects += 1
      found.bytes += bytes
    }
  }
  if (!dryRun && found.objects > 0)
    await uow.transaction(stores =>
      auditWriter(clock, principal)(stores, {
        action: 'artifacts.collected',
        object: 'artifacts:all',
        details: { objects: found.objects, bytes: found.bytes },
      }),
    )
  return { ...found, dryRun }
}

const digest = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g

/** Manifests name other objects; larger ones are data. */
const manifestBytes = 4 * 1024 * 1024

/**
 * Who uses which object. Whatever looks like the hash of an object counts as a reference, in the store and in stored
 * manifests: rather one object too many is kept than one too few.
 */
async function mark(
  { objects, uow }: Pick<CollectionDeps, 'objects' | 'uow'>,
  since: Micros,
): Promise<Users> {
  const sizes = new Map<string, number>()
  for await (const { hash, bytes } of objects.all()) sizes.set(hash, bytes)
  const users = new Map<string, Set<string>>()
  const pending: string[] = []
  const note = (user: string, text: string) => {
    for (const [hex] of text.matchAll(digest)) {
      const hash = `sha256:${hex}`
      const by = users.get(hash) ?? new Set()
      if (!sizes.has(hash) || by.has(user)) continue
      users.set(hash, by.add(user))
      pending.push(hash)
    }
  }
  for await (const { user, text } of uow.read.references.references(since)) note(user, text)
  for (let hash = pending.pop(); hash !== undefined; hash = pending.pop()) {
    const manifest = await manifestText(objects, hash, sizes.get(hash) ?? 0)
    if (manifest !== undefined) for (const user of users.get(hash) ?? []) note(user, manifest)
  }
  return users
}

async function manifestText(
  objects: CollectedObjects,
  hash: string,
  size: number,
): Promise<string | undefined> {
  if (size > manifestBytes || size < 64) return undefined
  // What cannot be read names nothing that could be used through it; its absence is found where it is used.
  const bytes = await objects.getBytes(hash).catch(() => undefined)
  const first = bytes?.[0]
  return first === 0x7b || first === 0x5b ? Buffer.from(bytes ?? []).toString('utf8') : undefined
}
