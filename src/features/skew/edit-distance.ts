import { cellBytes, type Value } from '../../kernel/values/index.ts'

/** Fewest insertions, deletions and replacements of elements that make one list of the other (Levenshtein 1966). */
export function editDistance(type: string, left: readonly Value[], right: readonly Value[]): number {
  const [rows, columns] = [left, right].map(list =>
    list.map(value => cellBytes(type, value).toString('latin1')),
  )
  let above = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (const [row, cell] of (rows ?? []).entries()) {
    const current = [row + 1]
    for (const [column, other] of (columns ?? []).entries()) {
      const replaced = (above[column] ?? 0) + (cell === other ? 0 : 1)
      current.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1))
    }
    above = current
  }
  return above.at(-1) ?? 0
}
