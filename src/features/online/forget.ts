import type { SourceData } from '../../definitions/model.ts'
import type { Value } from '../../kernel/values/index.ts'
import { type ErasureGuard, suppress } from './erasure.ts'
import { dataPrefix, entityPart, eventPrefix, runKey } from './keys.ts'
import { versionCodec } from './live-events.ts'
import type { OnlineView } from './model.ts'
import type { Bytes, OnlineStore } from './ports.ts'
import { planOnlineView } from './view-plan.ts'

/** What was removed of a key: records of all generations and slots, and versions of its events. */
export interface ForgetReport {
  readonly records: number
  readonly events: number
  /** Nothing of the key was found when the store was looked through again. */
  readonly verified: boolean
}

const pageKeys = 5_000

/**
 * Removes every record of a key of one view: all generations, tiles, deferred and written rows, versions of events. The
 * keyed hash goes on the suppression list first, so that no read, materialization or write of the entity brings it back.
 * Idempotent; it looks through all keys of the view.
 */
export async function forgetKey(
  store: OnlineStore,
  forgotten: { readonly view: OnlineView; readonly source: SourceData; readonly key: readonly Value[] },
  guard: ErasureGuard,
): Promise<ForgetReport> {
  const planned = planOnlineView(forgotten.view, forgotten.source)
  const key = planned.encodeKey(forgotten.key)
  await store.update([suppress(guard, planned, key), { key: runKey(planned.id), next: () => null }])
  const removal = { store, planned, key }
  const records = await removeRecords(removal)
  const events = planned.kind === 'window' ? await removeEvents(removal) : 0
  const left = (await removeRecords(removal)) + (planned.kind === 'window' ? await removeEvents(removal) : 0)
  return { records, events, verified: left === 0 }
}

interface Removal {
  readonly store: OnlineStore
  readonly planned: ReturnType<typeof planOnlineView>
  readonly key: Buffer
  /** Only counts. */
  readonly keep?: boolean
}

/** Records and event versions of a key of one view that are there now. */
export async function countKey(
  store: OnlineStore,
  {
    view,
    source,
    key: components,
  }: { readonly view: OnlineView; readonly source: SourceData; readonly key: readonly Value[] },
): Promise<number> {
  const planned = planOnlineView(view, source)
  const counting = { store, planned, key: planned.encodeKey(components), keep: true }
  return (await removeRecords(counting)) + (planned.kind === 'window' ? await removeEvents(counting) : 0)
}

async function removeRecords({ store, planned, key, keep }: Removal): Promise<number> {
  let removed = 0
  for await (const page of pages(store, dataPrefix(planned.id))) {
    const own = page.filter(each => entityPart(planned.id, Buffer.from(each)).equals(key))
    if (own.length > 0 && !keep) await store.update(own.map(each => ({ key: each, next: () => null })))
    removed += own.length
  }
  return removed
}

async function removeEvents({ store, planned, key, keep }: Removal): Promise<number> {
  const codec = versionCodec(planned)
  let removed = 0
  for await (const page of pages(store, eventPrefix(planned.id))) {
    const found = await store.readMany(page)
    const own = page.filter((_, index) => codec.decode(found[index]).some(each => each.key.equals(key)))
    removed += own.length
    if (own.length === 0 || keep) continue
    await store.update(
      own.map(each => ({
        key: each,
        next: (current: Bytes | undefined) => {
          const rest = codec.decode(current).filter(version => !version.key.equals(key))
          return rest.length === 0 ? null : codec.encode(rest)
        },
      })),
    )
  }
  return removed
}

/** All keys with a prefix, in pages. */
export async function* pages(store: OnlineStore, prefix: Bytes): AsyncGenerator<readonly Bytes[]> {
  let after: Bytes | undefined
  while (true) {
    const page = await store.list(prefix, { limit: pageKeys, ...(after ? { after } : {}) })
    if (page.length === 0) return
    yield page
    after = page.at(-1)
  }
}
