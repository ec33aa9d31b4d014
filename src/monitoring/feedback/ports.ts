import type { FeedbackData } from '../../definitions/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Page, PageRequest } from '../../kernel/unit-of-work.ts'
import type { DecisionRecord } from '../../serving/index.ts'
import type {
  Feedback,
  FeedbackCount,
  FeedbackJoin,
  JoinableDecision,
  JoinedFeedback,
  JoinState,
} from './model.ts'

export type NewFeedback = Omit<Feedback, 'seq'>

/** Which joined items are asked for. */
export interface JoinedQuery {
  readonly deployment: string
  readonly kinds: readonly string[]
  /** Of decisions made since then. */
  readonly since: Micros
  /** Only what was known by then. */
  readonly knownBy: Micros
}

/** The label table: bitemporal, append-only; and beside it where each item stands with the decisions. */
export interface FeedbackStore {
  /** How far each segment of the feedback logs has been read. */
  cursors(): Promise<ReadonlyMap<string, number>>
  putCursor(segment: string, end: number): Promise<void>
  dropCursor(segment: string): Promise<void>
  /**
   * Adds those whose (deployment, id) is new, in order, each pending and due at once; of two with one id the first is kept.
   * Answers how many were added.
   */
  add(items: readonly NewFeedback[]): Promise<number>
  /** Due items of one deployment, longest due first: those about a prediction by its id (`named`), or all others. */
  due(request: {
    readonly deployment: string
    readonly named: boolean
    readonly at: Micros
    readonly limit: number
  }): Promise<readonly JoinedFeedback[]>
  /** Deployments with an item due by then. */
  dueDeployments(at: Micros): Promise<readonly string[]>
  putJoins(joins: readonly FeedbackJoin[]): Promise<void>
  /** Active, joined, in the order of the table. */
  joined(query: JoinedQuery): Promise<readonly JoinedFeedback[]>
  /** All that joined a prediction, in the order in which it was known. */
  ofPrediction(predictionId: string): Promise<readonly JoinedFeedback[]>
  /** Newest first. */
  list(
    query: PageRequest & { readonly deployment: string; readonly state?: JoinState | 'quarantined' },
  ): Promise<Page<JoinedFeedback>>
  /** Items that say whom they are about, who said it or in which words, in the order of the table. */
  personal(request: { readonly after: number; readonly limit: number }): Promise<readonly JoinedFeedback[]>
  /** Takes that out of them; the table is added to otherwise. */
  forget(seqs: readonly number[]): Promise<void>
  counts(deployment: string): Promise<readonly FeedbackCount[]>
}

/** Decisions, wherever their records are. */
export interface DecisionLookup {
  find(predictionId: string): Promise<JoinableDecision | undefined>
  /** Answers of a deployment since then, in any order; each at least once. */
  scan(deployment: string, since: Micros): AsyncIterable<readonly DecisionRecord[]>
}

/** The kinds that a deployment takes, as its applied definition says; undefined where there is no such deployment. */
export type DeclaredKinds = (deployment: string) => Promise<readonly FeedbackData[] | undefined>
