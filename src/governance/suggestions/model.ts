import type { Json } from '../../kernel/canonical.ts'
import type { Micros } from '../../kernel/time.ts'

/** How far a rule may go by itself (releases.md §7). */
export type AutonomyLevel = 'observe' | 'suggest' | 'veto' | 'auto'

export type SuggestionState =
  | 'open'
  | 'accepted'
  | 'edited'
  | 'rejected'
  | 'vetoed'
  | 'expired'
  | 'superseded'

/** What is suggested for; the mechanism is the same for all. */
export type SuggestionKind = 'threshold' | 'promotion' | 'retrain' | 'check' | 'rollback'

/** A proposed change and its evidence. Only its state, decision and outcome ever change. */
export interface Suggestion {
  /** `sug_…`. */
  readonly id: string
  readonly kind: SuggestionKind
  /** Which rule made it, and the hash of its code: other code starts its evidence again. */
  readonly rule: string
  readonly ruleHash: string
  /** Who wrote the rule: their own decisions are no evidence. */
  readonly ruleBy: string
  /** `deployment:late`, `model:late`, `source:flights`. */
  readonly subject: string
  /** Evidence is pooled over a class; `airport`. */
  readonly segmentClass: string
  /** `ORD`; empty for the whole. */
  readonly segment: string
  /** Evidence counts once per segment and cycle: `2026-11-21`. */
  readonly cycle: string
  readonly level: AutonomyLevel
  readonly title: string
  /** Old and proposed value, for the page; how it is applied is the kind's business. */
  readonly old: Json
  readonly proposed: Json
  readonly interval: { readonly lower: number; readonly upper: number } | null
  /** Decisions a week that would change: point and upper bound; the order of the inbox. */
  readonly flipsPerWeek: number | null
  readonly flipsPerWeekUpper: number | null
  readonly rows: number | null
  readonly matured: number | null
  /** RFC 3339 bounds of the rows it rests on, and their hash. */
  readonly window: {
    readonly from: string | null
    readonly to: string | null
    readonly rowSet: string | null
  }
  readonly capHit: boolean
  readonly details: Json
  readonly madeAt: Micros
  /** The next cycle. */
  readonly expiresAt: Micros
  /** With level `veto`: applied then, unless somebody objects. */
  readonly appliesAt: Micros | null
  readonly state: SuggestionState
  readonly decision: SuggestionDecision | null
  readonly appliedAt: Micros | null
  /** What came of it, on matured labels. */
  readonly outcome: { readonly at: Micros; readonly breach: boolean; readonly details: Json } | null
}

export interface SuggestionDecision {
  readonly by: string
  readonly at: Micros
  /** Typed reason of an edit or a rejection; empty for an acceptance. */
  readonly reason: string
  readonly note: string
  /** The edited value. */
  readonly value: Json
  /** Between display and decision; null where the client did not measure. Under 2 s it is a rubber stamp. */
  readonly seconds: number | null
  /** The batch it was decided in. In a batch only the audit sample, decided one by one, is evidence. */
  readonly batch: string | null
  readonly counts: boolean
  /** Why it is no evidence: `rubber-stamp`, `batch`, `own-rule`; null when it counts. */
  readonly countsNot: string | null
}
