import type { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { StageEvidence } from '../evidence/model.ts'
import type { FoldedDeployment, LoggedRollout } from './fold-deployment.ts'
import { micros } from './terms.ts'

/** Everything that decides what may come next, as it is at one instant: nothing else is read. */
export interface RolloutFacts {
  readonly folded: FoldedDeployment
  readonly rollout: LoggedRollout
  /** The newest look of this stage, or of this step of it. */
  readonly look: { readonly id: string; readonly at: Micros; readonly evidence: StageEvidence } | null
  /** Why the last attempt to look failed; null when it did not. */
  readonly lookProblem: string | null
  /** Since when every look succeeded; null before one did. */
  readonly clearSince: Micros | null
  readonly settings: RolloutSettings
  /** Why the verdict on the release does not let it serve; undefined when it does. */
  readonly objection: FettleError | undefined
  /** When the release was made, which its data are at least as old as, and when the gate looked at it last. */
  readonly candidate: { readonly madeAt: Micros; readonly verifiedAt: Micros | null }
  /** People other than who started it who approved this release under these contracts. */
  readonly approvedBy: readonly string[]
  /** Row each live router has applied; null: none answers. */
  readonly routers: readonly { readonly router: string; readonly seq: number }[] | null
  readonly now: Micros
}

/** What is declared and configured now; how the rollout goes was pinned when it began. */
export interface RolloutSettings {
  readonly production: boolean
  readonly hasPurpose: boolean
  /** Whether labels ever come: without any, none need mature. */
  readonly hasLabels: boolean
  readonly contractSet: string | null
  /** Whether a release serves already. */
  readonly serves: boolean
}

/** Time of this state or step; it stands still while held. */
export function elapsed({
  rollout: { since, heldFor, heldAt },
  now,
}: Pick<RolloutFacts, 'rollout' | 'now'>): Micros {
  return (heldAt ?? now) - since - heldFor
}

/** When so much time will have passed, unless it is held. */
export function dueAt({ since, heldFor }: LoggedRollout, duration: string): Micros {
  return since + heldFor + micros(duration)
}

/** How often something must have been looked at to count as measured, and how long a passing cause must be clear. */
const staleLooks = 10n
const clearLooks = 30n

export const staleAfter = ({ terms }: LoggedRollout): Micros => micros(terms.look) * staleLooks
export const clearAfter = ({ terms }: LoggedRollout): Micros => micros(terms.look) * clearLooks
