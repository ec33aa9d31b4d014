import type { PlannedN } from './plan.ts'

/**
 * The smallest margin (or limit) at which a plan needs at most `available` rows: what is offered when a slice is too small.
 * `needed` falls with the margin; undefined counts as too many. Null where not even `widest` suffices.
 */
export function sufficientMargin(
  available: number,
  needed: (margin: number) => PlannedN,
  { least, widest }: { readonly least: number; readonly widest: number },
): number | null {
  const suffices = (margin: number): boolean => {
    const n = needed(margin)
    return typeof n === 'number' && n <= available
  }
  if (!suffices(widest)) return null
  let [low, high] = [least, widest]
  while (high - low > 1e-6 * Math.abs(high) && high - low > 1e-12) {
    const middle = (low + high) / 2
    if (suffices(middle)) high = middle
    else low = middle
  }
  return high
}
