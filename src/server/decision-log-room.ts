import type { Micros } from '../kernel/time.ts'
import type { Page, PageRequest } from '../kernel/unit-of-work.ts'
import type { DecisionFilter, DecisionRecord, LogStatus, ReplayLine } from '../serving/index.ts'

export interface RolloutRowFacts {
  readonly seq: number
  /** `rol_…`; null for a row about the whole deployment. */
  readonly rollout: string | null
  readonly event: string
  /** Percent of the traffic that the rollout's release had. */
  readonly weight: number
  readonly by: string
  readonly reason: string
  readonly at: Micros
  readonly hash: string
}

/** Where a decision comes from, beyond its record. */
export interface DecisionTraceFacts {
  readonly record: DecisionRecord
  readonly release: {
    readonly number: number
    readonly digest: string
    readonly parts: readonly { readonly part: string; readonly hash: string }[]
    readonly scorer: { readonly kind: string; readonly build: string }
    readonly made: { readonly at: Micros; readonly by: string; readonly reason: string } | null
    readonly verdicts: readonly {
      readonly id: string
      readonly at: Micros
      readonly hash: string
      readonly verdict: string
      readonly by: string
    }[]
    /** Persons who approved its canary, for every rollout it was in. */
    readonly approvals: readonly { readonly by: string; readonly at: Micros }[]
    readonly servings: readonly { readonly at: Micros; readonly by: string; readonly reason: string }[]
  }
  readonly shadows: readonly DecisionRecord[]
  /** The row of the rollout log that was in force; null: nothing was rolled out. */
  readonly rollout: RolloutRowFacts | null
}

/** The prediction log as one asks it. Those that take an id throw DECISION_UNKNOWN. */
export interface DecisionLogRoom {
  search(filter: DecisionFilter, page: PageRequest): Promise<Page<DecisionRecord>>
  status(): Promise<LogStatus>
  trace(predictionId: string): Promise<DecisionTraceFacts>
  replay(
    predictionId: string,
  ): Promise<{ readonly predictionId: string; readonly lines: readonly ReplayLine[] }>
}
