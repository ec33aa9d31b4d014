import type { RunRow } from '../../../api/tracking-runs.ts'

/** A row with the columns it was asked with, and where it hangs. */
export interface GridItem {
  readonly row: RunRow
  /** Texts of the columns, as `row.values` has them. */
  readonly columns: readonly string[]
  readonly depth: number
  /** Runs nested below it; undefined when nesting is not shown. */
  readonly children: number | undefined
  readonly open: boolean
}

export interface Rows {
  readonly items: readonly RunRow[]
  readonly columns: readonly string[]
}

/** Rows of all pages, with what changed since in place of what was; a run that two pages hold stands once. */
export function mergeRows(
  pages: readonly Rows[],
  fresh: Rows | undefined,
): readonly Pick<GridItem, 'row' | 'columns'>[] {
  const newer = new Map(fresh?.items.map(row => [row.id, row]))
  const seen = new Set<string>()
  return pages.flatMap(page =>
    page.items.flatMap(row => {
      if (seen.has(row.id)) return []
      seen.add(row.id)
      const now = fresh && sameTexts(fresh.columns, page.columns) ? newer.get(row.id) : undefined
      return [{ row: now ?? row, columns: page.columns }]
    }),
  )
}

function sameTexts(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((text, index) => text === right[index])
}

/** Puts children below their open parents. */
export function nestRows(
  parents: readonly Pick<GridItem, 'row' | 'columns'>[],
  children: Rows | undefined,
  open: ReadonlySet<string>,
): readonly GridItem[] {
  const byParent = new Map<string, RunRow[]>()
  for (const row of children?.items ?? []) {
    const parent = row.parent ?? ''
    byParent.set(parent, [...(byParent.get(parent) ?? []), row])
  }
  return parents.flatMap(({ row, columns }) => {
    const below = byParent.get(row.id) ?? []
    const isOpen = open.has(row.id)
    const parent: GridItem = { row, columns, depth: 0, children: below.length, open: isOpen }
    if (!isOpen) return [parent]
    return [
      parent,
      ...below.map(child => ({
        row: child,
        columns: children?.columns ?? [],
        depth: 1,
        children: undefined,
        open: false,
      })),
    ]
  })
}

export function flatRows(rows: readonly Pick<GridItem, 'row' | 'columns'>[]): readonly GridItem[] {
  return rows.map(each => ({ ...each, depth: 0, children: undefined, open: false }))
}

/** The value a row has for a column, by the columns it was asked with; undefined: not asked yet. */
export function valueIn({ row, columns }: Pick<GridItem, 'row' | 'columns'>, column: string) {
  const index = columns.indexOf(column)
  return index < 0 ? undefined : row.values[index]
}
