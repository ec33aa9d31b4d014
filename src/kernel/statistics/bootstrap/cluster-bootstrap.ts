import { FettleError } from '../../errors/index.ts'
import type { Interval } from '../auc-interval.ts'
import type { Evidence } from '../bounds/clopper-pearson.ts'
import { checkAlpha } from '../checks.ts'
import { isDefined, type Quantity, undefinedBecause } from '../quantity.ts'
import { randomFrom } from '../random.ts'
import { sumOver } from '../sum.ts'
import { type BcaShape, bcaBounds, bcaEvidence, bcaShape } from './bca.ts'

/**
 * The value of a statistic when entity g counts `times[g]` times, at most 255: a small array stays in the processor's cache.
 * It is reused between calls.
 */
export type WeightedStatistic = (times: Uint8Array) => Quantity

export interface BootstrapRequest {
  /** Number of entities; the statistic knows their rows. */
  readonly clusters: number
  readonly statistic: WeightedStatistic
  /** `fettle-bootstrap/1|<row-set hash>|<contract hash>|<slice>`: stored, so that nobody can re-roll. */
  readonly seed: string
  /** At least, and by default, 2000. */
  readonly replicates?: number
  /** One-sided, per bound. */
  readonly alpha: number
  /** Fewer entities give no verdict; default 20. */
  readonly leastClusters?: number
  /** Values with one entity left out each, where there is a faster way than to compute the statistic that often. */
  readonly deleteOne?: () => readonly number[]
}

/** A statistic with its bounds by the paired bootstrap over entities. */
export interface Bootstrap extends Interval, BcaShape {
  readonly estimate: number
  readonly clusters: number
  /** Replicates in which the statistic had no value; they are left out. */
  readonly undefinedReplicates: number
  /** Standard deviation of the replicates, for the rows still needed. */
  readonly standardError: number
  /** The bounds at another one-sided level. */
  bounds(alpha: number): Interval
  /** Evidence that the true value is below (pass) or above (fail) a margin. */
  p(margin: number): Evidence
}

const leastReplicates = 2000

/**
 * Bootstrap over whole entities with BCa bounds (Efron 1987; releases.md §4.6). Each replicate draws as many entities as
 * there are, in the order of the generator. Undefined with the statistic's own reason, as `too-few` below the least number of
 * entities, and as `unstable` where over 5 % of the replicates have no value. Throws INVALID_COUNTS below 2000 replicates.
 */
export function clusterBootstrap(request: BootstrapRequest): Bootstrap | { readonly undefined: string } {
  const { clusters, statistic, replicates = leastReplicates, alpha, leastClusters = 20 } = request
  checkAlpha(alpha)
  if (!(Number.isSafeInteger(replicates) && replicates >= leastReplicates))
    throw new FettleError('INVALID_COUNTS', `${replicates} replicates are fewer than ${leastReplicates}`)
  if (clusters < leastClusters) return undefinedBecause('too-few')
  const times = new Uint8Array(clusters).fill(1)
  const estimate = statistic(times)
  if (!isDefined(estimate)) return estimate
  const values = drawReplicates(request, replicates)
  if (values.length < 0.95 * replicates) return undefinedBecause('unstable')
  const left = request.deleteOne?.() ?? jackknife(clusters, statistic)
  const shape = bcaShape(estimate, values, left)
  return {
    estimate,
    clusters,
    undefinedReplicates: replicates - values.length,
    ...shape,
    ...bcaBounds(shape, values, alpha),
    standardError: standardDeviation(values),
    bounds: level => bcaBounds(shape, values, level),
    p: margin => bcaEvidence({ ...shape, estimate }, values, margin),
  }
}

/** Values of the defined replicates, rising. */
function drawReplicates({ clusters, statistic, seed }: BootstrapRequest, replicates: number): Float64Array {
  const random = randomFrom(seed)
  const times = new Uint8Array(clusters)
  const values = new Float64Array(replicates)
  let defined = 0
  for (let replicate = 0; replicate < replicates; replicate++) {
    random.resample(times)
    const value = statistic(times)
    if (isDefined(value)) values[defined++] = value
  }
  return values.subarray(0, defined).sort()
}

/** Values with one entity left out each; those without a value are left out of the acceleration. */
function jackknife(clusters: number, statistic: WeightedStatistic): number[] {
  const times = new Uint8Array(clusters).fill(1)
  const values: number[] = []
  for (let left = 0; left < clusters; left++) {
    times[left] = 0
    const value = statistic(times)
    times[left] = 1
    if (isDefined(value)) values.push(value)
  }
  return values
}

function standardDeviation(values: Float64Array): number {
  const mean = sumOver(values.length, index => values[index] ?? 0) / values.length
  return Math.sqrt(sumOver(values.length, index => ((values[index] ?? 0) - mean) ** 2) / (values.length - 1))
}
