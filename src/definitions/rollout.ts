import type { Duration } from '../kernel/time.ts'
import type { PredicateData } from './model.ts'
import type { FallbackLinkData, FeedbackData, HoldbackData, RolloutData } from './rollout-terms.ts'
import { canonicalDuration } from './source.ts'
import { setColumn } from './training-set.ts'

type Predicates = (column: typeof setColumn) => PredicateData | readonly PredicateData[]

export interface RolloutOptions
  extends Partial<Omit<RolloutData, 'exclude' | 'stepTime' | 'shadow' | 'probation' | 'standby' | 'look'>> {
  readonly shadow?: Duration
  readonly stepTime?: readonly Duration[]
  readonly probation?: Duration
  readonly standby?: Duration
  readonly look?: Duration
  readonly exclude?: Predicates
}

const defaultSteps = [1, 5, 25, 50]

/** Shadow, canary, probation: how a release replaces the one before it (releases.md §8). */
export function rollout(options: RolloutOptions = {}): RolloutData {
  const { shadow, canary, stepTime, probation, probationLimit, standby, look, exclude, ...rest } = options
  const steps = canary ?? defaultSteps
  return Object.freeze({
    ...rest,
    shadow: canonicalDuration(shadow ?? '24h'),
    canary: Object.freeze([...steps]),
    stepTime: Object.freeze(
      steps.map((_, at) =>
        canonicalDuration(stepTime?.[at] ?? stepTime?.at(-1) ?? (at === 0 ? '6h' : '24h')),
      ),
    ),
    probation: canonicalDuration(probation ?? '14d'),
    probationLimit: canonicalDuration(probationLimit ?? '28d'),
    standby: canonicalDuration(standby ?? '7d'),
    look: canonicalDuration(look ?? '60s'),
    advance: options.advance ?? 'person',
    ...(exclude ? { exclude: Object.freeze([exclude(setColumn)].flat()) } : {}),
  })
}

/** Units that never get the model; without `baseline` the constant of the fallback answers them. */
export function holdback(percent: number, baseline: HoldbackData['baseline'] = 'fallback'): HoldbackData {
  return Object.freeze({ percent, baseline })
}

export interface FeedbackOptions extends Pick<FeedbackData, 'is' | 'range' | 'unit' | 'sources'> {
  readonly within?: Duration
}

/** A kind of feedback: `feedback('late', { is: 'label' })`. */
export function feedback(name: string, { within, ...options }: FeedbackOptions): FeedbackData {
  return Object.freeze({ name, ...options, within: canonicalDuration(within ?? '30d') })
}

/** Link of a fallback chain: the release that was champion before. */
export function former(): FallbackLinkData {
  return Object.freeze({ kind: 'former' })
}

/** Link of a fallback chain: the first case that holds gives its score. */
export function rule(
  name: string,
  cases: readonly { readonly when: Predicates; readonly score: number }[],
  otherwise: number,
): FallbackLinkData {
  return Object.freeze({
    kind: 'rule',
    name,
    cases: Object.freeze(
      cases.map(({ when, score }) =>
        Object.freeze({ where: Object.freeze([when(setColumn)].flat()), score }),
      ),
    ),
    otherwise,
  })
}

/** Link of a fallback chain: a naive forecast, `column × scale + offset`, held inside [0, 1] for a probability. */
export function naive(
  column: string,
  { scale, offset }: { readonly scale?: number; readonly offset?: number } = {},
): FallbackLinkData {
  return Object.freeze({
    kind: 'value',
    column,
    ...(scale === undefined ? {} : { scale }),
    ...(offset === undefined ? {} : { offset }),
  })
}
