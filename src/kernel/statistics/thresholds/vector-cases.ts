import type { Json } from '../../canonical.ts'
import type { VectorCases, VectorInput } from '../vector-cases.ts'
import { certifiedIndex, certifiedThreshold, leastForRate, type RateLimit } from './certified-index.ts'
import { inheritPools } from './inheritance.ts'
import { fixedSequence, precisionGrid } from './precision.ts'
import { quantileIndex } from './quantile-index.ts'
import { countAbove } from './rising-scores.ts'
import { capStep } from './step-caps.ts'

function number(input: VectorInput, name: string): number {
  return Number(input[name])
}

function limitOf(input: VectorInput): RateLimit {
  return { rate: number(input, 'alpha'), delta: number(input, 'delta') }
}

function rising(value: Json | undefined): Float64Array {
  return Float64Array.from(Array.isArray(value) ? value.map(Number) : []).sort()
}

function fprIndex(input: VectorInput): unknown {
  const n = number(input, 'n')
  const index = certifiedIndex(n, limitOf(input))
  if (!index.feasible) return { min_n: index.leastN, feasible: false }
  return {
    min_n: index.leastN,
    feasible: true,
    k: index.k,
    allowed: n - index.k,
    violation: index.violation,
    violation_next: index.violationBelow,
    k_keep: index.kKeep,
    allowed_keep: n - index.kKeep,
  }
}

function fprScores(input: VectorInput): unknown {
  const scores = rising(input['negative_scores'])
  const limit = limitOf(input)
  const certified = certifiedThreshold(scores, limit)
  if (!certified) return { feasible: false, min_n: leastForRate(limit) }
  const { candidate, keepTo, index } = certified
  const former = number(input, 'old_threshold')
  return {
    feasible: true,
    k: index.k,
    candidate,
    above: countAbove(scores, candidate),
    keep_from: candidate,
    keep_to: keepTo,
    decision: candidate <= former && former <= keepTo ? 'keep' : 'move',
  }
}

function actionRateIndex(input: VectorInput): unknown {
  const [n, rate, alpha] = ['n', 'rate', 'alpha'].map(name => number(input, name)) as [number, number, number]
  const { k, lower, upper } = quantileIndex(n, rate, alpha)
  const atMost = certifiedIndex(n, { rate, delta: alpha })
  return {
    k_target: k,
    l: lower,
    u: upper,
    at_most: atMost.feasible ? { k: atMost.k, allowed: n - atMost.k } : null,
  }
}

function precisionOfLabels(input: VectorInput): unknown {
  const labels = String(input['labels_by_falling_score'])
  const floor = { precision: number(input, 'precision'), delta: number(input, 'delta') }
  const grid = precisionGrid(labels.length, floor)
  const positives = (acted: number) => labels.slice(0, acted).split('1').length - 1
  const { tested, proven } = fixedSequence(
    grid.map(acted => ({ acted, tp: positives(acted) })),
    floor,
  )
  return { grid, tested, acted: proven }
}

function inheritance(input: VectorInput): unknown {
  const leastN = leastForRate(limitOf(input))
  const segments = input['segments'] as unknown as readonly {
    readonly segment: string
    readonly parent: string | null
    readonly negatives?: number
  }[]
  const negatives = new Map(segments.map(each => [each.segment, each.negatives ?? 0]))
  const total = (pool: readonly string[]) => pool.reduce((sum, name) => sum + (negatives.get(name) ?? 0), 0)
  const nodes = segments.map(({ segment, parent, negatives }) => ({
    name: segment,
    parent,
    leaf: negatives !== undefined,
  }))
  const assigned = inheritPools(nodes, pool => total(pool) >= leastN)
  return { min_n: leastN, assigned: assigned.map(each => ({ ...each, n: total(each.pool) })) }
}

function stepCaps(input: VectorInput): unknown {
  const move = { former: number(input, 'old'), candidate: number(input, 'candidate') }
  const caps = {
    maxStep: number(input, 'max_step'),
    ...(input['max_rate_change'] === undefined ? {} : { maxRateChange: number(input, 'max_rate_change') }),
  }
  const { applied, capHit, rateBefore, rateCandidate, rateApplied } = capStep(
    rising(input['scores']),
    move,
    caps,
  )
  return {
    applied,
    cap_hit: capHit,
    rate_old: rateBefore,
    rate_candidate: rateCandidate,
    rate_applied: rateApplied,
  }
}

/** The known-answer tests of thresholds, by file name. */
export const thresholdCases: VectorCases = {
  'threshold-fpr-index': fprIndex,
  'threshold-fpr-scores': fprScores,
  'threshold-action-rate-index': actionRateIndex,
  'threshold-precision': precisionOfLabels,
  'threshold-inheritance': inheritance,
  'threshold-step-caps': stepCaps,
}
