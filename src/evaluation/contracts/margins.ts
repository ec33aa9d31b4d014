import type { ContractMetric, MarginData } from '../../definitions/index.ts'
import { type CellClaim, isDefined, type Quantity } from '../../kernel/statistics/index.ts'
import type { CellTest } from './cell-tests.ts'

/** A claim with its margin as a number. */
export interface ResolvedClaim {
  readonly claim: CellClaim
  /** Margin, limit or gain that the bounds are held against. */
  readonly bound: number
  /** Share of the champion's value that a relative margin stands for, fixed when the rollout starts; null for others. */
  readonly frozen: number | null
}

/** Where a relative margin is resolved. */
export interface MarginBasis {
  /** Rows at this look. */
  readonly n: number
  /** Fixed earlier. */
  readonly frozen: number | undefined
  championValue(metric: ContractMetric): Quantity
}

/** The claim of a test in numbers: a relative margin is max(share · champion's value, floor) (releases.md §3). */
export function resolveClaim(test: CellTest, basis: MarginBasis): ResolvedClaim {
  switch (test.form) {
    case 'atMost':
    case 'atLeast':
      return { claim: { form: test.form, limit: test.limit }, bound: test.limit, frozen: null }
    case 'fair':
      return { claim: { form: 'noWorse', margin: test.limit }, bound: test.limit, frozen: null }
    case 'better':
      return { claim: { form: 'better', by: test.by }, bound: test.by, frozen: null }
    default:
      return resolveMargin(test.form, test, basis)
  }
}

function resolveMargin(
  form: 'noWorse' | 'within',
  { metric, margin }: { readonly metric: ContractMetric; readonly margin: MarginData },
  { n, frozen: earlier, championValue }: MarginBasis,
): ResolvedClaim {
  if (typeof margin === 'number') return { claim: { form, margin }, bound: margin, frozen: null }
  const share = earlier ?? shareOf(margin.relative, championValue(metric))
  const { floor } = margin
  if ('rate' in floor) {
    const bound = Math.max(share, floor.rate)
    return { claim: { form, margin: bound }, bound, frozen: bound }
  }
  const bound = Math.max(share, n > 0 ? floor.events / n : 0)
  return { claim: { form, margin: bound, leastEvents: floor.events }, bound, frozen: share }
}

/** Without a value of the champion the floor alone holds. */
function shareOf(relative: number, value: Quantity): number {
  return isDefined(value) ? relative * Math.abs(value) : 0
}
