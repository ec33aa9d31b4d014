import { isName } from '../../kernel/ids.ts'
import { nearestFirst } from '../../kernel/nearest.ts'
import { parseTimestamp } from '../../kernel/time.ts'
import type { Field, ValueType } from '../../kernel/values/model.ts'
import type { CheckData, FeatureViewData, SourceData, TrainingSetData } from '../model.ts'
import { checkParameters } from './check-parameters.ts'
import { vectorColumns } from './check-training-set.ts'
import type { Checking } from './problem.ts'
import { checkWords, decidableByRow, takesType } from './vocabulary.ts'
import { writtenValue } from './written-value.ts'

/** What is checked: its columns, and how a message calls it (`source "flights"`). */
export interface CheckedTable {
  readonly title: string
  readonly columns: readonly Field[]
  /** Rows that fail a blocking check are kept apart; SQL must be able to say which they are. */
  readonly quarantines: boolean
}

export function sourceTable({ name, columns }: SourceData): CheckedTable {
  return { title: `source "${name}"`, columns, quarantines: true }
}

export function viewTable({ name, features }: FeatureViewData): CheckedTable {
  return { title: `view "${name}"`, columns: features, quarantines: false }
}

/** The columns of a finished set that can be checked: kept columns, inputs of the model, the label. */
export function setTable(set: TrainingSetData, checking: Checking): CheckedTable {
  const spine = checking.sources.get(set.spine.source)?.columns ?? []
  const kept = spine.filter(({ name }) => set.columns.includes(name))
  const label = { name: set.label.name, type: labelType(set, checking) }
  const columns = [...kept, ...vectorColumns(set, checking), label]
  return { title: `training set "${set.name}"`, columns, quarantines: false }
}

function labelType({ label }: TrainingSetData, { sources }: Checking): ValueType {
  if (label.kind === 'column' || label.op === 'exists') return 'bool'
  if (label.op === 'count') return 'int64'
  const column = sources.get(label.source)?.columns.find(each => each.name === label.column)
  return label.op === 'mean' ? 'float64' : (column?.type ?? 'float64')
}

/** Reports everything wrong with the checks of one definition. */
export function checkDataChecks(
  checks: readonly CheckData[] | undefined,
  table: CheckedTable,
  checking: Checking,
): void {
  const names = new Set<string>()
  for (const check of checks ?? []) {
    if (names.has(check.name))
      checking.report({
        code: 'DUPLICATE_DEFINITION',
        path: `checks.${check.name}`,
        message: `${table.title} has two checks named "${check.name}"`,
        hint: 'Give one of them a name of its own: { name: … }.',
      })
    names.add(check.name)
    checkOne(check, table, checking)
  }
}

function checkOne(check: CheckData, table: CheckedTable, checking: Checking): void {
  const { report } = checking
  const path = `checks.${check.name}`
  const word = checkWords[check.check]
  if (!isName(check.name))
    report({ code: 'NAME_INVALID', path, message: `"${check.name}" is no usable name of a check` })
  if (!word) {
    report({ code: 'BAD_PARAMETER', path, message: `there is no check "${check.check}"` })
    return
  }
  const [fewest, most] = word.columns
  if (check.columns.length < fewest || check.columns.length > most)
    report({
      code: 'BAD_PARAMETER',
      path,
      message: `${check.check} cannot take ${check.columns.length} columns`,
    })
  const columns = check.columns.flatMap(name => {
    const column = checkedColumn(name, table, { path, checking })
    if (column && !takesType(word, column.type))
      report({
        code: 'COLUMN_TYPE',
        path,
        message: `${check.check} cannot be applied to column "${name}", which is ${column.type}`,
      })
    return column && takesType(word, column.type) ? [column] : []
  })
  checkModifiers(check, table, { path, checking })
  if (columns.length === check.columns.length) checkParameters(check, columns, { table, path, checking })
  if (table.quarantines && check.severity === 'block' && word.target === 'row' && decidableByRow(check))
    report({
      code: 'NO_SUCH_TARGET',
      path,
      message: `${check.check} cannot be said in SQL, so it cannot keep bad rows apart`,
      hint: "Use severity 'warn', or check the values where they are written.",
    })
}

interface Place {
  readonly path: string
  readonly checking: Checking
}

/** The column of the table, or undefined after reporting it missing with the nearest names. */
export function checkedColumn(
  name: string,
  { title, columns }: Pick<CheckedTable, 'title' | 'columns'>,
  { path, checking }: Place,
): Field | undefined {
  const found = columns.find(each => each.name === name)
  if (found) return found
  const names = columns.map(each => each.name)
  checking.report({
    code: 'COLUMN_UNKNOWN',
    path,
    message: `${title} has no column "${name}"`,
    hint: `Use one of: ${nearestFirst(name, names).slice(0, 3).join(', ')}.`,
  })
  return undefined
}

function checkModifiers(check: CheckData, table: CheckedTable, place: Place): void {
  const { path } = place
  const bad = (message: string, hint?: string): void =>
    place.checking.report({ code: 'BAD_PARAMETER', path, message, ...(hint === undefined ? {} : { hint }) })
  for (const [key, share] of [
    ['mostly', check.mostly],
    ['warnMostly', check.warnMostly],
  ] as const)
    if (share !== undefined && !isShare(share))
      bad(`${key} ${share} is not a share`, 'Write a number from 0 to 1 with at most 6 decimals.')
  if (check.warnMostly !== undefined && check.warnMostly < (check.mostly ?? 1))
    bad(
      `warnMostly ${check.warnMostly} is below mostly ${check.mostly ?? 1}, so it could never warn`,
      'Warn at a higher share than the one that fails.',
    )
  if (check.expires !== undefined && parseTimestamp(check.expires) === undefined)
    bad(`expires "${check.expires}" is no RFC 3339 instant`)
  if (check.where) checkWhere(check.where, table, place)
  for (const value of check.missingValues ?? []) {
    const types = check.columns.map(name => table.columns.find(each => each.name === name)?.type)
    if (!types.some(type => type !== undefined && writtenValue(type, value) !== undefined))
      bad(`${JSON.stringify(value)} cannot stand for missing in ${check.columns.join(', ')}`)
  }
}

/** At most 6 decimals, so that the limit can be tested in whole numbers. */
function isShare(share: number): boolean {
  return share >= 0 && share <= 1 && Math.round(share * 1e6) / 1e6 === share
}

function checkWhere(where: NonNullable<CheckData['where']>, table: CheckedTable, place: Place): void {
  const column = checkedColumn(where.column, table, place)
  if (!column || where.op === 'is_null' || where.op === 'is_not_null') return
  const values = Array.isArray(where.value) ? where.value : [where.value]
  for (const value of values)
    if (writtenValue(column.type, value) === undefined)
      place.checking.report({
        code: 'COLUMN_TYPE',
        path: place.path,
        message: `column "${column.name}" is ${column.type} and cannot be compared with ${JSON.stringify(value)}`,
      })
}
