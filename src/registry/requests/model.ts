/** What a version must have before a protected alias may move to it. */
export type AliasCheck = 'signature' | 'signed-files' | 'evaluation'
export const aliasChecks: readonly AliasCheck[] = ['signature', 'signed-files', 'evaluation']

/** Protects an alias of a model: it then moves by requests only. */
export interface AliasRule {
  readonly alias: string
  /** Who may ask; empty: anybody who may write. */
  readonly requesters: readonly string[]
  readonly checks: readonly AliasCheck[]
  /** Other people who must agree. */
  readonly approvals: number
}

/** The move that a request asks for. */
export interface AliasMoveWanted {
  readonly model: string
  readonly alias: string
  /** null takes the alias away. */
  readonly version: number | null
  /** Where it pointed when it was asked. */
  readonly before: number | null
}
