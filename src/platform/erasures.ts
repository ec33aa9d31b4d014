import type { MetadataDatabase } from '../adapters/metadata/index.ts'
import { createErasureService, type ErasureService, receiptSigner } from '../governance/index.ts'
import type { Clock } from '../kernel/clock.ts'
import type { ObjectStore } from '../pipelines/index.ts'
import type { ProjectFile } from '../projects/index.ts'
import type { RegistryService } from '../registry/index.ts'
import { erasureGround } from './actions/erase.ts'
import type { Folders } from './folders.ts'
import { guardOf, projectPepper, receiptKey } from './project-keys.ts'
import { openOnlineStore } from './providers.ts'
import type { DecisionShipping } from './shipping.ts'
import { once } from './training-set-records.ts'

export interface ErasureParts {
  readonly folders: Folders
  readonly project: Pick<ProjectFile, 'project' | 'providers'>
  readonly database: MetadataDatabase
  readonly objects: ObjectStore
  readonly registry: Pick<RegistryService, 'listModels' | 'listVersions'>
  readonly clock: Clock
  readonly shipping: Pick<DecisionShipping, 'erase'>
  onFault(error: unknown): void
}

/** Erasing over one folder. What it opens is opened when a key is erased. */
export function openErasures(parts: ErasureParts): ErasureService {
  const { folders, project, database, objects, registry, clock, shipping, onFault } = parts
  const { providers, project: name } = project
  const ground = erasureGround({
    folders,
    guard: guardOf({ pepper: projectPepper(folders.root) }),
    database,
    objects,
    registry,
    eraseFiles: isErased => shipping.erase(isErased),
    embeddedStore: providers.online === 'lmdb',
    openStore: () => openOnlineStore(providers, { folder: folders.online, project: name }),
    engine: once(async () => {
      const { createDuckDBEngine } = await import('../adapters/engines/duckdb/index.ts')
      return createDuckDBEngine({ temporaryFolder: folders.work })
    }),
  })
  const signer = receiptSigner(receiptKey(folders.root))
  return createErasureService({ uow: database, clock, project: name, ground, signer, onFault })
}
