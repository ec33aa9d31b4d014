import { bucketCount } from '../../kernel/assignment.ts'
import type { FoldedDeployment, LoggedRollout } from './fold-deployment.ts'
import { hasEnded, saltOf } from './fold-deployment.ts'
import type { KillLevel, RolloutTerms } from './model.ts'
import { type BucketRange, controlArm, takenRanges } from './traffic-ranges.ts'

/** `deployments.json` for one deployment, as its log has it; the routers read nothing else. */
export interface RoutedDeployment {
  /** The champion; where it was taken back and nobody was before it, the release whose fallback answers. */
  readonly digest: string
  readonly routing: DeploymentRouting
  readonly killed?: KillLevel
}

export interface DeploymentRouting {
  readonly seq: number
  readonly salt: string
  readonly unit: readonly string[]
  readonly arms: readonly RoutedArm[]
  readonly shadows: readonly RoutedShadow[]
  readonly holdback?: { readonly salt: string; readonly width: number; readonly digest: string | null }
  readonly pins: RolloutTerms['pins']
  readonly exclude: RolloutTerms['exclude']
  readonly warm: readonly string[]
}

interface RoutedArm {
  readonly arm: 'challenger' | 'control'
  readonly digest: string
  readonly ranges: readonly BucketRange[]
}

interface RoutedShadow {
  readonly kind: 'shadow' | 'reverse-shadow'
  readonly digest: string
  readonly of: 'champion' | 'challenger'
  /** Of 10 000. */
  readonly share: number
  readonly features: 'same' | 'own'
}

export type ShareArm = 'champion' | 'challenger' | 'control' | 'holdback' | 'fallback' | 'closed'

/** Where the traffic goes, in percent of units; adds up to 100. */
export interface TrafficShare {
  readonly arm: ShareArm
  readonly rollout: string | null
  readonly release: number | null
  readonly percent: number
}

const stateOf = ({ now }: LoggedRollout) => (now.state === 'held' ? now.heldFrom : now.state)

/**
 * Whose release has every bucket that nobody else has. Before the first one is confirmed it is the release in probation;
 * `only` its fallback, where the champion was taken back and there was nobody before it.
 */
export function baseOf(
  folded: FoldedDeployment,
): { readonly rollout: LoggedRollout; readonly answers: boolean } | undefined {
  const all = [...folded.rollouts.values()]
  const champion = folded.champion === null ? undefined : folded.rollouts.get(folded.champion)
  if (champion) return { rollout: champion, answers: true }
  const first = all.find(each => stateOf(each) === 'probation')
  if (first) return { rollout: first, answers: true }
  const taken = all.findLast(({ now }) => now.state === 'rolled_back')
  return taken && { rollout: taken, answers: false }
}

/** The release that was champion before, still loaded and warm: the way back. */
export function formerOf({ rollouts }: Pick<FoldedDeployment, 'rollouts'>): LoggedRollout | undefined {
  return [...rollouts.values()]
    .filter(each => each.now.state === 'retired' && each.warm)
    .sort((a, b) => Number((b.endedAt ?? 0n) - (a.endedAt ?? 0n)))[0]
}

/** What stands over all weights: a kill set on a host outranks one set here. */
export function killOf({ kill, localKill }: FoldedDeployment): KillLevel | null {
  return (localKill ?? kill)?.level ?? null
}

/** Undefined before anything serves by this log. */
export function routingOf(folded: FoldedDeployment): RoutedDeployment | undefined {
  const base = baseOf(folded)
  const { terms } = folded
  if (base === undefined || terms === null) return undefined
  const kill = killOf(folded)
  const killed = base.answers || kill === 'closed' ? kill : 'model'
  const { holdback } = terms
  return {
    digest: base.rollout.digest,
    routing: {
      seq: folded.seq,
      salt: saltOf(folded),
      unit: terms.unit,
      arms: armsOf(folded, base.rollout),
      shadows: shadowsOf(folded, base.rollout),
      ...(holdback
        ? {
            holdback: {
              salt: holdbackSalt(folded.deployment),
              width: Math.round((holdback.percent * bucketCount) / 100),
              digest: holdback.digest,
            },
          }
        : {}),
      pins: terms.pins,
      exclude: terms.exclude,
      warm: warmOf(folded, base.rollout),
    },
    ...(killed === null ? {} : { killed }),
  }
}

/** The permanent holdback is drawn by a salt of its own, before the arms. */
const holdbackSalt = (deployment: string): string => `holdback-${deployment}`

function armsOf({ ranges, rollouts }: FoldedDeployment, base: LoggedRollout): readonly RoutedArm[] {
  return Object.entries(takenRanges(ranges)).map(([arm, own]) =>
    arm === controlArm
      ? { arm: 'control', digest: base.digest, ranges: own }
      : { arm: 'challenger', digest: rollouts.get(arm)?.digest ?? base.digest, ranges: own },
  )
}

function shadowsOf(folded: FoldedDeployment, base: LoggedRollout): readonly RoutedShadow[] {
  const by = ({ digest, terms }: LoggedRollout, kind: RoutedShadow['kind'], of: RoutedShadow['of']) => ({
    ...{ kind, digest, of },
    share: Math.round(terms.shadowShare * bucketCount),
    features: terms.shadowFeatures,
  })
  const going = [...folded.rollouts.values()].filter(each => !hasEnded(each) && each.id !== base.id)
  const forward = going.filter(each => stateOf(each) === 'shadow').map(each => by(each, 'shadow', 'champion'))
  const probation = going.find(each => stateOf(each) === 'probation')
  if (probation) return [...forward, by(base, 'reverse-shadow', 'challenger')]
  const former = formerOf(folded)
  return former && former.digest !== base.digest
    ? [...forward, by(former, 'reverse-shadow', 'champion')]
    : forward
}

function warmOf(folded: FoldedDeployment, base: LoggedRollout): readonly string[] {
  const former = formerOf(folded)
  const others = [...folded.rollouts.values()].filter(each => each.warm && each !== former)
  const digests = [...(former ? [former] : []), ...others].map(({ digest }) => digest)
  return [...new Set(digests)].filter(digest => digest !== base.digest)
}

/** Every release that routers must have loaded for this: their files are published first. */
export function releasesIn({ digest, routing }: RoutedDeployment): readonly string[] {
  const { arms, shadows, holdback, warm } = routing
  const named = [...arms, ...shadows].map(each => each.digest)
  return [...new Set([digest, ...named, ...(holdback?.digest ? [holdback.digest] : []), ...warm])]
}

/** The bar of a deployment: with the holdback taken out first, and the kill level applied. */
export function trafficOf(folded: FoldedDeployment): readonly TrafficShare[] {
  const base = baseOf(folded)
  const routed = routingOf(folded)
  if (base === undefined || routed === undefined) return []
  const whole = (arm: ShareArm): readonly TrafficShare[] => [
    { arm, rollout: base.rollout.id, release: base.rollout.release, percent: 100 },
  ]
  if (routed.killed === 'closed') return whole('closed')
  if (routed.killed === 'model') return whole('fallback')
  const held = folded.terms?.holdback?.percent ?? 0
  const left = (percent: number): number => (percent * (100 - held)) / 100
  const taken =
    routed.killed === 'challengers'
      ? []
      : [...folded.ranges.arms]
          .filter(([, own]) => own.length > 0)
          .map(([arm, own]) => {
            const rollout = folded.rollouts.get(arm)
            const percent = left((own.length * 100) / bucketCount)
            return rollout
              ? { arm: 'challenger' as const, rollout: rollout.id, release: rollout.release, percent }
              : { arm: 'control' as const, rollout: base.rollout.id, release: base.rollout.release, percent }
          })
  const rest = 100 - held - taken.reduce((sum, { percent }) => sum + percent, 0)
  return [
    ...taken,
    { arm: 'champion' as const, rollout: base.rollout.id, release: base.rollout.release, percent: rest },
    ...(held > 0 ? [{ arm: 'holdback' as const, rollout: null, release: null, percent: held }] : []),
  ].filter(({ percent }) => percent > 1e-9)
}
