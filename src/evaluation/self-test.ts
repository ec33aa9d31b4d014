import { FettleError } from '../kernel/errors/index.ts'
import type { SelfTestCase } from './model-manifest.ts'
import type { Scorer } from './ports.ts'

export interface SelfTestResult {
  readonly vectors: number
  /** Largest difference in probability. */
  readonly maxAbsDiff: number
}

/** Scores the self-test vectors in this process; PARITY_FAILED with the worst one when it is off by more than the tolerance. */
export async function selfTest(
  scorer: Scorer,
  cases: readonly SelfTestCase[],
  tolerance: number,
): Promise<SelfTestResult> {
  const inputs = cases[0]?.vector.length ?? 0
  const vectors = new Float64Array(cases.length * inputs)
  cases.forEach((item, row) => {
    vectors.set(
      item.vector.map(value => value ?? Number.NaN),
      row * inputs,
    )
  })
  const scores = await scorer.score(vectors, cases.length)
  let maxAbsDiff = 0
  cases.forEach((item, row) => {
    const difference = Math.abs((scores[row] ?? Number.NaN) - item.score)
    if (!(difference <= tolerance)) {
      throw new FettleError(
        'PARITY_FAILED',
        `Self-test ${row} gives ${scores[row]} instead of ${item.score} with the ${scorer.kind} scorer`,
        {
          details: { vector: item.vector, expected: item.score, actual: scores[row] ?? null, tolerance },
        },
      )
    }
    maxAbsDiff = Math.max(maxAbsDiff, difference)
  })
  return { vectors: cases.length, maxAbsDiff }
}
