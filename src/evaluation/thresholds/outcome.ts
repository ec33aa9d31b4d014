import type { ThresholdRuleData, ThresholdTarget } from '../../definitions/index.ts'
import { clopperPearson, leastForRate } from '../../kernel/statistics/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { JudgedRows } from '../rows.ts'
import { segmentsOf } from './segments.ts'

/** A threshold that serves since an instant. */
export interface AppliedThreshold {
  readonly id: string
  /** Null: of the rows of no listed segment. */
  readonly segment: string | null
  readonly value: number
  /** Only rows later than this tell what came of it; µs. */
  readonly after: number
  /** Thresholds of one pool have one promise together; null: one of its own. */
  readonly pool: string | null
}

/** What came of a threshold on rows later than its application. */
export interface ThresholdOutcome {
  readonly id: string
  /** The realised rate is surely (95 %, one-sided) above what the rule promised to keep it below. */
  readonly breach: boolean
  readonly details: {
    readonly claim: string
    readonly limit: number
    readonly violations: number
    readonly rows: number
    readonly realised: number
    /** One-sided Clopper-Pearson bound of the realised rate. */
    readonly lower: number
    /** RFC 3339. */
    readonly after: string
    /** Thresholds that were judged with it. */
    readonly together: number
  }
}

/** What a target keeps a share of rows below. */
interface RateClaim {
  readonly claim: string
  readonly limit: number
  readonly delta: number
  /** Whether a row counts, and whether it is a violation; a row without a label has a NaN. */
  readonly counts: (label: number, acted: boolean) => boolean
  readonly violates: (label: number, acted: boolean) => boolean
}

/**
 * Judges applied thresholds on rows later than each (releases.md §7): a breach as soon as the lower bound of what went wrong
 * is above the target, kept once there are rows enough that the target itself could have been promised. Those of which
 * nothing can be said yet, and targets that promise no rate (cost, a capacity, about so many), have no outcome.
 */
export function thresholdOutcomes(
  request: {
    readonly rows: JudgedRows
    readonly scores: Float64Array
    readonly rule: ThresholdRuleData
    /** Segments that have a threshold of their own now. */
    readonly listed: ReadonlySet<string>
  },
  applied: readonly AppliedThreshold[],
): readonly ThresholdOutcome[] {
  const claim = claimOf(request.rule.target)
  if (claim === undefined || applied.length === 0) return []
  const counts = countAll(request, claim, applied)
  const promises = new Map<string, AppliedThreshold[]>()
  for (const each of applied) {
    const promise = each.pool === null ? `one ${each.id}` : `pool ${each.pool}`
    promises.set(promise, [...(promises.get(promise) ?? []), each])
  }
  return [...promises.values()].flatMap(members => outcomesOf(members, claim, counts))
}

function claimOf(target: ThresholdTarget): RateClaim | undefined {
  const known = (label: number) => label === 0 || label === 1
  switch (target.kind) {
    case 'fpr':
      return {
        claim: 'false-positive rate',
        limit: target.rate,
        delta: target.delta,
        counts: label => label === 0,
        violates: (_, acted) => acted,
      }
    case 'precision':
      return {
        claim: 'share of false alarms among actions',
        limit: 1 - target.precision,
        delta: target.delta,
        counts: (label, acted) => acted && known(label),
        violates: label => label === 0,
      }
    case 'actionRate':
      return target.atMost
        ? {
            claim: 'action rate',
            limit: target.rate,
            delta: target.delta,
            counts: () => true,
            violates: (_, acted) => acted,
          }
        : undefined
    case 'cost':
    case 'capacity':
      return undefined
  }
}

interface Tally {
  rows: number
  violations: number
}

/** One pass over the rows, whatever the number of thresholds. */
function countAll(
  { rows, scores, rule, listed }: Parameters<typeof thresholdOutcomes>[0],
  { counts, violates }: RateClaim,
  applied: readonly AppliedThreshold[],
): ReadonlyMap<AppliedThreshold, Tally> {
  const { names, codes } = segmentsOf(rows, rule)
  const tallies = new Map(applied.map(each => [each, { rows: 0, violations: 0 }]))
  const single = rule.per === undefined
  const others = applied.filter(({ segment }) => segment === null)
  const ofCode = names.map(name =>
    single || !listed.has(name) ? others : applied.filter(({ segment }) => segment === name),
  )
  for (let row = 0; row < rows.rows; row++) {
    const time = rows.times?.[row] ?? Number.NaN
    const label = rows.labels[row] ?? Number.NaN
    for (const each of ofCode[codes[row] ?? -1] ?? others) {
      const acted = (scores[row] ?? Number.NaN) > each.value
      if (!(time > each.after) || !counts(label, acted)) continue
      const tally = tallies.get(each) as Tally
      tally.rows++
      if (violates(label, acted)) tally.violations++
    }
  }
  return tallies
}

const alpha = 0.05

function outcomesOf(
  members: readonly AppliedThreshold[],
  { claim, limit, delta }: RateClaim,
  counts: ReadonlyMap<AppliedThreshold, Tally>,
): readonly ThresholdOutcome[] {
  const sum = { rows: 0, violations: 0 }
  for (const each of members) {
    const { rows, violations } = counts.get(each) ?? { rows: 0, violations: 0 }
    sum.rows += rows
    sum.violations += violations
  }
  const bounds = clopperPearson(sum.violations, sum.rows, alpha)
  if (!('lower' in bounds)) return []
  const breach = bounds.lower > limit
  if (!breach && sum.rows < leastForRate({ rate: limit, delta })) return []
  return members.map(({ id, after }) => ({
    id,
    breach,
    details: {
      claim,
      limit,
      ...sum,
      realised: sum.violations / sum.rows,
      lower: bounds.lower,
      after: formatTimestamp(BigInt(Math.trunc(after))),
      together: members.length,
    },
  }))
}
