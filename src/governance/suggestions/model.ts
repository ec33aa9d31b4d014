import type { Json } from '../../kernel/canonical.ts'
import type { Micros } from '../../kernel/time.ts'

/** How far a rule may go by itself (releases.md §7). */
export type AutonomyLevel = 'observe' | 'suggest' | 'veto' | 'auto'

/** `accepted` and `edited` are decided; an accepted one is `applied` once what it proposes is done. */
export type SuggestionState =
  | 'open'
  | 'accepted'
  | 'applied'
  | 'edited'
  | 'rejected'
  | 'vetoed'
  | 'expired'
  | 'superseded'

/** What is suggested for; the mechanism is the same for all. */
export type SuggestionKind = 'threshold' | 'promotion' | 'retrain' | 'check' | 'rollback'

/** Why somebody edits, rejects or vetoes. `other` needs a note. */
export const refusalReasons = [
  'wrong-value',
  'bad-data',
  'known-event',
  'bad-timing',
  'too-risky',
  'not-needed',
  'policy',
  'other',
] as const
export type RefusalReason = (typeof refusalReasons)[number]

/** Autonomy is earned per subject, rule and class of segments. */
export interface LadderKey {
  /** `deployment:late`, `model:late`, `source:flights`. */
  readonly subject: string
  readonly rule: string
  /** Evidence is pooled over a class; `airport`. */
  readonly segmentClass: string
}

/** A proposed change and its evidence. Only its state, level, decision, application and outcome ever change. */
export interface Suggestion extends LadderKey {
  /** `sug_…`. */
  readonly id: string
  readonly kind: SuggestionKind
  /** Hash of the rule's code: other code starts its evidence again. */
  readonly ruleHash: string
  /** Who wrote the rule: their own decisions are no evidence. */
  readonly ruleBy: string
  /** `ORD`; empty for the whole. */
  readonly segment: string
  /** Evidence counts once per segment and cycle: `2026-11-21`. */
  readonly cycle: string
  readonly level: AutonomyLevel
  /** How often the evidence of its rule had been put back to zero when it was made: what came before is none. */
  readonly era: number
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
  /** Why it is not applied although it was decided; tried again. */
  readonly problem: string | null
  /** What came of it, on matured labels. */
  readonly outcome: { readonly at: Micros; readonly breach: boolean; readonly details: Json } | null
}

/** What a rule hands in; the rest is the mechanism's. */
export type Proposal = LadderKey &
  Pick<
    Suggestion,
    | 'kind'
    | 'ruleHash'
    | 'ruleBy'
    | 'segment'
    | 'cycle'
    | 'title'
    | 'old'
    | 'proposed'
    | 'interval'
    | 'flipsPerWeek'
    | 'flipsPerWeekUpper'
    | 'rows'
    | 'matured'
    | 'window'
    | 'capHit'
    | 'details'
    | 'expiresAt'
  > & {
    /** Time to object at level `veto`; 24h when left out. */
    readonly vetoWindow?: Micros
  }

/**
 * Why a decision is no evidence: under 2 s after display; accepted without a measured time; accepted in one act with
 * others; by who wrote the rule; by the rule itself; made before its evidence was put back to zero, or at another level;
 * another decision on the segment in this cycle counted.
 */
export type CountsNot =
  | 'rubber-stamp'
  | 'not-measured'
  | 'batch'
  | 'own-rule'
  | 'rule'
  | 'before-demotion'
  | 'level'
  | 'same-cycle'

export interface SuggestionDecision {
  readonly by: string
  readonly at: Micros
  /** Typed reason of an edit, a rejection or a veto; null for an acceptance. */
  readonly reason: RefusalReason | null
  readonly note: string
  /** The edited value. */
  readonly value: Json
  /** Between display and decision; null where the client did not measure. Under 2 s it is a rubber stamp. */
  readonly seconds: number | null
  /** The batch it was decided in. In a batch only the audit sample, decided one by one, is evidence. */
  readonly batch: string | null
  readonly counts: boolean
  /** null when it counts. */
  readonly countsNot: CountsNot | null
}

/** One act that accepts many of low risk, after a sample of them was decided one by one. */
export interface SuggestionBatch {
  /** `bat_…`. */
  readonly id: string
  readonly by: string
  readonly at: Micros
  /** Its members had fewer flips a week than this, at their upper bounds. */
  readonly below: number
  readonly subject: string | null
  /** The upper bounds of its members, added up. */
  readonly flipsPerWeekUpper: number
  readonly members: readonly string[]
  /** The audit sample, to be decided one by one first. */
  readonly sample: readonly string[]
  readonly state: 'open' | 'accepted'
  readonly accepted: number
}
