import type { Quantity } from '../../kernel/statistics/index.ts'

export type Verdict = 'pass' | 'fail' | 'inconclusive'

/** One contract on one slice, with all that its verdict rests on (releases.md §4.9). */
export interface ContractCell {
  readonly contract: string
  /** The claim in words: `false-positive rate may not rise by more than 0.01`. */
  readonly claim: string
  /** Which side of the margin is allowed: `better` must stay below −margin, `within` inside ±margin. */
  readonly form: 'atMost' | 'atLeast' | 'noWorse' | 'within' | 'better' | 'fair'
  /** Cell of the slice set: `all`, `origin=ORD`. */
  readonly slice: string
  /** `dry-run` and `watched` never change the release verdict. */
  readonly status: 'protected' | 'watched' | 'dry-run'
  readonly metric: string
  /** Rows, those with a matured label, and those divided by the design effect. */
  readonly rows: number
  readonly matured: number
  readonly effective: number
  readonly champion: Quantity
  readonly challenger: Quantity
  /** Difference in harm units (positive is worse), or the rate itself for absolute claims; with one-sided bounds. */
  readonly estimate: Quantity
  readonly lower: Quantity
  readonly upper: Quantity
  /** Margin or limit the bounds are held against; null where a relative margin could not be resolved. */
  readonly margin: number | null
  readonly pPass: Quantity
  readonly pFail: Quantity
  /** Adjusted by Holm over the measured protected cells; null for others. */
  readonly pFailHolm: number | null
  readonly verdict: Verdict
  /** Why it is inconclusive: `too-few`, `unstable`, `measuring-error`, an undefined metric's reason, …; else null. */
  readonly reason: string | null
  /** Rows planned for the declared power, and those still missing; null where no number of rows decides it. */
  readonly planned: number | null
  readonly needed: number | null
  /** One sentence: what it means and what to do. */
  readonly advice: string
}

/** The verdict of a set of contracts over judged rows. */
export interface ContractsReport {
  readonly schema: 1
  readonly verdict: Verdict
  /** The sentence at the top of the page. */
  readonly summary: string
  /** Worst first: failing, inconclusive, then by how near the margin. */
  readonly cells: readonly ContractCell[]
  /**
   * Hash of the resolved contract set: contracts and slices as declared, with margins as numbers. It is what a verdict was
   * reached by and what a rollout freezes; the declared set, whose change voids a signature, is hashed in the release.
   */
  readonly setHash: string
  readonly rowSet: string
  readonly stage: 'offline' | 'shadow' | 'canary' | 'probation'
  /** One-sided α of this look. */
  readonly alpha: number
  /** Protected cells that were measured: the family of Holm's adjustment. */
  readonly family: number
  /** Rows that chose thresholds and calibration, and rows that judge. */
  readonly chosenOn: number
  readonly judgedOn: number
  /** Where the rows come from, in words. */
  readonly basis: string
}

/** A cell as planned when its contract is declared (releases.md §5). */
export interface PlannedCell {
  readonly contract: string
  readonly slice: string
  readonly status: 'protected' | 'watched' | 'dry-run'
  /** Matured rows the cell needs at the declared power, and those that are to be expected; null where unknown. */
  readonly needed: number | null
  readonly expected: number | null
  /** Rows a day; null where the history does not say. */
  readonly perDay: number | null
  /**
   * What `needed` rests on: rates and disagreement `seen` in judged releases, what is `declared`, or the disagreement of two
   * `independent` models of the same rate. `least`: nothing is known of the models, and fewer rows can never do.
   */
  readonly basis: 'seen' | 'declared' | 'independent' | 'least' | null
  /** Null where it is not known. */
  readonly decidable: boolean | null
  /** What would make it decidable: parent slice, window, margin, watching. */
  readonly offers: readonly string[]
}
