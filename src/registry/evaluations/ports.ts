import type { KeptEvaluation } from './model.ts'

/** Evaluations by the digest of their version: equal content has the same. */
export interface EvaluationStore {
  /** The same report again changes nothing. */
  insertEvaluation(digest: string, evaluation: KeptEvaluation): Promise<void>
  /** Newest first. */
  listEvaluations(digest: string): Promise<readonly KeptEvaluation[]>
}
