import type { Interval } from '../auc-interval.ts'
import type { Bootstrap } from '../bootstrap/cluster-bootstrap.ts'
import type { Evidence } from '../bounds/clopper-pearson.ts'
import type { Quantity } from '../quantity.ts'

export type Verdict = 'pass' | 'fail' | 'inconclusive'

/** What a contract claims of one slice, with its margin resolved (releases.md §3). Margins are in harm units. */
export type CellClaim =
  | {
      readonly form: 'noWorse' | 'within'
      readonly margin: number
      /** With a floor of k events, a fail also needs b − c ≥ k. */
      readonly leastEvents?: number
    }
  | { readonly form: 'better'; readonly by: number }
  | { readonly form: 'atMost' | 'atLeast'; readonly limit: number }

/** Counts as observed; `deff`, default 1, divides them all. */
export interface CountedRate {
  readonly x: number
  readonly n: number
  readonly deff?: number
}

/** What was observed on one slice. */
export type CellMeasurement =
  /** Same rows, both models: `b` where only the new one acts, `c` where only the old one does. */
  | {
      readonly kind: 'paired'
      readonly n: number
      readonly b: number
      readonly c: number
      readonly deff?: number
    }
  | { readonly kind: 'unpaired'; readonly challenger: CountedRate; readonly champion: CountedRate }
  | ({ readonly kind: 'rate' } & CountedRate)
  /** Comparative claims: the difference in harm units. Absolute claims: the metric itself. `n` are its rows. */
  | { readonly kind: 'bootstrap'; readonly result: Bootstrap; readonly n: number }
  /** Measured in another way, in the units of the claim. */
  | { readonly kind: 'measured'; readonly cell: MeasuredCell }
  /** Nothing could be measured, and why: `too-few`, `unstable`, `measuring-error`, a metric's own reason. */
  | { readonly kind: 'unmeasured'; readonly reason: string }

/** Contract × slice. */
export interface Cell {
  readonly claim: CellClaim
  readonly measurement: CellMeasurement
  /** Only protected cells decide. */
  readonly status: 'protected' | 'watched' | 'dry-run'
  /** Of the metric; default lower. Where higher is better, counts swap their roles into harm. */
  readonly better?: 'higher' | 'lower'
}

/** A measurement read as harm, or as the rate itself for absolute claims. */
export interface MeasuredCell {
  readonly estimate: number
  /** Rows divided by the design effect. */
  readonly effective: number
  /** Variance of the estimate times its rows as observed, for the rows still needed; 0 where nothing varied. */
  readonly rowVariance: number
  /** Rows as observed. */
  readonly rows: number
  /** One-sided, `alpha` each. */
  bounds(alpha: number): Interval
  /** Evidence of being below (pass) or above (fail) a value. */
  p(value: number): Evidence
}

export interface JudgedCell {
  /** Harm, or the rate of an absolute claim, with one-sided bounds at the α of the look. */
  readonly estimate: Quantity
  readonly lower: Quantity
  readonly upper: Quantity
  readonly effective: number
  readonly pPass: Quantity
  readonly pFail: Quantity
  /** Over the measured protected cells; null for others. */
  readonly pFailHolm: number | null
  readonly verdict: Verdict
  /** Why it could not be decided at any count: `too-few`, or why it was not measured; else null. */
  readonly reason: string | null
  /** Rows still missing for a verdict at the observed effect: 0 once decided, null where it cannot pass at that effect. */
  readonly needed: number | null
}

export interface JudgedCells {
  /** In the order given. */
  readonly cells: readonly JudgedCell[]
  readonly release: Verdict
  /** Number of measured protected cells: Holm's family. */
  readonly family: number
}
