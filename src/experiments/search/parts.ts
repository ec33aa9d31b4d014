import type { Clock } from '../../kernel/clock.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import type { ArtifactBytes } from '../artifacts/ports.ts'
import { type ArtifactStores, createArtifacts } from '../artifacts/service.ts'
import { createLoggedModels, type LoggedModelStores } from '../logged-models/service.ts'
import type { TrackingDeps } from '../tracking/create-service.ts'
import { createTrackingSearch } from './service.ts'

interface PartsDeps {
  readonly uow: UnitOfWork<LoggedModelStores & ArtifactStores>
  readonly clock: Clock
  readonly objects: ArtifactBytes
}

/** Searches, logged models and artifacts, as the tracking service takes them. */
export function trackingParts({ uow, clock, objects }: PartsDeps): TrackingDeps['parts'] {
  return ({ reader, documents, watch }) => {
    const search = createTrackingSearch({ uow, clock, reader, documents })
    return {
      experimentSearch: search.experiments,
      runSearch: search.runs,
      loggedModels: createLoggedModels({ uow, clock }),
      artifacts: createArtifacts({ uow, clock, objects, watch }),
    }
  }
}
