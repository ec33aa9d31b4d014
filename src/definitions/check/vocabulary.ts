import type { ValueType } from '../../kernel/values/model.ts'

/** What a check is compiled to: metadata, the one aggregate statement, a grouping, a window, a row in memory, own SQL. */
export type CheckTarget = 'schema' | 'aggregate' | 'group' | 'window' | 'row' | 'query'

/** One word of the vocabulary. */
export interface CheckWord {
  readonly target: CheckTarget
  /** Fewest and most columns. */
  readonly columns: readonly [fewest: number, most: number]
  /** Column types it takes; any scalar where left out. */
  readonly types?: 'any' | 'numbers' | 'text' | 'times'
  /** Decidable on one row: the parameters that must be there for it, none for always. */
  readonly byRow?: readonly string[]
}

const always: readonly string[] = []
const one = [1, 1] as const
const none = [0, 0] as const
const several = [2, 1000] as const

/** The vocabulary of monitoring.md §1.2 by name. */
export const checkWords: Readonly<Record<string, CheckWord>> = {
  columns_match_set: { target: 'schema', columns: none },
  columns_match_order: { target: 'schema', columns: none },
  column_exists: { target: 'schema', columns: none },
  column_count: { target: 'schema', columns: none },
  column_type: { target: 'schema', columns: one, types: 'any' },
  row_count: { target: 'aggregate', columns: none },
  row_count_equals: { target: 'aggregate', columns: none },
  row_count_change: { target: 'aggregate', columns: none },
  freshness: { target: 'aggregate', columns: one, types: 'times' },
  no_gaps: { target: 'window', columns: one, types: 'times' },
  not_missing: { target: 'aggregate', columns: one, types: 'any', byRow: always },
  is_missing: { target: 'aggregate', columns: one, types: 'any', byRow: always },
  missing_share_change: { target: 'aggregate', columns: one, types: 'any' },
  unique: { target: 'group', columns: one },
  unique_together: { target: 'group', columns: [1, 1000] },
  distinct_within_row: { target: 'aggregate', columns: several, byRow: always },
  distinct_count: { target: 'group', columns: one },
  distinct_share: { target: 'group', columns: one },
  in_set: { target: 'aggregate', columns: one, byRow: always },
  not_in_set: { target: 'aggregate', columns: one, byRow: always },
  distinct_set: { target: 'group', columns: one },
  mode_in_set: { target: 'group', columns: one },
  between: { target: 'aggregate', columns: one, byRow: always },
  min_between: { target: 'aggregate', columns: one },
  max_between: { target: 'aggregate', columns: one },
  mean_between: { target: 'aggregate', columns: one, types: 'numbers' },
  quantiles_between: { target: 'aggregate', columns: one, types: 'numbers' },
  stddev_between: { target: 'aggregate', columns: one, types: 'numbers' },
  sum_between: { target: 'aggregate', columns: one, types: 'numbers' },
  zscore_below: { target: 'aggregate', columns: one, types: 'numbers', byRow: ['center', 'spread'] },
  length_between: { target: 'aggregate', columns: one, types: 'text', byRow: always },
  matches: { target: 'aggregate', columns: one, types: 'text', byRow: always },
  not_matches: { target: 'aggregate', columns: one, types: 'text', byRow: always },
  parses_as_time: { target: 'aggregate', columns: one, types: 'text', byRow: always },
  parses_as_json: { target: 'row', columns: one, types: 'text', byRow: always },
  monotonic: { target: 'window', columns: one },
  pair_compare: { target: 'aggregate', columns: [2, 2], byRow: always },
  pair_in_set: { target: 'aggregate', columns: [2, 2], byRow: always },
  sum_across: { target: 'aggregate', columns: [1, 1000], types: 'numbers', byRow: always },
  references: { target: 'group', columns: [1, 1000] },
  close_to_reference: { target: 'aggregate', columns: one },
  unexpected_rows: { target: 'query', columns: none },
}

/** True if the check can be decided on one row by itself. */
export function decidableByRow({
  check,
  params,
}: {
  readonly check: string
  readonly params: object
}): boolean {
  const needed = checkWords[check]?.byRow
  return needed?.every(name => Object.hasOwn(params, name)) ?? false
}

/** True if a check of these column types can be expressed. */
export function takesType(word: CheckWord, type: ValueType): boolean {
  if (word.types === 'any') return true
  if (word.types === 'text') return type === 'string'
  if (word.types === 'times') return type === 'timestamp'
  const composite = type.startsWith('list<') || type.startsWith('map<')
  if (word.types === 'numbers') return /^(int64|float64|float32|decimal)/.test(type)
  return !composite
}
