import type { SliceOf } from '../../definitions/index.ts'

/** Columns that a slice is cut by; `month` is the time of a row. */
export function sliceColumns(of: SliceOf): readonly string[] {
  switch (of.kind) {
    case 'column':
    case 'members':
      return [of.column]
    case 'predicate':
      return of.where.map(predicate => predicate.column)
    case 'cross':
      return [...sliceColumns(of.first), ...sliceColumns(of.second)]
  }
}
