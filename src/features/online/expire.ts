import type { SourceData } from '../../definitions/model.ts'
import { formatTimestamp, type Micros, parseDuration } from '../../kernel/time.ts'
import { pages } from './forget.ts'
import { decodeHead } from './head.ts'
import { entityPart, epochPrefix, headKey } from './keys.ts'
import { allRows, livePlace, loadKey, openKeys, removal } from './live-keys.ts'
import type { OnlineView } from './model.ts'
import type { Bytes, Change, OnlineStore } from './ports.ts'
import { type PlannedView, planOnlineView } from './view-plan.ts'

/** What expiry did; `paused` says why nothing may be forgotten now. */
export interface ExpiryReport {
  readonly dropped: number
  readonly paused: string | null
}

/**
 * Drops the keys whose newest event is older than the view's expiry, but only while data arrive: if the view's watermark
 * is older than its freshness limit (else its max age, else the expiry), expiry is paused and says so. Window views of
 * batch sources hold nothing that is too old; they are made anew by each run.
 */
export async function expireView(
  store: OnlineStore,
  { view, source, now }: { readonly view: OnlineView; readonly source: SourceData; readonly now: Micros },
): Promise<ExpiryReport> {
  if (view.expiry === undefined) return { dropped: 0, paused: null }
  const planned = planOnlineView(view, source)
  const [bytes] = await store.readMany([headKey(planned.id)])
  const head = bytes && decodeHead(bytes)
  if (head === undefined) return { dropped: 0, paused: `view ${view.name} has not been materialized` }
  const limit = view.freshness ?? view.maxAge ?? view.expiry
  if (now - head.watermark > parseDuration(limit)) {
    const since = formatTimestamp(head.watermark)
    return { dropped: 0, paused: `no data since ${since}, longer than the freshness limit of ${limit}` }
  }
  const oldest = now - parseDuration(view.expiry)
  let dropped = 0
  for await (const page of pages(store, epochPrefix(planned.id, head.generation, 0))) {
    const gone = planned.lookup
      ? await lookupsBefore(store, { planned, page, oldest })
      : await windowsBefore(store, { planned, page, oldest, generation: head.generation, now })
    dropped += gone
  }
  return { dropped, paused: null }
}

interface Page {
  readonly planned: PlannedView
  readonly page: readonly Bytes[]
  readonly oldest: Micros
}

/** A chain is dropped when every row of it is too old, asked again as it is dropped. */
async function lookupsBefore(store: OnlineStore, { planned, page, oldest }: Page): Promise<number> {
  const { codec } = planned.lookup ?? {}
  if (codec === undefined) return 0
  const isOld = (bytes: Bytes | undefined): boolean =>
    bytes !== undefined && codec.decode(bytes).every(({ event }) => event < oldest)
  const found = await store.readMany(page)
  const old = page.filter((_, index) => isOld(found[index]))
  let dropped = 0
  const changes = old.map(
    (key): Change => ({
      key,
      next: current => {
        if (!isOld(current)) return undefined
        dropped += 1
        return null
      },
    }),
  )
  if (changes.length > 0) await store.update(changes)
  return dropped
}

async function windowsBefore(
  store: OnlineStore,
  { planned, page, oldest, ...at }: Page & { readonly generation: number; readonly now: Micros },
): Promise<number> {
  if (!planned.live) return 0
  const place = livePlace(store, planned, at)
  const keys = await openKeys(
    place,
    page.map(key => entityPart(planned.id, Buffer.from(key))),
  )
  let dropped = 0
  for (const live of keys) {
    await loadKey(place, live)
    if (!allRows(live).every(({ event }) => event < oldest)) continue
    if (await removal(place, live)) dropped += 1
  }
  return dropped
}
