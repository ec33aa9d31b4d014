import type { EntityData, SourceData } from '../model.ts'
import { type Checking, checkColumn, checkDuration, checkName } from './problem.ts'

const keyTypes = new Set(['string', 'int64', 'bool', 'date', 'timestamp'])

export function checkEntity(entity: EntityData, { report }: Checking): void {
  if (entity.key.length === 0)
    report({ code: 'DEFINITION_EMPTY', path: 'key', message: `entity "${entity.name}" has no key component` })
  for (const component of entity.key) {
    checkName(component.name, `key.${component.name}`, report)
    if (!keyTypes.has(component.type)) {
      report({
        code: 'COLUMN_TYPE',
        path: `key.${component.name}`,
        message: `a key component cannot be ${component.type}`,
        hint: 'Use string, int64, bool, date or timestamp.',
      })
    }
  }
}

export function checkSource(source: SourceData, checking: Checking): void {
  const { report } = checking
  if (source.columns.length === 0)
    report({
      code: 'DEFINITION_EMPTY',
      path: 'columns',
      message: `source "${source.name}" declares no columns`,
    })
  for (const column of source.columns) {
    if (column.name.startsWith('__'))
      report({
        code: 'RESERVED_NAME',
        path: `columns.${column.name}`,
        message: `column name "${column.name}" begins with two underscores`,
      })
  }
  checkTyped(source, source.eventTime ?? undefined, 'eventTime', 'timestamp', checking)
  if (source.knownAt.kind === 'column')
    checkTyped(source, source.knownAt.column, 'knownAt', 'timestamp', checking)
  if (source.knownAt.kind === 'delay') checkDuration(source.knownAt.delay, 'knownAt.delay', report)
  checkTyped(source, source.sequence, 'sequence', 'int64', checking)
  checkTyped(source, source.deleted, 'deleted', 'bool', checking)
  if (source.eventId !== undefined) checkColumn(source, source.eventId, { path: 'eventId', report })
  if (typeof source.zone === 'object') checkTyped(source, source.zone.column, 'zone', 'string', checking)
  checkLocation(source, checking)
}

function checkTyped(
  source: SourceData,
  column: string | undefined,
  path: string,
  type: string,
  { report }: Checking,
): void {
  if (column === undefined) return
  const found = checkColumn(source, column, { path, report })
  if (found && found.type !== type) {
    report({
      code: 'COLUMN_TYPE',
      path,
      message: `column "${column}" is ${found.type}; ${path} needs ${type}`,
    })
  }
}

function checkLocation(source: SourceData, { sources, report }: Checking): void {
  const { from } = source
  if (from.kind === 'sql') {
    for (const part of from.parts) {
      if (typeof part !== 'string' && !sources.has(part.source)) {
        report({
          code: 'REFERENCE_UNKNOWN',
          path: 'from',
          message: `the SQL refers to source "${part.source}", which is not exported`,
        })
      }
    }
  } else if (from.kind !== 'push' && (from.kind === 'postgres' ? from.url === '' : from.path === '')) {
    report({
      code: 'DEFINITION_EMPTY',
      path: 'from',
      message: `source "${source.name}" does not say where its rows are`,
    })
  }
  if (
    from.kind === 'parquet' &&
    from.rowNumber !== undefined &&
    source.columns.find(each => each.name === from.rowNumber)?.type !== 'int64'
  ) {
    report({
      code: 'COLUMN_TYPE',
      path: 'from.rowNumber',
      message: `the row number "${from.rowNumber}" must be declared as an int64 column`,
    })
  }
}

/** Sources whose SQL leads back to themselves, each circle once, as paths. */
export function sourceCycles(sources: ReadonlyMap<string, SourceData>): readonly (readonly string[])[] {
  const done = new Set<string>()
  const cycles: string[][] = []
  const visit = (name: string, path: readonly string[]): void => {
    const start = path.indexOf(name)
    if (start >= 0) {
      cycles.push([...path.slice(start), name])
      return
    }
    if (done.has(name)) return
    for (const next of sourcesRead(sources.get(name))) visit(next, [...path, name])
    done.add(name)
  }
  for (const name of sources.keys()) visit(name, [])
  return cycles
}

/** Names of the sources a SQL source selects from, in order, without repetition. */
export function sourcesRead(source: SourceData | undefined): readonly string[] {
  if (source?.from.kind !== 'sql') return []
  return [...new Set(source.from.parts.flatMap(part => (typeof part === 'string' ? [] : [part.source])))]
}
