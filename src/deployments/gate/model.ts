import type {
  CellHistory,
  ComparisonReport,
  ContractsReport,
  EvaluationReport,
  FairnessReport,
  ImportanceReport,
  PlannedCell,
  ServingPlan,
  ThresholdsReport,
  Verdict,
} from '../../evaluation/index.ts'

/** One check of the gate (releases.md §15). */
export interface GateCheck {
  /** `resolve`, `compatible`, `self-test`, `signature-fuzz`, `load`, `safety`, `contracts`, `purpose`, … */
  readonly name: string
  readonly title: string
  readonly verdict: Verdict
  /** Whether it decides; others are only told. */
  readonly blocks: boolean
  readonly n: number | null
  /** How far from its limit, in words: `p99 1.08 of 1.25`. */
  readonly margin: string | null
  /** What was seen; a failure names the file, row or feature. */
  readonly finding: string
  /** What would change the verdict. */
  readonly change: string | null
  readonly ms: number
}

/** What the rows said of a candidate: every part may be absent where it does not apply. */
export interface JudgedRelease {
  readonly evaluation: EvaluationReport
  readonly comparison: ComparisonReport | null
  readonly thresholds: ThresholdsReport | null
  readonly contracts: ContractsReport | null
  /** The contracts as they were planned on these rows and on what former releases say; empty without contracts. */
  readonly plan: readonly PlannedCell[]
  /** What these rows say of the cells of the slice set, for the plans of later releases. */
  readonly history: readonly CellHistory[]
  readonly fairness: FairnessReport | null
  readonly importance: ImportanceReport | null
}

/** The page of a release: every check, its n, its margin, and what would change the verdict. */
export interface VerdictPage {
  readonly schema: 1
  readonly deployment: string
  readonly release: {
    readonly number: number
    readonly digest: string
    readonly model: string
    readonly version: number
    /** Which parts differ from the release it derives from. */
    readonly changed: readonly string[]
  }
  readonly champion: { readonly number: number; readonly digest: string; readonly version: number } | null
  readonly verdict: Verdict
  /** One sentence. */
  readonly summary: string
  readonly checks: readonly GateCheck[]
  /** Hash of the declared contract set: contracts and slices; another set voids the page. */
  readonly contractSet: string | null
  /** Hash of the stored JudgedRelease; null without rows to judge. */
  readonly judged: string | null
  /** What scores it, as it was measured; absent where no scorer could be. */
  readonly servingPlan?: ServingPlan | undefined
  readonly at: string
  /** Seven days later. */
  readonly expiresAt: string
  readonly by: string
}

export interface SignedVerdictPage extends VerdictPage {
  /** `ed25519:<base64url>` over the canonical JSON of the rest, with the project's key. */
  readonly signature: string
}
