import type { DeploymentData, RolloutData } from '../../definitions/index.ts'
import { canonicalJson, type Json } from '../../kernel/canonical.ts'
import { type Micros, parseDuration } from '../../kernel/time.ts'
import type { RolloutTerms } from './model.ts'

/** What is read of a release that replaces at once: nothing waits, and no weight lies between. */
const atOnce: RolloutData = {
  shadow: '24h',
  canary: [1, 5, 25, 50],
  stepTime: ['6h', '24h', '24h', '24h'],
  probation: '14d',
  standby: '7d',
  probationLimit: '28d',
  look: '60s',
  advance: 'person',
}

/** Terms as declared, every default filled in. `keys`: the entity keys of a request; `former`: what served before. */
export function termsOf(
  { rollout = atOnce, holdback }: Pick<DeploymentData, 'rollout' | 'holdback'>,
  { keys, former }: { readonly keys: readonly string[]; readonly former: string | null },
): RolloutTerms {
  const { shadow, canary, stepTime, probation, standby, probationLimit, look, advance } = rollout
  return {
    ...{ shadow, canary, stepTime, probation, standby, probationLimit, look, advance },
    shadowShare: rollout.shadowShare ?? 1,
    shadowFeatures: rollout.shadowFeatures ?? 'same',
    unit: rollout.unit ?? keys,
    approvals: rollout.approvals ?? 0,
    pins: rollout.pins ?? [],
    exclude: rollout.exclude ?? [],
    holdback: holdback
      ? { percent: holdback.percent, digest: holdback.baseline === 'former' ? former : null }
      : null,
  }
}

export function sameTerms(one: RolloutTerms | null, other: RolloutTerms): boolean {
  return one !== null && canonicalJson(one as unknown as Json) === canonicalJson(other as unknown as Json)
}

/** Whether units that are drawn already would be drawn otherwise. */
export function redraws(one: RolloutTerms, other: RolloutTerms): boolean {
  const drawn = ({ unit, pins, exclude, holdback }: RolloutTerms) =>
    canonicalJson({ unit, pins, exclude, holdback } as unknown as Json)
  return drawn(one) !== drawn(other)
}

export const micros = (duration: string): Micros => parseDuration(duration)
