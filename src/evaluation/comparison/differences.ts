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

/** Which rows a rate counts among, and whether an action is its event: the same rows for both models. */
const pairedRates: Readonly<
  Partial<
    Record<
      MetricName,
      {
        readonly among: (label: number) => boolean
        readonly event: (acts: boolean, label: number) => boolean
      }
    >
  >
> = {
  action_rate: { among: () => true, event: acts => acts },
  accuracy: { among: () => true, event: (acts, label) => acts === (label === 1) },
  fpr: { among: label => label === 0, event: acts => acts },
  specificity: { among: label => label === 0, event: acts => !acts },
  recall: { among: label => label === 1, event: acts => acts },
  fnr: { among: label => label === 1, event: acts => !acts },
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
  let [n, b, c] = [0, 0, 0]
  for (const row of on.members) {
    const label = on.labels[row] as number
    if (!rate.among(label)) continue
    const [before, after] = [rate.event(old[row] === 1, label), rate.event(own[row] === 1, label)]
    n++
    if (after && !before) b++
    if (before && !after) c++
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
