import type { Principal } from '../../governance/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import { createRunAlerts, type RunAlerts } from '../alerts/service.ts'
import { createRunWatch, type RunWatch } from '../alerts/watch.ts'
import type { ReferenceStore } from '../artifacts/collection.ts'
import type { ArtifactFileStore } from '../artifacts/ports.ts'
import { alertLostRuns } from '../liveness/alert-lost-runs.ts'
import { createPurge, type Purge } from '../purge/service.ts'
import { createSyncService, type SyncService } from '../sync/service.ts'
import { createRunDocuments, type RunDocuments } from './documents.ts'
import { createTrackedExperiments } from './experiments.ts'
import { createSigns } from './liveness.ts'
import { endLostRuns, type PipelineEnds } from './lost-runs.ts'
import type { TrackingStores } from './ports.ts'
import { createRunReader, type RunReader } from './read-runs.ts'
import { createTrackedRuns } from './runs.ts'
import type {
  ArtifactService,
  LoggedModels,
  RunDocumentFormat,
  TrackedExperiments,
  TrackedRuns,
  TrackingService,
} from './service.ts'
import { createTrackingWriter, type TrackingWriter } from './write/writer.ts'

/** What the parts of tracking that are made elsewhere work with. */
export interface TrackingParts {
  readonly writer: TrackingWriter
  readonly reader: RunReader
  readonly documents: RunDocuments
  readonly watch: RunWatch
}

export interface TrackingDeps {
  readonly uow: UnitOfWork<
    TrackingStores & { readonly artifactFiles: ArtifactFileStore; readonly references: ReferenceStore }
  >
  readonly clock: Clock
  /** Writes the wire form of a run; its text is stored beside the run. */
  readonly format: RunDocumentFormat
  /** What this server is called, for people. */
  readonly name?: string
  readonly parts: (parts: TrackingParts) => {
    readonly experimentSearch: Pick<TrackedExperiments, 'search'>
    readonly runSearch: Pick<TrackedRuns, 'search' | 'select' | 'count' | 'keys' | 'metricNames'>
    readonly loggedModels: LoggedModels
    readonly artifacts: ArtifactService
  }
}

/** Experiments, runs, logged models and artifacts over one store. */
export interface Tracking extends TrackingService {
  readonly sync: SyncService
  readonly alerts: RunAlerts
  readonly purge: Purge
  /**
   * To be called now and then: alerts the owner of each run that is lost, once, and closes the alerts of those that came
   * back. Answers the ids that were alerted.
   */
  alertLostRuns(principal: Principal): Promise<readonly string[]>
  /** To be called now and then: ends runs that are lost for good, or whose pipeline has ended. Answers their ids. */
  endLostRuns(principal: Principal, pipelineEnds: PipelineEnds): Promise<readonly string[]>
}

export function createTrackingService({
  uow,
  clock,
  format,
  name = 'fettle',
  parts,
}: TrackingDeps): Tracking {
  const serverStart = clock.nowMicros()
  const signs = createSigns()
  const watch = createRunWatch()
  const writer = createTrackingWriter({ uow, clock, watch })
  const reader = createRunReader({ clock, signs, serverStart })
  const documents = createRunDocuments({ uow, reader, format })
  const { experimentSearch, runSearch, loggedModels, artifacts } = parts({ writer, reader, documents, watch })
  const runs = createTrackedRuns({ uow, clock, writer, reader, documents, signs, search: runSearch })
  const lostRuns = { uow, clock, writer, signs, serverStart }
  return {
    experiments: createTrackedExperiments({ uow, writer, search: experimentSearch }),
    runs,
    loggedModels,
    artifacts,
    sync: createSyncService({ uow, clock, name, writer, reader, runs }),
    alerts: createRunAlerts({ uow, clock, watch }),
    purge: createPurge({ uow, clock, writer }),
    endLostRuns: (principal, ends) => endLostRuns(lostRuns, principal, ends),
    alertLostRuns: principal => alertLostRuns(lostRuns, principal),
  }
}
