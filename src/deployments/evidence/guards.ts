import {
  challengerShare,
  isDefined,
  type Quantity,
  sequentialCounts,
  undefinedBecause,
} from '../../kernel/statistics/index.ts'
import type { ArmCounts, GuardReading, LookFacts } from './model.ts'
import { addArms } from './step-counters.ts'

/** Of all guards of a step together: each has a third. */
const alpha = 0.05 / 3
const rateRatio = 1.25
const mostDegraded = 0.01
/** Evidence at which a guard warns before it breaks. */
const warningP = 0.2

/** Requests of the two arms that are compared. */
export interface GuardedArms {
  readonly champion: ArmCounts
  readonly challenger: ArmCounts
  /** Whether the champion's are those of the control arm, which is served as the challenger is. */
  readonly isControl: boolean
}

/** The challenger against the control arm where there is one, else against the champion. */
export function guardedArms(
  sum: readonly ArmCounts[],
  { champion, challenger }: Pick<LookFacts, 'champion' | 'challenger'>,
): GuardedArms {
  const of = (arm: string, release: number | undefined): ArmCounts =>
    sum
      .filter(each => each.arm === arm && each.release === release)
      .reduce(addArms, { arm, release: release ?? 0, requests: 0, errors: 0, slow: 0, degraded: 0 })
  const control = of('control', champion?.release)
  return {
    champion: control.requests > 0 ? control : of('champion', champion?.release),
    challenger: of('challenger', challenger.release),
    isControl: control.requests > 0,
  }
}

/**
 * Errors and slow replies of the challenger by the count mixture: breached where its share of the events of both arms is above
 * what a rate ratio of 1.25 would give at its share of the requests; degraded replies by the same test against 1 % of its own
 * (releases.md §8, §10). Requests are counted, not who made them: a caller that repeats itself counts as often.
 */
export function readGuards(arms: GuardedArms, before: readonly GuardReading[]): readonly GuardReading[] {
  return [
    compared('error_rate', { arms, before, events: arm => arm.errors }),
    compared('slow_rate', { arms, before, events: arm => arm.slow }),
    degraded(arms, before),
  ]
}

interface Compared {
  readonly arms: GuardedArms
  readonly before: readonly GuardReading[]
  events(arm: ArmCounts): number
}

function compared(guard: 'error_rate' | 'slow_rate', { arms, before, events }: Compared): GuardReading {
  const { champion, challenger, isControl } = arms
  const counts = {
    champion: { events: events(champion), of: champion.requests },
    challenger: { events: events(challenger), of: challenger.requests },
  }
  const limit = `at most ${rateRatio} × the ${isControl ? 'control arm' : 'champion'}`
  if (champion.requests === 0 || challenger.requests === 0) return notMeasured({ guard, limit, ...counts })
  const weight = challenger.requests / (champion.requests + challenger.requests)
  const look = { challenger: counts.challenger.events, comparison: counts.champion.events }
  const share = challengerShare(weight, rateRatio)
  return read({ guard, limit, ...counts }, { look, share, level: alpha, before })
}

function degraded({ champion, challenger }: GuardedArms, before: readonly GuardReading[]): GuardReading {
  const shown = {
    guard: 'degraded_share' as const,
    limit: `at most ${100 * mostDegraded} % of replies`,
    champion: { events: champion.degraded, of: champion.requests },
    challenger: { events: challenger.degraded, of: challenger.requests },
  }
  if (challenger.requests === 0) return notMeasured(shown)
  const look = { challenger: challenger.degraded, comparison: challenger.requests - challenger.degraded }
  return read(shown, { look, share: mostDegraded, level: alpha, before })
}

type Shown = Pick<GuardReading, 'guard' | 'limit' | 'champion' | 'challenger'>

function notMeasured(shown: Shown): GuardReading {
  const none = undefinedBecause('no-requests')
  return { ...shown, logLambda: none, p: none, state: 'not-measured' }
}

function read(
  shown: Shown,
  test: {
    readonly look: { readonly challenger: number; readonly comparison: number }
    readonly share: number
    readonly level: number
    readonly before: readonly GuardReading[]
  },
): GuardReading {
  const earlier: Quantity = test.before.find(each => each.guard === shown.guard)?.p ?? 1
  const [look] = sequentialCounts([test.look], {
    share: test.share,
    alpha: test.level,
    pHarm: isDefined(earlier) ? earlier : 1,
  })
  const p = look?.pHarm ?? 1
  return {
    ...shown,
    logLambda: look?.logLambda ?? 0,
    p,
    state: p <= test.level ? 'breached' : p <= warningP ? 'warning' : 'ok',
  }
}
