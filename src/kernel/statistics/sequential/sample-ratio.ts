import { FettleError } from '../../errors/index.ts'
import { checkWholeCounts } from '../checks.ts'
import { type Quantity, undefinedBecause } from '../quantity.ts'
import { chiSquareSf } from '../special/incomplete-gamma.ts'
import { countMixture } from './count-mixture.ts'

/** Whether the arms got the share of units that their buckets promise. */
export interface SampleRatio {
  readonly chiSquare: Quantity
  readonly freedom: number
  readonly p: Quantity
  readonly logLambda: number
  /** At a decision: `mismatch` iff p < 0.001; `not-measured` where an expected count is below 10. */
  readonly decision: 'ok' | 'mismatch' | 'not-measured'
  /** At a live look: ln Λ ≥ ln 1000, whatever was looked at before. */
  readonly liveAlarm: boolean
}

/**
 * Sample-ratio mismatch of distinct assignment units against bucket widths (releases.md §9): Pearson's χ² for decisions, the
 * count mixture for live looks. Throws INVALID_COUNTS unless there are two or more arms, of positive width.
 */
export function sampleRatio(widths: readonly number[], units: readonly number[]): SampleRatio {
  checkWholeCounts(...units)
  if (widths.length < 2 || widths.length !== units.length || widths.some(width => !(width > 0)))
    throw new FettleError('INVALID_COUNTS', 'A sample ratio needs two or more arms of positive width')
  const wide = widths.reduce((sum, width) => sum + width, 0)
  const shares = widths.map(width => width / wide)
  const total = units.reduce((sum, count) => sum + count, 0)
  const freedom = widths.length - 1
  const chiSquare = shares.reduce(
    (sum, share, arm) => sum + ((units[arm] ?? 0) - share * total) ** 2 / (share * total || 1),
    0,
  )
  const p = chiSquareSf(chiSquare, freedom)
  const measured = widths.every(width => width * total >= 10 * wide)
  const logLambda = countMixture(units, shares)
  return {
    ...(total === 0
      ? { chiSquare: undefinedBecause('no-rows'), p: undefinedBecause('no-rows') }
      : { chiSquare, p }),
    freedom,
    logLambda,
    decision: measured ? (p < 0.001 ? 'mismatch' : 'ok') : 'not-measured',
    liveAlarm: logLambda >= Math.log(1000),
  }
}
