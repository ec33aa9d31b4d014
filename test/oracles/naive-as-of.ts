import type { SourceData } from '../../src/definitions/model.ts'
import { type Value, valueOrder } from '../../src/kernel/values/index.ts'

export interface NaiveQuery {
  readonly source: SourceData
  readonly rows: readonly (readonly Value[])[]
  readonly keys: readonly string[]
  readonly column: string
  readonly lookback?: bigint
  readonly before?: boolean
  readonly latest?: boolean
}

/** One spine row against all rows: features.md §3.2 and §3.3 read aloud. */
export function naiveAsOf(
  query: NaiveQuery,
  key: readonly Value[],
  time: bigint,
): { value: Value; status: string } {
  const { source, keys, latest } = query
  const at = (row: readonly Value[], name: string): Value =>
    row[source.columns.findIndex(column => column.name === name)] ?? null
  const event = (row: readonly Value[]): bigint | null => at(row, source.eventTime ?? '') as bigint | null
  const known = (row: readonly Value[]): bigint | null =>
    source.knownAt.kind === 'column' ? (at(row, source.knownAt.column) as bigint | null) : event(row)
  const candidates = query.rows.filter(row => {
    const [e, k] = [event(row), known(row)]
    if (e === null || key.includes(null) || keys.some((name, index) => at(row, name) !== key[index]))
      return false
    return (query.before ? e < time : e <= time) && (latest || (k !== null && k <= time))
  })
  const types = [
    'timestamp',
    'timestamp',
    ...(source.sequence ? ['int64'] : []),
    ...source.columns.map(column => column.type),
  ]
  const rank = (row: readonly Value[]): readonly Value[] => [
    event(row),
    known(row),
    ...(source.sequence ? [at(row, source.sequence)] : []),
    ...row,
  ]
  const compare = (left: readonly Value[], right: readonly Value[]): number =>
    types.reduce(
      (order, type, index) =>
        order || valueOrder(type)(rank(left)[index] ?? null, rank(right)[index] ?? null),
      0,
    )
  const winner = candidates.sort(compare).at(-1)
  if (!winner || (source.deleted && at(winner, source.deleted) === true)) return { value: null, status: 'F' }
  if (query.lookback !== undefined && (event(winner) ?? 0n) < time - query.lookback)
    return { value: null, status: 'A' }
  const value = at(winner, query.column)
  return { value, status: value === null ? 'N' : 'P' }
}
