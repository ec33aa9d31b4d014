import type { Json } from '../../kernel/canonical.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Page, PageRequest } from '../../kernel/unit-of-work.ts'
import type { EvidenceSort, Freshness, Ladder, LadderEvent } from './ladder.ts'
import type {
  AutonomyLevel,
  LadderKey,
  Suggestion,
  SuggestionBatch,
  SuggestionKind,
  SuggestionState,
} from './model.ts'

export interface SuggestionQuery extends PageRequest {
  readonly subject?: string
  readonly state?: SuggestionState
  readonly kind?: SuggestionKind
}

/** What happened to a ladder, with the evidence there was before it. */
export interface LadderStep {
  readonly at: Micros
  /** A person, `rule:<rule>`, or what told of an alarm. */
  readonly by: string
  readonly what: 'started' | 'offered' | Exclude<LadderEvent['type'], 'evidence' | 'alarm'> | 'demoted'
  readonly from: AutonomyLevel
  readonly to: AutonomyLevel
  readonly why: string
  readonly evidence: Json
}

/** Equal decisions of one person in a span of time. */
export interface DecisionCount {
  readonly by: string
  /** Milliseconds between display and decision. */
  readonly millis: number | null
  readonly batched: boolean
  readonly count: number
}

/** Suggestions, the ladders of their rules with evidence and history, and batches. */
export interface SuggestionStore {
  insertSuggestions(suggestions: readonly Suggestion[]): Promise<void>
  findSuggestion(id: string): Promise<Suggestion | undefined>
  /** State, level, decision, application and outcome may differ from what is stored. */
  updateSuggestion(suggestion: Suggestion): Promise<void>
  /** Changes their state and nothing else. */
  supersede(ids: readonly string[]): Promise<void>
  /** Those with the largest upper bound of flips a week first; without one before all others. */
  listSuggestions(query: SuggestionQuery): Promise<Page<Suggestion>>
  /** Of one segment, or of all of the class, that are open, or decided and not yet applied, or of this cycle. Oldest first. */
  relatedSuggestions(
    place: LadderKey & { readonly segment?: string; readonly cycle: string },
  ): Promise<readonly Suggestion[]>
  /** Open ones whose time is over or whose veto window has passed. */
  dueSuggestions(now: Micros, limit: number): Promise<readonly Suggestion[]>
  /** Decided and not yet applied, oldest decision first, after the given one. */
  unappliedSuggestions(query: {
    readonly after: Suggestion | undefined
    readonly limit: number
  }): Promise<readonly Suggestion[]>
  /** Open ones at `suggest` below an upper bound of flips a week, the smallest first; none that hit a cap. */
  safeSuggestions(query: {
    readonly subject?: string
    readonly below: number
    readonly limit: number
  }): Promise<readonly Suggestion[]>
  /** Every open suggestion of the ladder: at this level, and without a veto window. */
  relevelOpen(key: LadderKey, level: AutonomyLevel): Promise<void>
  countOpen(): Promise<Readonly<Partial<Record<AutonomyLevel, number>>>>
  /** Of persons only. */
  countDecisions(since: Micros): Promise<readonly DecisionCount[]>

  findLadder(key: LadderKey): Promise<Ladder | undefined>
  putLadder(ladder: Ladder): Promise<void>
  listLadders(subject?: string): Promise<readonly Ladder[]>
  appendStep(key: LadderKey, step: LadderStep): Promise<void>
  /** Oldest first. */
  listSteps(key: LadderKey): Promise<readonly LadderStep[]>
  /** Keeps one item per sort, segment and cycle of an era. */
  addEvidence(
    key: LadderKey,
    item: {
      readonly era: number
      readonly sort: EvidenceSort
      readonly segment: string
      readonly cycle: string
    },
  ): Promise<Freshness>

  insertBatch(batch: SuggestionBatch): Promise<void>
  findBatch(id: string): Promise<SuggestionBatch | undefined>
  updateBatch(batch: SuggestionBatch): Promise<void>
}
