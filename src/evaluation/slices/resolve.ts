import type { SliceData } from '../../definitions/index.ts'
import { contentHash, type Json } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { nearestFirst } from '../../kernel/nearest.ts'
import type { JudgedRows, ResolvedSlice } from '../rows.ts'
import { type Partition, partitionOf } from './partition.ts'

/** The whole population. */
export const wholeSlice = 'all'

/**
 * Which rows belong to which cell: `all` first, then the cells of each declared slice. Cells of one slice are disjoint; a
 * listed value without rows is a cell of 0 rows. Throws COLUMN_MISSING and TYPE_MISMATCH where a declaration does not fit
 * the rows.
 */
export function resolveSlices(rows: JudgedRows, slices: readonly SliceData[]): ResolvedSlice[] {
  const all = Int32Array.from({ length: rows.rows }, (_, row) => row)
  const whole = { name: wholeSlice, slice: wholeSlice, value: null, rows: all }
  return [whole, ...slices.flatMap(slice => cellsOfSlice(rows, slice))]
}

function cellsOfSlice(rows: JudgedRows, { name, of }: SliceData): ResolvedSlice[] {
  return resolveCells(partitionOf(rows, of), { name, kind: of.kind })
}

/** The cells of one slice with their rows. */
export function resolveCells(
  { codes, cells }: Partition,
  { name, kind }: { readonly name: string; readonly kind: SliceData['of']['kind'] },
): ResolvedSlice[] {
  const members = membersByCell(codes, cells.length)
  return cells.map((cell, index) => ({
    name: cellName(name, kind, cell),
    slice: name,
    value: cell.value,
    rows: members[index] ?? new Int32Array(0),
  }))
}

function cellName(
  slice: string,
  kind: SliceData['of']['kind'],
  cell: { label: string; value: string | null },
) {
  if (kind === 'cross') return cell.label
  return cell.value === null ? slice : `${slice}=${cell.value}`
}

/** Ascending row numbers of each cell. */
function membersByCell(codes: Int32Array, cells: number): Int32Array[] {
  const sizes = new Int32Array(cells)
  for (const code of codes) if (code >= 0) sizes[code] = (sizes[code] ?? 0) + 1
  const members = Array.from(sizes, size => new Int32Array(size))
  const next = new Int32Array(cells)
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row] as number
    if (code < 0) continue
    const at = next[code] as number
    next[code] = at + 1
    ;(members[code] as Int32Array)[at] = row
  }
  return members
}

/** The cells a name stands for: those of a declared slice, or the one cell `origin=ORD`. UNKNOWN_SLICE names the nearest. */
export function cellsNamed(cells: readonly ResolvedSlice[], name: string): readonly ResolvedSlice[] {
  const found = cells.filter(cell => cell.slice === name || cell.name === name)
  if (found.length > 0) return found
  const known = [...new Set(cells.flatMap(cell => [cell.slice, cell.name]))]
  const near = nearestFirst(name, known).slice(0, 3)
  throw new FettleError('UNKNOWN_SLICE', `There is no slice ${name}`, {
    hint: `Nearest are ${near.join(', ')}.`,
    details: { slice: name, known: known.slice(0, 50) },
  })
}

/** Identity of a slice set as declared. */
export function sliceSetHash(slices: readonly SliceData[]): string {
  return contentHash(slices as unknown as Json)
}
