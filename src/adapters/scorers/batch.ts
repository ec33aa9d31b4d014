import type { Scorer, ScorerRequest } from '../../evaluation/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'

export function checkInputs(request: ScorerRequest, inputs: number): void {
  if (inputs !== request.inputs) {
    throw new FettleError(
      'SIGNATURE_MISMATCH',
      `The model takes ${inputs} inputs, its signature has ${request.inputs}`,
    )
  }
}

export function checkBatch(vectors: Float64Array, rows: number, inputs: number): void {
  if (vectors.length !== rows * inputs) {
    throw new FettleError('LENGTH_MISMATCH', `${vectors.length} numbers are not ${rows} vectors of ${inputs}`)
  }
}

/** A scorer that refuses to score once closed, and may be closed twice. */
export function closeable(scorer: Scorer): Scorer {
  let closing: Promise<void> | undefined
  return {
    kind: scorer.kind,
    build: scorer.build,
    score(vectors, rows, call) {
      if (closing) throw new FettleError('SCORER_FAILED', `The ${scorer.kind} scorer is closed`)
      return scorer.score(vectors, rows, call)
    },
    close() {
      closing ??= scorer.close()
      return closing
    },
  }
}
