import type { OnlineStore } from '../online/ports.ts'
import { watchFeatureCatalog } from './catalog.ts'
import type { FeatureServiceOptions } from './index.ts'
import { createLiveCatalog } from './live-catalog.ts'
import type { FeatureService } from './model.ts'
import { createReads } from './reads.ts'

/** The reading half of a service, over a store that another process writes. */
export async function createFeatureReader(
  options: Pick<FeatureServiceOptions, 'prepareFeatures' | 'catalogFile'> & { readonly store: OnlineStore },
): Promise<Pick<FeatureService, 'catalog' | 'read' | 'close'>> {
  let changed = (): void => undefined
  const catalog = await watchFeatureCatalog(options.catalogFile, { onChange: () => changed() })
  const live = await createLiveCatalog(options.store, catalog.current)
  changed = () => void live.refresh()
  return {
    catalog: live.current,
    read: createReads(options.prepareFeatures, live.current),
    async close() {
      catalog.close()
      live.close()
    },
  }
}
