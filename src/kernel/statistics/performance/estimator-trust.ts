/** A metric estimated without labels and, once they matured, realised; with standard deviations. */
export interface GradedWindow {
  readonly estimate: number
  readonly sd: number
  readonly realised: number
  readonly realisedSd: number
}

const missBeyond = 1.96

/** How far the estimate was off, in its and the realised value's standard deviations; above 1.96 is a miss. */
export function gradeWindow({ estimate, sd, realised, realisedSd }: GradedWindow): {
  readonly z: number
  readonly miss: boolean
} {
  const gap = Math.abs(realised - estimate)
  const z = gap === 0 ? 0 : gap / Math.hypot(sd, realisedSd)
  return { z, miss: z > missBeyond }
}

/**
 * Whether the estimator may act on gates, by its misses in matured windows, oldest first: `distrusted` at three misses
 * in the last ten, else `ungraded` (shown only) below five windows.
 */
export function estimatorTrust(misses: readonly boolean[]): 'distrusted' | 'ungraded' | 'trusted' {
  if (misses.slice(-10).filter(Boolean).length >= 3) return 'distrusted'
  return misses.length < 5 ? 'ungraded' : 'trusted'
}
