import { join } from 'node:path'
import { openLmdbStore } from '../../src/adapters/online/lmdb/index.ts'
import {
  createFeatureService,
  featureCatalog,
  prepareFeatures,
  writeFeatureCatalog,
} from '../../src/features/index.ts'
import { content, noon } from '../support/feature-front.ts'

export { noon }

/** The feature service over a folder of its own. */
export async function openService(folder: string) {
  await writeFeatureCatalog(join(folder, 'features.json'), featureCatalog(content))
  const store = openLmdbStore({ folder: join(folder, 'online') })
  const service = await createFeatureService({
    store,
    prepareFeatures: features => prepareFeatures(store, features),
    catalogFile: join(folder, 'features.json'),
    journalFolder: join(folder, 'journal'),
    clock: { nowMicros: () => noon },
  })
  return { store, service }
}
