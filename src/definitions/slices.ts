import type { PredicateData } from './model.ts'
import type { SliceData, SliceOf } from './release-terms.ts'
import { setColumn } from './training-set.ts'

/**
 * One cell for each listed value of a training-set column; without a list the 50 largest and `(other)`. Protected
 * contracts need the list: which customers are protected is decided before anything is measured.
 */
export function byColumn<const Column extends string>(
  column: Column,
  values?: readonly string[],
  name: string = column,
): SliceData {
  return slice(name, { kind: 'column', column, ...(values ? { values: Object.freeze([...values]) } : {}) })
}

/** One cell for each UTC month of the row's time. */
export function byMonth(name = 'month'): SliceData {
  return slice(name, { kind: 'column', column: 'month' })
}

/** Rows for which every predicate holds: `where('long_haul', column => ge(column('distance'), 2000))`. */
export function where(
  name: string,
  predicates: (column: typeof setColumn) => PredicateData | readonly PredicateData[],
): SliceData {
  return slice(name, { kind: 'predicate', where: Object.freeze([predicates(setColumn)].flat()) })
}

/** A named list as one cell: key customers, airports of one operator. */
export function keyUsers(name: string, column: string, values: readonly string[]): SliceData {
  return slice(name, { kind: 'members', column, values: Object.freeze([...values]) })
}

/** One cell for each pair of cells of two slices. */
export function cross(name: string, first: SliceData, second: SliceData): SliceData {
  return slice(name, { kind: 'cross', first: first.of, second: second.of })
}

function slice(name: string, of: SliceOf): SliceData {
  return Object.freeze({ name, of: Object.freeze(of) })
}
