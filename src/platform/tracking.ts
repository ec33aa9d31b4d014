import type { MetadataDatabase } from '../adapters/metadata/index.ts'
import {
  createSavedViewService,
  createTrackingImport,
  createTrackingService,
  type Purge,
  type RunAlerts,
  type SavedViewService,
  type SyncService,
  type Tracking,
  trackingParts,
} from '../experiments/index.ts'
import type { Clock } from '../kernel/clock.ts'
import type { ObjectStore } from '../pipelines/index.ts'
import {
  createRegistryImport,
  createRegistryRecords,
  type RegistryRecords,
  type SigningService,
} from '../registry/index.ts'
import type { Imports } from '../server/handlers/tracking-import.ts'
import { formatRunDocument } from '../server/mlflow/map/runs.ts'

interface TrackingParts {
  readonly database: MetadataDatabase
  readonly objects: ObjectStore
  readonly clock: Clock
  /** What this server is called, for people: the name of its project. */
  readonly name?: string
  /** Refuses files that a signature among them was not made for. */
  assertUnaltered?: SigningService['assertUnaltered']
}

/** Experiments, runs, logged models, artifacts and registered models over one database and one object store. */
export function openTracking({ database: uow, objects, clock, name, assertUnaltered }: TrackingParts): {
  readonly tracking: Tracking
  readonly sync: SyncService
  readonly alerts: RunAlerts
  readonly purge: Purge
  readonly records: RegistryRecords
  readonly views: SavedViewService
  readonly imports: Imports
} {
  const tracking = createTrackingService({
    uow,
    clock,
    ...(name === undefined ? {} : { name }),
    format: formatRunDocument,
    parts: trackingParts({ uow, clock, objects }),
  })
  const registry = { uow, clock, tracking, objects, ...(assertUnaltered && { assertUnaltered }) }
  return {
    tracking,
    sync: tracking.sync,
    alerts: tracking.alerts,
    purge: tracking.purge,
    records: createRegistryRecords(registry),
    views: createSavedViewService({ uow, clock, runs: tracking.runs }),
    imports: {
      tracking: createTrackingImport({ uow, clock, tracking }),
      registry: createRegistryImport(registry),
    },
  }
}
