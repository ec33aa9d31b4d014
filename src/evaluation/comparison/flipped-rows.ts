import type { FlippedRow } from '../reports/comparison.ts'
import type { JudgedRows, ResolvedSlice } from '../rows.ts'
import { columnMissing } from '../slices/partition.ts'
import type { CompareOptions } from './compare-models.ts'

const mostFlips = 50

/** The rows on which the two decide differently, largest difference of scores first; members of named lists before others. */
export function flippedRows(
  rows: JudgedRows,
  cells: readonly ResolvedSlice[],
  { champion, challenger, names = [], slices = [] }: CompareOptions,
): FlippedRow[] {
  const [old, own] = [champion.actions, challenger.actions]
  if (!old || !own) return []
  const lists = new Set(slices.flatMap(slice => (slice.of.kind === 'members' ? [slice.name] : [])))
  const isListed = new Uint8Array(rows.rows)
  for (const cell of cells) if (lists.has(cell.slice)) for (const row of cell.rows) isListed[row] = 1
  const distance = (row: number) =>
    Math.abs((challenger.scores[row] as number) - (champion.scores[row] as number))
  const flipped = Array.from(own.keys()).filter(row => own[row] !== old[row])
  flipped.sort(
    (a, b) => (isListed[b] as number) - (isListed[a] as number) || distance(b) - distance(a) || a - b,
  )
  return flipped.slice(0, mostFlips).map(row => ({
    row,
    names: Object.fromEntries(names.map(name => [name, valueAt(rows, name, row)])),
    slices: cells.slice(1).flatMap(cell => (holds(cell.rows, row) ? [cell.name] : [])),
    champion: { score: champion.scores[row] as number, acts: old[row] === 1 },
    challenger: { score: challenger.scores[row] as number, acts: own[row] === 1 },
    label: Number.isNaN(rows.labels[row]) ? null : (rows.labels[row] as number),
    why: [],
  }))
}

/** A row's value in a column, as a reader sees it. COLUMN_MISSING. */
function valueAt(rows: JudgedRows, name: string, row: number): string | number | null {
  const column = rows.columns[name]
  if (!column) throw columnMissing(rows, name)
  if (!(column instanceof Float64Array)) return column.dictionary[column.codes[row] ?? -1] ?? null
  const value = column[row] ?? Number.NaN
  return Number.isNaN(value) ? null : value
}

/** Binary search among ascending rows. */
function holds(members: Int32Array, row: number): boolean {
  let [low, high] = [0, members.length - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    const found = members[middle] as number
    if (found === row) return true
    if (found < row) low = middle + 1
    else high = middle - 1
  }
  return false
}
