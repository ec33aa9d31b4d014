import type { Interval } from '../auc-interval.ts'
import { checkProportion } from '../checks.ts'
import { newcombeAt, newcombeDifference, type Proportion } from '../newcombe.ts'
import { fallingRoot } from '../special/find-root.ts'
import { normalCdf, normalSf } from '../special/normal-tails.ts'
import type { Evidence } from './clopper-pearson.ts'

/** Two independent arms. Real counts when effective. */
export interface TwoArms {
  readonly challenger: Proportion
  readonly champion: Proportion
}

/** One-sided bounds, `alpha` each, of the challenger's rate less the champion's: {@link newcombeDifference}. */
export function unpairedBounds(
  { challenger, champion }: TwoArms,
  alpha: number,
): Interval | { readonly undefined: string } {
  return newcombeDifference(challenger, champion, alpha)
}

/** Beyond this deviate both tails are below the smallest double. */
const farthest = 40

/**
 * Evidence that the difference of two independent rates is below a margin (pass) or above it (fail): the deviate z at which
 * the bound touches the margin, as Φ(∓z). No rows in an arm prove nothing: both are 1.
 */
export function unpairedP({ challenger, champion }: TwoArms, margin: number): Evidence {
  checkProportion(challenger.x, challenger.n)
  checkProportion(champion.x, champion.n)
  if (challenger.n === 0 || champion.n === 0) return { pass: 1, fail: 1 }
  const at = (deviate: number): Interval => newcombeAt(challenger, champion, deviate)
  const above = margin >= challenger.x / challenger.n - champion.x / champion.n
  const z = above
    ? fallingRoot(deviate => margin - at(deviate).upper, 0, farthest)
    : fallingRoot(deviate => at(deviate).lower - margin, 0, farthest)
  const score = above ? -z : z
  return { pass: normalCdf(score), fail: normalSf(score) }
}
