import type { FeatureService } from '../../features/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { DialectState } from '../dialects/state.ts'
import type { MaterializeFeatures } from '../feast/index.ts'
import type { FeedbackIntake } from '../feedback/intake.ts'
import type { LogWriter } from '../log/writer.ts'
import type { Access } from './access.ts'
import type { BodyBudget, BodyLimits } from './http.ts'
import type { FrontMetrics } from './metrics.ts'
import type { ReleaseWatcher } from './release-watcher.ts'

/** What the parts of one front share. */
export interface FrontState {
  readonly releases: ReleaseWatcher
  readonly log: LogWriter
  readonly feedback: FeedbackIntake
  readonly metrics: FrontMetrics
  /** Reads and writes of features, in every dialect. */
  readonly features: FeatureService
  /** What a Feast client's materialize runs; left out: it is told that this server does not. */
  readonly materialize?: MaterializeFeatures
  /** The machine's clock: when things were received and decided. */
  readonly clock: Clock
  /** The instant features are read at; stands still while traffic is replayed. */
  readonly featureClock: Clock
  readonly dialects: DialectState
  /** Left out: callers need not say who they are. */
  readonly access?: Access
  readonly limits: BodyLimits
  readonly budget: BodyBudget
  /** Names this front among those of its deployments: host and number. */
  readonly router: string
  readonly name: string
  readonly version: string
  readonly onIncident: (id: string, error: unknown) => void
  inFlight: number
  draining: boolean
}

/** Ready: not shutting down, and every deployment that is not switched off has a release that answers. */
export function isReady(state: FrontState): boolean {
  return (
    !state.draining &&
    state.releases.list().every(each => each.killed === 'closed' || each.current !== undefined)
  )
}
