import { type CheckData, decidableByRow, type SourceData } from '../../definitions/index.ts'
import type { Value } from '../../kernel/values/index.ts'
import { rowTest } from './row-test.ts'

/** The checks of a source that judge single rows and block: what fails one is kept apart. */
export function blockingRowChecks({ checks = [] }: Pick<SourceData, 'checks'>): readonly CheckData[] {
  return checks.filter(each => each.severity === 'block' && decidableByRow(each))
}

/**
 * Judges a row on its way into a source: the name of the first blocking check that it fails, or null. Values stand in the
 * order of the source's columns. A tombstone says nothing that could be bad.
 */
export function rowJudge(source: SourceData): (row: readonly Value[]) => string | null {
  const tests = blockingRowChecks(source).map(each => [each.name, rowTest(each, source.columns)] as const)
  const deletedAt = source.columns.findIndex(each => each.name === source.deleted)
  return row =>
    row[deletedAt] === true ? null : (tests.find(([, test]) => test(row) === 'bad')?.[0] ?? null)
}
