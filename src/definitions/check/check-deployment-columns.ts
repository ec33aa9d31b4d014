import { nearestFirst } from '../../kernel/nearest.ts'
import type { ValueType } from '../../kernel/values/model.ts'
import type { DeploymentData } from '../model.ts'
import type { Report } from './problem.ts'

/** A deployment while it is checked, with what its rows have. */
export interface DeploymentChecking {
  readonly deployment: DeploymentData
  /** Columns of the training set by name; undefined where the set itself is unknown, which is reported elsewhere. */
  readonly columns: ReadonlyMap<string, ValueType> | undefined
  /** Columns that a caller sends; undefined likewise. */
  readonly sent: ReadonlySet<string> | undefined
  /** Columns of the vector; undefined likewise. */
  readonly inputs: readonly string[] | undefined
  readonly report: Report
}

/** Reports a column that the training set does not have, with the nearest names. */
export function checkKnownColumn(
  column: string,
  path: string,
  { columns, report }: Pick<DeploymentChecking, 'columns' | 'report'>,
): void {
  if (columns === undefined || columns.has(column)) return
  report({
    code: 'COLUMN_UNKNOWN',
    path,
    message: `the training set keeps no column "${column}"`,
    hint: `Nearest: ${nearestFirst(column, [...columns.keys()])
      .slice(0, 3)
      .join(', ')}. Add others to the set's columns.`,
  })
}
