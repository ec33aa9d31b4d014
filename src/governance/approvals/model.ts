import type { Json } from '../../kernel/canonical.ts'
import type { Micros } from '../../kernel/time.ts'

/** `void`: something it was bound to has changed. */
export type ApprovalState = 'requested' | 'approved' | 'declined' | 'withdrawn' | 'expired' | 'void'

export interface Decision {
  readonly by: string
  readonly at: Micros
  readonly verdict: 'approve' | 'decline'
  readonly reason: string
  /** Between seeing the request and deciding, in seconds, as the client measured it; null where it did not. */
  readonly seconds: number | null
}

/** A change that waits for other people. What it was asked for, and what it is bound to, never changes. */
export interface Approval {
  /** `apr_…`. */
  readonly id: string
  /** What kind of change: `alias`. */
  readonly kind: string
  /** `model:late`. */
  readonly subject: string
  /** What is to be done once it is approved, by the rules of its kind. */
  readonly change: Json
  /** Hashes and ids it holds for, by name: with another value it is void. */
  readonly bound: Readonly<Record<string, string>>
  readonly reason: string
  readonly requestedBy: string
  readonly requestedAt: Micros
  readonly expiresAt: Micros
  /** How many people, other than who asked, must agree. */
  readonly needed: number
  readonly state: ApprovalState
  readonly decisions: readonly Decision[]
  readonly closedAt: Micros | null
  /** Why it was withdrawn or became void; null otherwise. */
  readonly closedBecause: string | null
}
