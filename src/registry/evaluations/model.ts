import type { Json } from '../../kernel/canonical.ts'
import type { Micros } from '../../kernel/time.ts'

/** An evaluation of a version on rows of its own, beside the one it was registered with. */
export interface KeptEvaluation {
  /** Of the object that holds it whole. */
  readonly hash: string
  /** Rows it was made on, in words, with their content hash and how many they are. */
  readonly on: string
  readonly rowSet: string
  readonly rows: number
  /** What it was compared with; null where with nothing. */
  readonly against: string | null
  /** What its contracts came to; null where there were none. */
  readonly verdict: 'pass' | 'fail' | 'inconclusive' | null
  readonly at: Micros
  readonly by: string
}

/** The reports, as their rooms made them: those rooms stand after this one. */
export interface EvaluationContent {
  readonly report: Json
  readonly comparison?: Json
  readonly contracts?: Json
  readonly fairness?: Json
  readonly importance?: Json
}
