import type { ReasonTableData } from '../../definitions/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'

/** A reviewed reason of one decision, with what its features added to the score in the adverse direction. */
export interface StatedReason {
  readonly code: string
  readonly sentence: string
  /** What could change it; null where nothing can. */
  readonly change: string | null
  /** Raw score (log-odds), > 0. */
  readonly contribution: number
}

const mostReasons = 4

/**
 * The reasons of a decision: contributions of one reason are added, only adverse ones are kept, the largest first, ties by
 * code, at most four (12 CFR 1002.9 commentary). UNMAPPED_FEATURE for a feature without a reason.
 */
export function reasonsOf(
  table: ReasonTableData,
  contributions: Readonly<Record<string, number>>,
  most: number = mostReasons,
): readonly StatedReason[] {
  requireReasons(table, Object.keys(contributions))
  const sign = table.adverse === 'up' ? 1 : -1
  return table.reasons
    .map(({ code, features, sentence, change }): StatedReason => {
      const contribution = features.reduce((sum, name) => sum + sign * (contributions[name] ?? 0), 0)
      return { code, sentence, change: change ?? null, contribution }
    })
    .filter(each => each.contribution > 0)
    .sort((a, b) => b.contribution - a.contribution || (a.code < b.code ? -1 : 1))
    .slice(0, most)
}

/** Inputs of a model that no reason covers, in their order: a release that needs reasons is refused for them. */
export function unmappedFeatures(table: ReasonTableData, inputs: readonly string[]): readonly string[] {
  const covered = new Set(table.reasons.flatMap(({ features }) => features))
  return inputs.filter(name => !covered.has(name))
}

/** UNMAPPED_FEATURE, with every input that no reason covers. */
export function requireReasons(table: ReasonTableData, inputs: readonly string[]): void {
  const unmapped = unmappedFeatures(table, inputs)
  if (unmapped.length === 0) return
  throw new FettleError(
    'UNMAPPED_FEATURE',
    `No reason in version ${table.version} of the table covers ${unmapped.map(each => `"${each}"`).join(', ')}`,
    { details: { features: [...unmapped] } },
  )
}
