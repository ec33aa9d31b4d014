import type { ReasonData, ReasonTableData } from './release-terms.ts'

/**
 * A reason in plain words for what some features do to the score, and what could change it. `features` are columns of
 * the training set (`origin__delay_24h`); a code is lower case with underscores.
 */
export function reason(
  code: string,
  features: readonly string[],
  sentence: string,
  { change }: { readonly change?: string } = {},
): ReasonData {
  return Object.freeze({
    code,
    features: Object.freeze([...features]),
    sentence,
    ...(change === undefined ? {} : { change }),
  })
}

export interface ReasonOptions {
  /** Who read the sentences and stands for them. */
  readonly reviewedBy: string
  /** Named in every decision that is explained by them; raise it with every change. */
  readonly version: string
  /** Contributions in this direction are adverse. Default up: a higher score is worse for who is scored. */
  readonly adverse?: ReasonTableData['adverse']
  readonly reasons: readonly ReasonData[]
}

/** The reviewed sentences of a deployment: every input of its model needs one. */
export function reasons({ adverse = 'up', ...rest }: ReasonOptions): ReasonTableData {
  return Object.freeze({ ...rest, reasons: Object.freeze([...rest.reasons]), adverse })
}
