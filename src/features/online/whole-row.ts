import type { SourceData } from '../../definitions/model.ts'
import { type Compare, valueOrder } from '../../kernel/values/index.ts'
import type { LookupRow } from './lookup-record.ts'

/**
 * The order of the whole row (features.md §3.2) on rows of one key, event and known time, as a view stores them: by the
 * view's columns and the tombstone, in declared order. undefined where the view leaves a declared column out.
 */
export function wholeRowOrder(
  source: SourceData,
  {
    keys,
    columns,
  }: { readonly keys: readonly string[]; readonly columns: readonly { readonly name: string }[] },
): ((left: LookupRow, right: LookupRow) => number) | undefined {
  const known = source.knownAt.kind === 'column' ? [source.knownAt.column] : []
  const equal = new Set([...keys, ...known, source.eventTime, source.sequence])
  const parts: ((left: LookupRow, right: LookupRow) => number)[] = []
  for (const { name, type } of source.columns) {
    if (equal.has(name)) continue
    const at = columns.findIndex(column => column.name === name)
    if (at === -1 && name !== source.deleted) return undefined
    const order: Compare = valueOrder(type)
    parts.push(
      at === -1
        ? (left, right) => Number(left.deleted) - Number(right.deleted)
        : (left, right) => order(left.cells[at] ?? null, right.cells[at] ?? null),
    )
  }
  return (left, right) => {
    for (const part of parts) {
      const difference = part(left, right)
      if (difference !== 0) return difference
    }
    return 0
  }
}
