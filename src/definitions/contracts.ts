import type { Duration } from '../kernel/time.ts'
import type { ClaimData, ContractData, ContractMetric, MarginData } from './release-terms.ts'
import { canonicalDuration } from './source.ts'

/** Metrics of which one direction is better. */
export type DirectedMetric = Exclude<ContractMetric, 'action_rate' | 'score_mean'>

/** Stages of a rollout at which a contract is judged. */
export type ContractStage = ContractData['stage']

/**
 * A claim with where, when and how firmly it is tested. Every method gives another contract and leaves this one as it
 * is; what a deployment keeps is `data`, which is plain.
 */
export interface Contract {
  readonly data: ContractData
  /** Names of slices of the deployment; one cell for each of their values. Default: all rows together. */
  on(...slices: readonly string[]): Contract
  /** Decides whether a release ships (default). */
  protected(): Contract
  /** Is measured and shown, and never decides. */
  watched(): Contract
  /** Default `offline`, on held-out rows. */
  at(stage: ContractStage): Contract
  /** One-sided error per bound, above 0 and below 0.5; default 0.05. */
  alpha(alpha: number): Contract
  /** Chance that an equal release passes the whole set at the planned rows; default 0.8. */
  power(power: number): Contract
  /** How often a pass may be looked for; default 1 offline, else 2. */
  looks(looks: number): Contract
  /** Rows of so long; default 28d. */
  window(window: Duration): Contract
  /** Least matured share of a cohort that is judged; default 0.9. */
  maturity(share: number): Contract
  /** Column whose values repeat, by which rows are not independent; default the deployment's entity. */
  cluster(column: string): Contract
  /** Observes so many releases, and reports what it would have done, before it may block. */
  dryRun(releases: number): Contract
  /** Default: made of the claim and the slices. */
  named(name: string): Contract
  /** What planning assumes where there is no history: disagreement share, champion's rate, true harm. */
  assuming(assume: NonNullable<ContractData['assume']>): Contract
}

/** The rate or metric of the challenger itself is at most the limit. */
export function atMost(metric: ContractMetric, limit: number): Contract {
  return contract({ form: 'atMost', metric, limit })
}

/** The rate or metric of the challenger itself is at least the limit. */
export function atLeast(metric: ContractMetric, limit: number): Contract {
  return contract({ form: 'atLeast', metric, limit })
}

/** Not worse than the champion by more than the margin, on the same rows. */
export function noWorse(metric: DirectedMetric, { margin }: { readonly margin: MarginData }): Contract {
  return contract({ form: 'noWorse', metric, margin })
}

/** Better than the champion by at least `by`, on the same rows; 0 asks for any proven gain. */
export function better(metric: DirectedMetric, { by = 0 }: { readonly by?: number } = {}): Contract {
  return contract({ form: 'better', metric, by })
}

/** Neither higher nor lower than the champion by more than the margin. */
export function within(metric: ContractMetric, { margin }: { readonly margin: MarginData }): Contract {
  return contract({ form: 'within', metric, margin })
}

/** Holds the false-positive rate within `slack` while recall gains at least `by`: no trade of one for the other. */
export function neverTrade(trade: {
  readonly hold: 'fpr'
  readonly slack: number
  readonly gain: 'recall'
  readonly by?: number
}): Contract {
  const { hold, slack, gain, by = 0 } = trade
  return contract({ form: 'neverTrade', hold, slack, gain, by })
}

type FairClaim = Extract<ClaimData, { readonly form: 'fair' }>

/** No two groups of a sensitive column differ in the metric by more than the limit. */
export function fair(
  metric: FairClaim['metric'],
  { column, limit }: { readonly column: string; readonly limit: number },
): Contract {
  return contract({ form: 'fair', metric, column, limit })
}

/** A share of the champion's value, and never less than the floor: a rate, or so many events among the rows. */
export function relative(
  share: number,
  { floor }: { readonly floor: { readonly rate: number } | { readonly events: number } },
): MarginData {
  return Object.freeze({ relative: share, floor: Object.freeze(floor) })
}

/** The contract as data; data stays what it is. */
export function contractData(written: Contract | ContractData): ContractData {
  return 'data' in written ? written.data : written
}

function contract(claim: ClaimData): Contract {
  return build(
    { name: '', claim: Object.freeze(claim), slices: ['all'], status: 'protected', stage: 'offline' },
    false,
  )
}

function build(parts: ContractData, named: boolean): Contract {
  const data = Object.freeze({
    ...parts,
    name: named ? parts.name : defaultName(parts),
    slices: Object.freeze([...parts.slices]),
  })
  const change = (changes: Partial<ContractData>, isNamed = named): Contract =>
    build({ ...data, ...changes }, isNamed)
  return Object.freeze({
    data,
    on: (...slices: readonly string[]) => change({ slices }),
    protected: () => change({ status: 'protected' }),
    watched: () => change({ status: 'watched' }),
    at: (stage: ContractStage) => change({ stage }),
    alpha: (alpha: number) => change({ alpha }),
    power: (power: number) => change({ power }),
    looks: (looks: number) => change({ looks }),
    window: (window: Duration) => change({ window: canonicalDuration(window) }),
    maturity: (maturity: number) => change({ maturity }),
    cluster: (cluster: string) => change({ cluster }),
    dryRun: (dryRun: number) => change({ dryRun }),
    named: (name: string) => change({ name }, true),
    assuming: (assume: NonNullable<ContractData['assume']>) =>
      change({ assume: Object.freeze({ ...assume }) }),
  })
}

/** `recall_no_worse_on_origin`, `fpr_at_most_at_canary`. */
function defaultName({ claim, slices, stage }: ContractData): string {
  const on = slices.length === 1 && slices[0] === 'all' ? [] : ['on', ...slices]
  const at = stage === 'offline' ? [] : ['at', stage]
  return [...claimWords(claim), ...on, ...at].join('_').slice(0, 63)
}

const formWords = {
  atMost: 'at_most',
  atLeast: 'at_least',
  noWorse: 'no_worse',
  better: 'better',
  within: 'within',
} as const satisfies Partial<Record<ClaimData['form'], string>>

function claimWords(claim: ClaimData): readonly string[] {
  if (claim.form === 'neverTrade') return ['never_trade', claim.hold, 'for', claim.gain]
  if (claim.form === 'fair') return ['fair', claim.metric, 'by', claim.column]
  return [claim.metric, formWords[claim.form]]
}
