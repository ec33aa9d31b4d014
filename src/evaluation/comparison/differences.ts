import { type Interval, pairedBounds } from '../../kernel/statistics/index.ts'
import { intervalAlpha, intervalZ } from '../metrics/estimate.ts'
import { type Clusters, type Influence, varianceOf } from '../metrics/influence.ts'
import type { MetricName } from '../metrics/metric-table.ts'
import type { ModelOutputs } from '../rows.ts'

/** Paired outcomes of a rate: rows counted, and those where only the challenger, or only the champion, has the event. */
export interface DecidedPairs {
  readonly n: number
  readonly b: number
  readonly c: number
}

/** The label a rate counts among, if any, and whether an action is its event: the same rows for both models. */
const pairedRates: Readonly<
  Partial<
    Record<
      MetricName,
      {
        readonly among?: 0 | 1
        readonly event: (acts: boolean, label: number) => boolean
      }
    >
  >
> = {
  action_rate: { event: acts => acts },
  accuracy: { event: (acts, label) => acts === (label === 1) },
  fpr: { among: 0, event: acts => acts },
  specificity: { among: 0, event: acts => !acts },
  recall: { among: 1, event: acts => acts },
  fnr: { among: 1, event: acts => !acts },
}

/** Counts of a rate whose denominator is the same for both models; null for any other metric. */
export function decidedPairs(
  metric: MetricName,
  on: {
    readonly labels: Float64Array
    readonly members: Int32Array
    readonly champion: ModelOutputs
    readonly challenger: ModelOutputs
  },
): DecidedPairs | null {
  const rate = pairedRates[metric]
  const [old, own] = [on.champion.actions, on.challenger.actions]
  if (!rate || !old || !own) return null
  const { among, event } = rate
  let [n, b, c] = [0, 0, 0]
  for (let at = 0; at < on.members.length; at++) {
    const row = on.members[at] as number
    const label = on.labels[row] as number
    if (among !== undefined && label !== among) continue
    n++
    if (old[row] === own[row]) continue
    if (event(own[row] === 1, label)) b++
    else c++
  }
  return { n, b, c }
}

export interface DifferenceOf {
  readonly difference: number
  readonly before: Influence
  readonly after: Influence
  readonly clusters: Clusters | null
  readonly counts: DecidedPairs | null
  readonly range: readonly [number, number]
}

/**
 * 95 % interval of challenger − champion on the same rows: Tango's score interval for rates, counts divided by the design
 * effect; otherwise normal with the variance of the differences of the rows' influences (for the AUC this is DeLong's paired
 * test). null where nothing varies or the metric is not smooth.
 */
export function differenceInterval({
  difference,
  before,
  after,
  clusters,
  counts,
  range,
}: DifferenceOf): Interval | null {
  const influence = differences(before.influence, after.influence)
  const variance = varianceOf({ influence, factor: Math.max(before.factor, after.factor) }, clusters)
  if (counts) return scoreInterval(counts, clusters ? variance : null)
  if (variance === null || !(variance > 0)) return null
  const margin = intervalZ * Math.sqrt(variance)
  const width = range[1] - range[0]
  return { lower: Math.max(-width, difference - margin), upper: Math.min(width, difference + margin) }
}

function differences(before: Float64Array | null, after: Float64Array | null): Float64Array | null {
  return before && after ? after.map((value, row) => value - (before[row] as number)) : null
}

function scoreInterval({ n, b, c }: DecidedPairs, clustered: number | null): Interval | null {
  if (n === 0) return null
  const independent = ((b + c) / n - ((b - c) / n) ** 2) / n
  const effect = clustered !== null && independent > 0 ? Math.max(1, clustered / independent) : 1
  const bounds = pairedBounds({ n: n / effect, b: b / effect, c: c / effect }, intervalAlpha)
  return 'undefined' in bounds ? null : bounds
}
