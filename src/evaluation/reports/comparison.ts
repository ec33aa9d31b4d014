import type { Interval, Quantity } from '../../kernel/statistics/index.ts'

export interface ComparedMetric {
  readonly metric: string
  readonly champion: Quantity
  readonly challenger: Quantity
  /** challenger − champion, paired on the same rows; 95 % two-sided. */
  readonly difference: Quantity
  readonly interval: Interval | null
  readonly better: 'higher' | 'lower' | null
}

export interface ComparedSlice {
  readonly slice: string
  readonly rows: number
  readonly matured: number
  readonly metrics: readonly ComparedMetric[]
  /** Actions of both on the same rows. */
  readonly flips: {
    readonly both: number
    readonly neither: number
    readonly onlyChallenger: number
    readonly onlyChampion: number
    /** Of the flipped rows with a label: how often the challenger was right. */
    readonly challengerRight: number
    readonly championRight: number
  } | null
  /** Two-sided exact McNemar of the flips. */
  readonly pMcNemar: Quantity
  /** Harm in the order of the page: how much larger the challenger's error is than the champion's, at the least (the interval's near end), by the metric that lost most; 0.4 is 40 % more. 0 is none, or none beyond the noise of so many slices. */
  readonly harm: number
}

/** A row on which the two disagree. */
export interface FlippedRow {
  /** Row number in the set, and what names it to a reader. */
  readonly row: number
  readonly names: Readonly<Record<string, string | number | null>>
  readonly slices: readonly string[]
  readonly champion: { readonly score: number; readonly acts: boolean }
  readonly challenger: { readonly score: number; readonly acts: boolean }
  readonly label: number | null
  /** Inputs that moved the raw scores apart most: contributions of each model, where both explain. */
  readonly why: readonly {
    readonly feature: string
    readonly value: number | null
    readonly champion: number | null
    readonly challenger: number | null
  }[]
}

/** Champion against challenger on the same rows. */
export interface ComparisonReport {
  readonly schema: 1
  readonly rowSet: string
  readonly champion: string
  readonly challenger: string
  readonly rows: number
  readonly all: ComparedSlice
  /** Most harmed first. */
  readonly slices: readonly ComparedSlice[]
  /** Slices found by search among features, never decisive: shown with Benjamini-Hochberg q ≤ 0.1. */
  readonly discovered: readonly (ComparedSlice & { readonly q: number; readonly where: string })[]
  readonly flips: readonly FlippedRow[]
  /** Kolmogorov distance, mean shift and rank correlation of the two scores. */
  readonly scores: {
    readonly ks: Quantity
    readonly meanShift: Quantity
    readonly rankCorrelation: Quantity
  }
}
