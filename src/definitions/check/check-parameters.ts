import { parseDuration } from '../../kernel/time.ts'
import type { Field } from '../../kernel/values/model.ts'
import type { CheckData, CheckParameter } from '../model.ts'
import { type CheckedTable, checkedColumn } from './check-data-checks.ts'
import { compileJsonSchema } from './json-schema.ts'
import type { Checking } from './problem.ts'
import { translatePattern } from './re2-pattern.ts'
import { parseTimeFormat } from './time-format.ts'
import { writtenValue } from './written-value.ts'

interface Parameters {
  readonly check: CheckData
  readonly columns: readonly Field[]
  readonly table: CheckedTable
  readonly path: string
  readonly checking: Checking
  readonly bad: (message: string) => void
}

/** Reports parameters that a check cannot be run with. */
export function checkParameters(
  check: CheckData,
  columns: readonly Field[],
  place: { readonly table: CheckedTable; readonly path: string; readonly checking: Checking },
): void {
  const bad = (message: string): void =>
    place.checking.report({ code: 'BAD_PARAMETER', path: place.path, message })
  parameterTests[check.check]?.({ check, columns, ...place, bad })
}

const parameterTests: Readonly<Record<string, (parameters: Parameters) => void>> = {
  freshness: duration('maxAge'),
  no_gaps: duration('maxGap'),
  in_set: valuesOfColumn,
  not_in_set: valuesOfColumn,
  distinct_set: valuesOfColumn,
  mode_in_set: valuesOfColumn,
  between: boundsOfColumn,
  min_between: boundsOfColumn,
  max_between: boundsOfColumn,
  row_count: numericBounds,
  row_count_change: numericBounds,
  column_count: numericBounds,
  distinct_count: numericBounds,
  distinct_share: numericBounds,
  mean_between: numericBounds,
  stddev_between: numericBounds,
  sum_between: numericBounds,
  length_between: numericBounds,
  quantiles_between: ({ check, bad }) => {
    for (const each of list(check.params['quantiles'])) {
      const { q } = (each ?? {}) as { q?: unknown }
      if (!(typeof q === 'number' && q >= 0 && q <= 1)) bad(`quantile ${JSON.stringify(q)} is outside [0, 1]`)
    }
  },
  missing_share_change: ({ check, bad }) => {
    const limit = Number(check.params['limit'])
    if (!(limit > 0 && limit <= 1)) bad(`limit ${limit} is outside (0, 1]`)
  },
  zscore_below: ({ check: { params }, bad }) => {
    if (!(Number(params['below']) > 0)) bad('"below" must be greater than 0')
    if ((params['center'] === undefined) !== (params['spread'] === undefined))
      bad('center and spread are frozen together or not at all')
    if (params['spread'] !== undefined && !(Number(params['spread']) > 0))
      bad('"spread" must be greater than 0')
  },
  matches: patterns,
  not_matches: patterns,
  parses_as_time: ({ check, bad }) => {
    const format = parseTimeFormat(String(check.params['format']))
    if ('problem' in format) bad(`the time format does not stand: ${format.problem}`)
  },
  parses_as_json: ({ check, path, checking }) => {
    const schema = check.params['schema']
    const compiled = schema === undefined ? undefined : compileJsonSchema(schema)
    if (typeof compiled === 'object')
      checking.report({ code: 'NO_SUCH_TARGET', path, message: `the JSON Schema: ${compiled.problem}` })
  },
  monotonic: ({ check, table, path, checking }) => {
    checkedColumn(String(check.params['by']), table, { path, checking })
  },
  pair_compare: oneType,
  distinct_within_row: oneType,
  pair_in_set: ({ check, columns, bad }) => {
    for (const pair of list(check.params['pairs']))
      columns.forEach(({ name, type }, index) => {
        if (writtenValue(type, list(pair)[index] ?? null) === undefined)
          bad(`${JSON.stringify(pair)} does not fit column "${name}", which is ${type}`)
      })
  },
  sum_across: ({ check, table, path, checking }) => {
    const { equals } = check.params
    if (typeof equals === 'string') checkedColumn(equals, table, { path, checking })
  },
  row_count_equals: ({ check, path, checking }) => void otherSource(check, { path, checking }),
  references: referencesOther,
  close_to_reference: ({ check, bad }) => {
    const reference = (check.params['reference'] ?? {}) as Record<string, CheckParameter>
    const bins =
      reference['edges'] === undefined
        ? list(reference['values']).length + 2
        : list(reference['edges']).length + 2
    const counts = list(reference['counts'])
    if (counts.length !== bins)
      bad(`the reference has ${bins} bins (missing the last) and ${counts.length} counts`)
  },
}

function duration(key: string) {
  return ({ check, path, checking }: Parameters): void => {
    try {
      parseDuration(String(check.params[key]))
    } catch {
      const message = `"${check.params[key]}" is not a duration`
      checking.report({ code: 'BAD_DURATION', path, message })
    }
  }
}

function valuesOfColumn(parameters: Parameters): void {
  for (const value of list(parameters.check.params['values'])) refuseForeign(parameters, value)
}

function boundsOfColumn(parameters: Parameters): void {
  const { min, max } = parameters.check.params
  if (min === undefined && max === undefined) parameters.bad('give min, max or both')
  for (const bound of [min, max]) if (bound !== undefined) refuseForeign(parameters, bound)
}

function refuseForeign({ columns, path, checking }: Parameters, value: CheckParameter): void {
  for (const { name, type } of columns)
    if (writtenValue(type, value) === undefined)
      checking.report({
        code: 'COLUMN_TYPE',
        path,
        message: `column "${name}" is ${type} and cannot be compared with ${JSON.stringify(value)}`,
      })
}

function numericBounds({ check, bad }: Parameters): void {
  const { min, max } = check.params
  if (min === undefined && max === undefined) bad('give min, max or both')
  for (const bound of [min, max])
    if (bound !== undefined && typeof bound !== 'number') bad(`${JSON.stringify(bound)} is not a number`)
}

function patterns({ check, bad, path, checking }: Parameters): void {
  const all = list(check.params['patterns'])
  if (all.length === 0) bad('give at least one pattern')
  for (const pattern of all) {
    const translated = translatePattern(String(pattern))
    if ('problem' in translated)
      checking.report({
        code: 'NO_SUCH_TARGET',
        path,
        message: `the pattern ${JSON.stringify(pattern)} does not mean the same in every engine: ${translated.problem}`,
        hint: 'Write it with text, ., classes, groups, |, repetition, ^ and $.',
      })
  }
}

function oneType({ columns, bad }: Parameters): void {
  if (new Set(columns.map(each => each.type)).size > 1)
    bad(
      `${columns.map(each => `"${each.name}" is ${each.type}`).join(', ')}: values of one type can be compared`,
    )
}

function otherSource(check: CheckData, { path, checking }: Pick<Parameters, 'path' | 'checking'>) {
  const name = String(check.params['source'])
  const other = checking.sources.get(name)
  if (!other)
    checking.report({ code: 'REFERENCE_UNKNOWN', path, message: `source "${name}" is not exported` })
  return other
}

function referencesOther({ check, columns, path, checking, bad }: Parameters): void {
  const other = otherSource(check, { path, checking })
  if (!other) return
  const names = list(check.params['columns']).map(String)
  if (names.length !== columns.length) bad('name one column of the other source for each column here')
  const table = { title: `source "${other.name}"`, columns: other.columns }
  names.forEach((name, index) => {
    const found = checkedColumn(name, table, { path, checking })
    const type = columns[index]?.type
    if (found && type !== undefined && found.type !== type)
      bad(`"${columns[index]?.name}" is ${type}, "${name}" of the other source is ${found.type}`)
  })
}

function list(parameter: CheckParameter | undefined): readonly CheckParameter[] {
  return Array.isArray(parameter) ? parameter : []
}
