import type { ColumnData, Definition } from '../../definitions/index.ts'
import type { ColumnGraph } from './model.ts'
import { reach } from './reach.ts'

export type DataClass = NonNullable<ColumnData['pii']>

/** The class of a column: the highest of its own and of all that it is computed from (governance.md §3). */
export function classOf(
  graph: ColumnGraph,
  definitions: readonly Definition[],
): (id: string) => DataClass | null {
  const declared = new Map<string, DataClass>()
  for (const each of definitions)
    if (each.kind === 'source')
      for (const { name, pii } of each.columns) if (pii) declared.set(`source:${each.name}.${name}`, pii)
  const known = new Map<string, DataClass | null>()
  return id => {
    const before = known.get(id)
    if (before !== undefined) return before
    const from = reach(graph, [id], { direction: 'up', follow: edge => edge.decides === 'value' })
    const classes = [...from].flatMap(each => declared.get(each) ?? [])
    const found = classes.includes('sensitive') ? 'sensitive' : (classes[0] ?? null)
    known.set(id, found)
    return found
  }
}
