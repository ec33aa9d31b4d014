import type { FeedData } from '../../definitions/model.ts'
import type { Clock } from '../../kernel/clock.ts'
import { followList } from '../erasure/follow-list.ts'
import type { ErasureGuard } from '../online/erasure.ts'
import type { PreparedFeatures, ServedFeatures } from '../online/model.ts'
import type { OnlineStore } from '../online/ports.ts'
import { watchFeatureCatalog } from './catalog.ts'
import { createFeeds } from './feeds/feeds.ts'
import { createLiveCatalog } from './live-catalog.ts'
import type { FeatureService } from './model.ts'
import type { FeedReader } from './ports.ts'
import { createReads } from './reads.ts'
import { createWrites } from './writes.ts'

export { emptyCatalog, featureCatalog, readFeatureCatalog, writeFeatureCatalog } from './catalog.ts'
export { type ExportedPush, exportPushed, pushedWatermark } from './export.ts'
export type * from './model.ts'
export type { FeedPiece, FeedReader } from './ports.ts'
export { createFeatureReader } from './read-only.ts'
export { maxWriteRows } from './writes.ts'

export interface FeatureServiceOptions {
  readonly store: OnlineStore
  /** Compiles what is looked up against the store. */
  prepareFeatures(features: ServedFeatures): PreparedFeatures
  /** Written by `writeFeatureCatalog`; followed while the service is open. */
  readonly catalogFile: string
  /** Journals of the push sources. The caller holds a lock that keeps every other writer out. */
  readonly journalFolder: string
  /** Opens the feed of a push source; left out: feeds are not read. */
  openFeed?(feed: FeedData): FeedReader
  /** Keys that may not come back, by the secret their tokens are made with and the list of these. */
  readonly erasures?: { readonly guard: ErasureGuard; readonly listFile: string }
  readonly clock: Clock
  /** One line about what could not be done. */
  readonly report?: (line: string) => void
}

/** Opens the service: what is in the journals and not in the store is written to it before this resolves. */
export async function createFeatureService(options: FeatureServiceOptions): Promise<FeatureService> {
  const { store, catalogFile, journalFolder, clock, erasures, openFeed, report = () => undefined } = options
  let changed = (): void => undefined
  const catalog = await watchFeatureCatalog(catalogFile, { onChange: () => changed() })
  const { current } = catalog
  const writes = createWrites({
    store,
    catalog: current,
    journalFolder,
    now: clock.nowMicros(),
    report,
    ...(erasures === undefined ? {} : { guard: erasures.guard }),
  })
  const follower =
    erasures && (await followList({ file: erasures.listFile, store, apply: writes.erase, report }))
  await writes.settleAll()
  const feeds =
    openFeed && createFeeds({ open: openFeed, catalog: current, writes, journalFolder, clock, report })
  await feeds?.follow()
  const live = await createLiveCatalog(store, current)
  changed = () => {
    void live.refresh()
    void writes.settleAll().then(() => feeds?.follow())
  }
  return {
    catalog: live.current,
    read: createReads(options.prepareFeatures, live.current),
    write: writes.write,
    async rebuild() {
      await follower?.restore()
      return writes.rebuild()
    },
    async close() {
      catalog.close()
      live.close()
      await follower?.close()
      await feeds?.close()
      await writes.close()
    },
  }
}
