import { FettleError } from '../../kernel/errors/index.ts'
import type { Explanation } from '../ports.ts'

/** LENGTH_MISMATCH unless the vectors are `rows` of so many inputs. */
export function checkVectors(vectors: Float64Array, rows: number, inputs: number): void {
  if (vectors.length === rows * inputs) return
  throw new FettleError(
    'LENGTH_MISMATCH',
    rows === 1
      ? `The vector has ${vectors.length} values, the model takes ${inputs}`
      : `${vectors.length} numbers are not ${rows} vectors of ${inputs}`,
  )
}

/** The explanation, if it adds up: |baseline + Σφ − raw| ≤ 1e-6 · max(1, |raw|), else ADDITIVITY_BROKEN. */
export function checkedSum(explanation: Explanation): Explanation {
  const { baseline, contributions, rawScore } = explanation
  const sum = contributions.reduce((total, value) => total + value, baseline)
  if (!(Math.abs(sum - rawScore) <= 1e-6 * Math.max(1, Math.abs(rawScore)))) {
    throw new FettleError(
      'ADDITIVITY_BROKEN',
      `Baseline and contributions give ${sum}, the raw score is ${rawScore}`,
    )
  }
  return explanation
}
