import type { DefinitionRef } from '../../definitions/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { nearest } from '../../kernel/nearest.ts'
import type { ColumnEdge, ColumnGraph } from './model.ts'

export type Direction = 'up' | 'down'

/** Nodes that the starts lead to (or come from), themselves included, over the edges that `follow` lets pass. */
export function reach(
  { edges }: ColumnGraph,
  starts: readonly string[],
  { direction, follow }: { readonly direction: Direction; follow(edge: ColumnEdge): boolean },
): ReadonlySet<string> {
  const next = new Map<string, string[]>()
  for (const edge of edges) {
    if (!follow(edge)) continue
    const [from, to] = direction === 'down' ? [edge.from, edge.to] : [edge.to, edge.from]
    next.set(from, [...(next.get(from) ?? []), to])
  }
  const found = new Set(starts)
  const open = [...starts]
  for (let node = open.pop(); node !== undefined; node = open.pop())
    for (const each of next.get(node) ?? [])
      if (!found.has(each)) {
        found.add(each)
        open.push(each)
      }
  return found
}

/** A definition with all of its columns, or the one column a reference names. Throws REFERENCE_UNKNOWN, COLUMN_UNKNOWN. */
export function startsOf(
  { nodes }: ColumnGraph,
  of: string,
): {
  readonly definition: DefinitionRef
  readonly column: string | null
  readonly starts: readonly string[]
} {
  const dot = of.indexOf('.')
  const [definition, column] = (dot < 0 ? [of, null] : [of.slice(0, dot), of.slice(dot + 1)]) as [
    DefinitionRef,
    string | null,
  ]
  const own = [...nodes.values()].filter(each => each.definition === definition)
  if (own.length === 0) throw unknownDefinition(definition, [...nodes.keys()])
  if (column === null) return { definition, column, starts: own.map(each => each.id) }
  const found = own.find(each => each.column === column)
  if (found) return { definition, column, starts: [found.id] }
  const names = own.flatMap(each => (each.column === null ? [] : [each.column]))
  const meant = nearest(column, names)
  throw new FettleError('COLUMN_UNKNOWN', `${definition} has no column or feature "${column}"`, {
    hint: meant === undefined ? `It has: ${names.join(', ') || 'none'}.` : `Did you mean ${meant}?`,
  })
}

function unknownDefinition(definition: string, ids: readonly string[]): FettleError {
  const meant = nearest(
    definition,
    ids.filter(id => !id.includes('.')),
  )
  return new FettleError('REFERENCE_UNKNOWN', `${definition} is not applied`, {
    hint: meant === undefined ? 'fettle catalog lists what is.' : `Did you mean ${meant}?`,
  })
}
