import type { JudgedRows } from '../rows.ts'
import { missingValue, otherValue, partitionOf } from '../slices/partition.ts'

/** A sensitive column, or a cross of two, by the name it has in a report. */
export interface GroupedBy {
  readonly name: string
  readonly columns: readonly [string] | readonly [string, string]
}

export function crossName(first: string, second: string): string {
  return `${first} × ${second}`
}

export interface Groups {
  readonly names: readonly string[]
  /** Group of each row; −1 is not counted. */
  readonly codes: Int32Array
}

const mostGroups = 50

/** The 50 largest groups, `(other)` and `(missing)`; undefined when no row says which group it is of. */
export function groupsOf(rows: JudgedRows, { columns: [first, second] }: GroupedBy): Groups | undefined {
  if (!(first in rows.columns) || (second !== undefined && !(second in rows.columns))) return undefined
  const one = { kind: 'column', column: first } as const
  const { cells, codes } = partitionOf(
    rows,
    second === undefined ? one : { kind: 'cross', first: one, second: { kind: 'column', column: second } },
  )
  if (cells.every(({ value }) => value === null || !isKnownGroup(value))) return undefined
  return largestGroups(
    cells.map(({ label, value }) => value ?? label),
    codes,
  )
}

/** A cross may have more cells than a reader can take in. */
function largestGroups(names: readonly string[], codes: Int32Array): Groups {
  const own = names.map((name, group) => ({ name, group })).filter(({ name }) => !isResidual(name))
  if (own.length <= mostGroups) return { names, codes }
  const sizes = new Int32Array(names.length)
  for (const code of codes) sizes[code] = (sizes[code] ?? 0) + 1
  const bySize = own.toSorted(
    (a, b) => (sizes[b.group] ?? 0) - (sizes[a.group] ?? 0) || (a.name < b.name ? -1 : 1),
  )
  const kept = bySize.slice(0, mostGroups)
  const rest = names.filter(name => isResidual(name) && name !== otherValue)
  const shown = [...kept.map(({ name }) => name), ...rest, otherValue]
  const positions = new Map(shown.map((name, position) => [name, position]))
  const ofCode = names.map(name => positions.get(name) ?? shown.length - 1)
  return { names: shown, codes: codes.map(code => ofCode[code] ?? shown.length - 1) }
}

/** The same groups with these rows alone. */
export function onlyRows({ names, codes }: Groups, rows: Int32Array): Groups {
  const kept = new Int32Array(codes.length).fill(-1)
  for (const row of rows) kept[row] = codes[row] ?? -1
  return { names, codes: kept }
}

/** Whether the group says who somebody is: rows without a value are shown, and compared with nobody. */
export function isKnownGroup(name: string): boolean {
  return !name.split(' × ').includes(missingValue)
}

const isResidual = (name: string): boolean => name === otherValue || name === missingValue
