import type { SliceOf } from '../../definitions/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { nearestFirst } from '../../kernel/nearest.ts'
import type { JudgedRows } from '../rows.ts'
import { type CodedColumn, codeNumbers, monthsOf } from './coded-column.ts'
import { predicateText, rowsWhere } from './predicate.ts'

/** Disjoint cells of a slice: the cell of each row, −1 for none. */
export interface Partition {
  readonly codes: Int32Array
  readonly cells: readonly PartitionCell[]
}
export interface PartitionCell {
  /** `origin=ORD`; how a cross calls this part. */
  readonly label: string
  /** The column's value; null for a predicate or a list. */
  readonly value: string | null
  /** Named by the declaration: stays even without rows. */
  readonly named: boolean
}

export const otherValue = '(other)'
export const missingValue = '(missing)'
/** A column slice keeps so many values; the smaller ones are `(other)`. */
export const largestValues = 50

/** Which cell of a slice each row belongs to. COLUMN_MISSING names the columns there are. */
export function partitionOf(rows: JudgedRows, of: SliceOf): Partition {
  switch (of.kind) {
    case 'column':
      return partitionColumn(codedColumn(rows, of.column), { name: of.column, listed: of.values })
    case 'members': {
      const wanted = new Set(of.values)
      const { codes, dictionary } = codedColumn(rows, of.column)
      return oneCell(
        `${of.column} in list`,
        codes.map(code => member(wanted, dictionary[code])),
      )
    }
    case 'predicate':
      return oneCell(of.where.map(predicateText).join(' and '), rowsWhere(rows, of.where))
    case 'cross':
      return cross(partitionOf(rows, of.first), partitionOf(rows, of.second))
  }
}

const member = (wanted: ReadonlySet<string>, value: string | undefined): number =>
  value !== undefined && wanted.has(value) ? 0 : -1

function oneCell(label: string, codes: Int32Array): Partition {
  return { codes, cells: [{ label, value: null, named: true }] }
}

/** A column as codes; `month` is the UTC month of a row's time. */
export function codedColumn(rows: JudgedRows, name: string): CodedColumn {
  const column = rows.columns[name]
  if (column) return column instanceof Float64Array ? codeNumbers(column) : column
  if (name === 'month' && rows.times) return monthsOf(rows.times)
  throw columnMissing(rows, name)
}

/** COLUMN_MISSING with the nearest names there are. */
export function columnMissing(rows: JudgedRows, name: string): FettleError {
  const present = Object.keys(rows.columns)
  const near = nearestFirst(name, present).slice(0, 5)
  const reason = name === 'month' ? ', and the rows have no time' : ''
  return new FettleError('COLUMN_MISSING', `The rows have no column ${name}${reason}`, {
    hint:
      name === 'month'
        ? 'Say which column is the time of a row.'
        : near.length === 0
          ? 'The rows have no columns to slice by.'
          : `Nearest are ${near.join(', ')}.`,
    details: { missing: [name], present },
  })
}

export interface ColumnPartition {
  readonly name: string
  readonly listed?: readonly string[] | undefined
  /** Values kept where none are listed; default 50. */
  readonly limit?: number
}

/** Listed values as they are; else months in order of time, other columns by falling rows, the rest as `(other)`. */
export function partitionColumn(
  { codes, dictionary }: CodedColumn,
  { name, listed, limit = largestValues }: ColumnPartition,
): Partition {
  const counts = new Int32Array(dictionary.length)
  let missing = 0
  for (const code of codes) {
    if (code < 0) missing++
    else counts[code] = (counts[code] ?? 0) + 1
  }
  const kept = listed ?? largest(counts, dictionary, limit)
  const values = listed === undefined && name === 'month' ? [...kept].sort() : kept
  const cellOf = new Map(values.map((value, cell) => [value, cell]))
  const names = [...cellOf.keys()]
  const hasOther =
    listed === undefined && counts.some((n, code) => n > 0 && !cellOf.has(dictionary[code] ?? ''))
  const other = hasOther ? names.push(otherValue) - 1 : -1
  const absent = missing > 0 ? names.push(missingValue) - 1 : -1
  const ofCode = Int32Array.from(dictionary, value => cellOf.get(value) ?? other)
  return {
    codes: codes.map(code => (code < 0 ? absent : (ofCode[code] ?? -1))),
    cells: names.map((value, cell) => ({
      ...{ label: `${name}=${value}`, value },
      named: listed !== undefined && cell < cellOf.size,
    })),
  }
}

/** The largest values; ties by text, so that the choice repeats. */
function largest(counts: Int32Array, dictionary: readonly string[], limit: number): string[] {
  const text = (code: number) => dictionary[code] ?? ''
  const present = [...counts.keys()].filter(code => (counts[code] ?? 0) > 0)
  present.sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0) || (text(a) < text(b) ? -1 : 1))
  return present.slice(0, limit).map(text)
}

/** Every pair of cells that has rows or was named on both sides. */
function cross(first: Partition, second: Partition): Partition {
  const width = second.cells.length
  const pairs = new Int32Array(first.cells.length * width)
  const joint = first.codes.map((code, row) => {
    const other = second.codes[row] ?? -1
    return code < 0 || other < 0 ? -1 : code * width + other
  })
  for (const pair of joint) if (pair >= 0) pairs[pair] = (pairs[pair] ?? 0) + 1
  const cells: PartitionCell[] = []
  const cellOf = new Int32Array(pairs.length).fill(-1)
  first.cells.forEach((one, i) => {
    second.cells.forEach((two, j) => {
      const named = one.named && two.named
      if (!named && pairs[i * width + j] === 0) return
      const label = `${one.label} × ${two.label}`
      cellOf[i * width + j] =
        cells.push({ label, value: `${shownValue(one)} × ${shownValue(two)}`, named }) - 1
    })
  })
  return { codes: joint.map(pair => (pair < 0 ? -1 : (cellOf[pair] ?? -1))), cells }
}

const shownValue = (cell: PartitionCell): string => cell.value ?? cell.label
