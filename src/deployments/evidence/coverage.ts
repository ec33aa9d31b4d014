import { isDefined, normalSf, type Quantity, ratio, twoProportionZ } from '../../kernel/statistics/index.ts'
import type { ShadowDrops, StageEvidence } from './model.ts'
import type { AnswerSums } from './pairing.ts'

/** Fewer on either side say nothing about a difference. */
const leastCompared = 30
const biasP = 0.001

/**
 * How many of the answers were scored again, and whether those that were are like those that were not: action rates by the
 * pooled test of two shares, latencies by the difference of mean logarithms; each two-sided at p < 0.001 (releases.md §11).
 */
export function coverageOf(
  { answers, covered }: { readonly answers: AnswerSums; readonly covered: AnswerSums },
  { share, drops }: { readonly share: number; readonly drops: ShadowDrops },
): NonNullable<StageEvidence['coverage']> {
  const eligible = share >= 1 ? answers.n : Math.max(covered.n, Math.round(share * answers.n))
  const dropped = {
    n: answers.n - covered.n,
    acted: answers.acted - covered.acted,
    sum: answers.sum - covered.sum,
    squares: answers.squares - covered.squares,
  }
  const ps = Math.min(covered.n, dropped.n) < leastCompared ? [] : differences(covered, dropped)
  return {
    eligible,
    pairs: covered.n,
    share: ratio(covered.n, eligible, 'no-rows'),
    drops,
    biased: ps.some(p => p < biasP),
  }
}

function differences(one: AnswerSums, other: AnswerSums): number[] {
  const acted = twoProportionZ({ x: one.acted, n: one.n }, { x: other.acted, n: other.n })
  return ['undefined' in acted ? 1 : acted.p_value, latencyP(one, other)]
}

/** Welch's z of the mean logarithms of latency. */
function latencyP(one: AnswerSums, other: AnswerSums): number {
  const variance = meanVariance(one) + meanVariance(other)
  if (!(variance > 0)) return 1
  return 2 * normalSf(Math.abs(one.sum / one.n - other.sum / other.n) / Math.sqrt(variance))
}

function meanVariance({ n, sum, squares }: AnswerSums): number {
  return Math.max(0, squares / n - (sum / n) ** 2) / n
}

/** Answers a week for each pair. */
export function weeklyAnswers(answers: number, pairs: number, micros: number): Quantity {
  const weeks = micros / (7 * 86_400e6)
  const perPair = ratio(answers, pairs, 'no-rows')
  if (!isDefined(perPair)) return perPair
  return ratio(perPair, Math.max(0, weeks), 'no-time')
}
