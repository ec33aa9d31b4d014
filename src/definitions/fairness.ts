import type { FairnessData } from './release-terms.ts'

/**
 * Columns by whose values a deployment is held to account, alone and in crosses of two. They are columns of the
 * training set that are no inputs of the model.
 */
export function fairness(options: FairnessData): FairnessData {
  return Object.freeze({ ...options })
}
