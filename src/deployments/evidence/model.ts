import type { ComparisonReport, ContractsReport } from '../../evaluation/index.ts'
import type { Interval, Quantity } from '../../kernel/statistics/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Value } from '../../kernel/values/model.ts'

/** One decision as evidence needs it; in the order of the log. */
export interface TrafficRow {
  readonly predictionId: string
  readonly kind: 'online' | 'shadow' | 'reverse-shadow'
  /** Prediction id it scored again; null for an answer. */
  readonly shadowOf: string | null
  readonly arm: string
  readonly armReason: string
  readonly release: number
  readonly digest: string
  /** Text of the unit that sticks to its arm; null where nothing sticks. */
  readonly unit: string | null
  readonly bucket: number | null
  /** Row of the rollout log that was in force. */
  readonly seq: number | null
  readonly decidedAt: Micros
  readonly score: number
  readonly acted: boolean | null
  readonly degraded: boolean
  /** From receipt to reply, without the log. */
  readonly latencyMicros: number
  /** What was sent and what was looked up, by name: for slices, and to name the row. */
  readonly fields: Readonly<Record<string, Value>>
  readonly vector: Float64Array
}

/** Decisions of one deployment since a place in its log. */
export interface TrafficSource {
  /** At most `limit` rows after `cursor` (null: from `since`), and where to go on. `done`: nothing more is there now. */
  read(request: {
    readonly deployment: string
    readonly cursor: string | null
    readonly since: Micros
    readonly limit: number
  }): Promise<{ readonly rows: readonly TrafficRow[]; readonly cursor: string; readonly done: boolean }>
}

/** A label that joined a decision. */
export interface JoinedLabel {
  readonly predictionId: string
  readonly value: number
  readonly eventTime: Micros
  readonly knownTime: Micros
}

/** An amount of the business that joined a decision. */
export interface JoinedOutcome {
  readonly predictionId: string
  /** Name of the declared kind. */
  readonly kind: string
  readonly value: number
}

export interface LabelSource {
  /** Labels of decisions made since then, the latest known of each; undefined where the deployment takes no labels. */
  labels(request: {
    readonly deployment: string
    readonly since: Micros
    /** Only what was known by then. */
    readonly knownBy: Micros
  }): Promise<readonly JoinedLabel[] | undefined>
  /** Ages, µs, at which the labels of old enough decisions became known; NaN: never. For the maturity curve. */
  delays(deployment: string): Promise<Float64Array>
  /** Outcomes of decisions made since then that were known by then; absent where the deployment takes none. */
  outcomes?(request: {
    readonly deployment: string
    readonly since: Micros
    readonly knownBy: Micros
  }): Promise<readonly JoinedOutcome[]>
}

/** Requests per arm since the fronts started, by release: what never became a decision is counted here alone. */
export interface ArmCounts {
  /** Whose counters these are. Several fronts are listed one after the other, not added up: each restarts by itself. */
  readonly router?: string
  readonly arm: string
  readonly release: number
  readonly requests: number
  readonly errors: number
  readonly slow: number
  readonly degraded: number
}

/** Shadow work that was not done, by reason: ring full, queue delay, error, timeout. */
export type ShadowDrops = Readonly<Record<string, number>>

/** What the fronts say; null where none answers. */
export interface FrontCounts {
  readonly arms: readonly ArmCounts[]
  readonly shadow: { readonly scored: number; readonly drops: ShadowDrops }
  /** Row of the rollout log each router has applied, and whether its releases are loaded. */
  readonly routers: readonly {
    readonly router: string
    readonly seq: number
    readonly loaded: readonly string[]
    readonly refused: Readonly<Record<string, string>>
  }[]
}

/** What one look is about. */
export interface LookFacts {
  readonly deployment: string
  readonly rollout: string
  readonly stage: 'shadow' | 'canary' | 'probation'
  /** Since when this stage (canary: this step) has run. */
  readonly since: Micros
  /** Since when the rollout collects pairs. */
  readonly shadowSince: Micros
  readonly now: Micros
  readonly champion: { readonly release: number; readonly digest: string } | null
  readonly challenger: { readonly release: number; readonly digest: string }
  /** Percent of traffic the challenger has; of the control arm as much, at the first step. */
  readonly weight: number
  /** Buckets each arm owns, of 10 000; absent: by weight, the control arm as wide as the challenger where it answers. */
  readonly widths?: { readonly champion: number; readonly challenger: number; readonly control: number }
}

/** A cell of the sequential harm test (releases.md §10). */
export interface HarmCell {
  readonly contract: string
  readonly slice: string
  readonly metric: string
  readonly status: 'protected' | 'watched' | 'dry-run'
  readonly n: number
  readonly estimate: Quantity
  readonly margin: number | null
  /** Anytime-valid. */
  readonly interval: Interval | null
  readonly logLambda: Quantity
  /** Running minimum over the looks so far. */
  readonly p: Quantity
  readonly pHolm: number | null
  readonly harmed: boolean
  /** Variance of one row and design effect as fixed before the first look; null before that. */
  readonly frozen: { readonly variance: number; readonly deff: number } | null
}

/** An operational guard: errors, slowness, degraded share against the control arm. */
export interface GuardReading {
  readonly guard: 'error_rate' | 'slow_rate' | 'degraded_share'
  readonly champion: { readonly events: number; readonly of: number }
  readonly challenger: { readonly events: number; readonly of: number }
  readonly limit: string
  readonly logLambda: Quantity
  /** Running minimum over the looks of this step. */
  readonly p: Quantity
  readonly state: 'ok' | 'warning' | 'breached' | 'not-measured'
}

/** Pairs of one slice on which both scored the same row (releases.md §11). */
export interface FlipSlice {
  readonly slice: string
  readonly n: number
  readonly both: number
  readonly neither: number
  readonly onlyChallenger: number
  readonly onlyChampion: number
  readonly disagreement: Quantity
  /** challenger − champion action rate, with its score bounds. */
  readonly difference: Quantity
  readonly interval: Interval | null
  readonly pMcNemar: Quantity
  readonly psi: Quantity
  readonly ks: Quantity
  readonly meanShift: Quantity
  readonly rankCorrelation: Quantity
  readonly flipsPerWeek: Quantity
  /** Of the flips with a label: who was right. */
  readonly challengerRight: number
  readonly championRight: number
}

/** Scores of evenly spaced pairs in bins of equal width, the same pairs for both. */
export interface ScoreCounts {
  readonly from: number
  readonly to: number
  readonly champion: readonly number[]
  readonly challenger: readonly number[]
}

export interface Flip {
  readonly predictionId: string
  readonly shadowId: string
  readonly at: string
  readonly names: Readonly<Record<string, string | number | null>>
  readonly slices: readonly string[]
  readonly champion: { readonly score: number; readonly acts: boolean }
  readonly challenger: { readonly score: number; readonly acts: boolean }
  readonly label: number | null
}

export interface FlipReport {
  readonly pairs: number
  readonly all: FlipSlice
  /** Of the whole population. */
  readonly scores?: ScoreCounts | null
  /** Most harmed first. */
  readonly slices: readonly FlipSlice[]
  /** The 50 largest by difference of score. */
  readonly flips: readonly Flip[]
}

/** The business number by arm (releases.md §16). */
export interface ArmOutcome {
  readonly kind: string
  readonly unit: string
  /** `new-against-old`: challenger and champion; `model-against-holdback`: the champion's release is the challenger here. */
  readonly comparison: 'new-against-old' | 'model-against-holdback'
  readonly champion: { readonly units: number; readonly mean: Quantity }
  readonly challenger: { readonly units: number; readonly mean: Quantity }
  readonly difference: Quantity
  readonly interval: Interval | null
  readonly verdict: 'helping' | 'harming' | 'neutral' | 'unknown'
  readonly needed: number | null
}

/** Everything one look found: what the guards of the state machine read, and what the page shows. Plain JSON but for times. */
export interface StageEvidence {
  readonly schema: 1
  readonly stage: LookFacts['stage']
  readonly at: string
  readonly since: string
  /** Answers of the challenger's counterpart that a shadow should have scored, and those it did. */
  readonly coverage: {
    readonly eligible: number
    readonly pairs: number
    readonly share: Quantity
    readonly drops: ShadowDrops
    /** Covered rows differ from dropped ones. */
    readonly biased: boolean
  } | null
  readonly answers: { readonly champion: number; readonly challenger: number; readonly control: number }
  readonly units: { readonly champion: number; readonly challenger: number; readonly control: number }
  readonly sampleRatio: {
    readonly counts: Readonly<Record<string, number>>
    readonly expected: Readonly<Record<string, number>>
    /** Of χ²: a decision (a step up, probation) is refused below 0.001. A look must not read it. */
    readonly p: Quantity
    readonly logLambda: Quantity
    /** Of this look, by a test that may be taken any time. */
    readonly state: 'ok' | 'mismatch' | 'not-measured'
  } | null
  /** Share of the decisions whose label is known, and whose label will be. */
  readonly matured: { readonly rows: number; readonly labelled: number; readonly share: Quantity }
  /** Contracts of this stage on what is there; null where none is declared for it. */
  readonly contracts: ContractsReport | null
  /** Cells of protected contracts with the n they were planned with. */
  readonly planned: {
    readonly cells: number
    readonly reached: number
    /** Cells with twice the planned n (the horizon) that still did not pass. */
    readonly exhausted: number
  }
  readonly harm: readonly HarmCell[]
  readonly harmed: boolean
  readonly guards: readonly GuardReading[]
  readonly flips: FlipReport | null
  readonly comparison: ComparisonReport | null
  readonly outcomes: readonly ArmOutcome[]
  /** What could not be measured, in sentences. */
  readonly notes: readonly string[]
  /** Counters of the fronts, for the next look: as they stood, and what came since the step began. */
  readonly counters: StepCounters
}

/** What the fronts counted since a step began; fronts that restart count from 0 again. */
export interface StepCounters {
  /** Beginning of the step, RFC 3339. */
  readonly since: string
  readonly seen: readonly ArmCounts[]
  readonly sum: readonly ArmCounts[]
  readonly seenDrops: ShadowDrops
  /** Since the rollout began. */
  readonly drops: ShadowDrops
}

/** Looks at a rollout. Stateful only to be fast: told the same log again, it finds the same. */
export interface EvidenceCollector {
  look(facts: LookFacts): Promise<StageEvidence>
  /** The rollout has ended: what was held for it may go. */
  forget(rollout: string): void
}
