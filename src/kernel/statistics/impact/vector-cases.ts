import type { Json } from '../../canonical.ts'
import { confusion, rates } from '../confusion.ts'
import { maturityCurve } from '../labels/maturity.ts'
import { effectiveSize, weightedRecall } from '../labels/weighted-recall.ts'
import { estimatePerformance } from '../performance/estimated-confusion.ts'
import { estimatorTrust, gradeWindow } from '../performance/estimator-trust.ts'
import { type Quantity, undefinedBecause } from '../quantity.ts'
import { confidenceSequence } from '../sequential/normal-mixture.ts'
import type { VectorCases, VectorInput } from '../vector-cases.ts'
import { cohenKappa } from './cohen-kappa.ts'
import { type Arm, type ImpactQuestion, judgeImpact } from './impact.ts'
import {
  flakeRate,
  type JudgeAnswer,
  minimalDetectableDifference,
  pairwiseWinner,
  scoreMean,
} from './judged-scores.ts'

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : []
}

function numbers(value: Json | undefined): number[] {
  return list(value).map(Number)
}

function arm(value: Json | undefined): Arm {
  const { n, mean, variance } = (value ?? {}) as VectorInput
  return { n: Number(n), mean: Number(mean), variance: Number(variance) }
}

function ipw({ label, action, weight }: VectorInput): unknown {
  const weights = numbers(weight)
  const { recall, precision } = rates(
    confusion({ labels: numbers(label), actions: numbers(action), weights }),
  )
  return { recall, precision, effective_n: effectiveSize(weights) }
}

function recallCase({ rows }: VectorInput): unknown {
  const explored = list(rows).map(each => {
    const { propensity, label_seen, label, new_acts } = each as VectorInput
    return {
      propensity: Number(propensity),
      labelSeen: label_seen === true,
      label: Number(label),
      acts: Number(new_acts),
    }
  })
  const { recall, effectivePositives, effectiveRows } = weightedRecall(explored)
  return { recall, n_eff_positives: effectivePositives, n_eff_rows: effectiveRows }
}

/** Known answers of performance without labels, labels' maturity and selection, impact and judged scores. */
export const judgementCases: VectorCases = {
  ipw,
  cbpe: ({ calibrated, action, score }) =>
    estimatePerformance({
      calibrated: numbers(calibrated),
      actions: numbers(action),
      scores: numbers(score),
    }),
  grade_window: ({ estimate, sd, realised, realised_sd }) =>
    gradeWindow({
      estimate: Number(estimate),
      sd: Number(sd),
      realised: Number(realised),
      realisedSd: Number(realised_sd),
    }),
  estimator_trust: ({ misses }) => estimatorTrust(list(misses).map(miss => miss === true)),
  impact: input =>
    judgeImpact({
      model: arm(input['model']),
      holdback: arm(input['holdback']),
      better: input['better'] as ImpactQuestion['better'],
      matters: Number(input['matters']),
      alpha: Number(input['alpha']),
    }),
  confidence_sequence: ({ difference, variance, tau, alpha }) =>
    Number(variance) === 0
      ? undefinedBecause('zero-variance')
      : confidenceSequence(
          { estimate: Number(difference), variance: Number(variance) },
          { tau: Number(tau), alpha: Number(alpha) },
        ),
  cohen_kappa: ({ table }) => cohenKappa(list(table).map(numbers)),
  pairwise_both_orders: ({ a_shown_first, b_shown_first }) =>
    pairwiseWinner(a_shown_first as JudgeAnswer, b_shown_first as JudgeAnswer),
  flake_rate: ({ results }) =>
    flakeRate(list(results).map(runs => list(runs).map(run => (run === null ? null : String(run))))),
  score_mean: ({ scores }) => scoreMean(list(scores) as readonly (Quantity | null)[]),
  minimal_detectable_difference: ({ sd_of_differences, n, alpha, power }) =>
    minimalDetectableDifference({
      sdOfDifferences: Number(sd_of_differences),
      n: Number(n),
      alpha: Number(alpha),
      power: Number(power),
    }),
  curve: ({ delays_days, ages_days }) => {
    const known = list(delays_days).filter(delay => delay !== null)
    return { matured: numbers(ages_days).map(maturityCurve(numbers(known as Json[]))) }
  },
  weighted_recall: recallCase,
}
