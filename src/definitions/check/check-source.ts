import type { EntityData, FeedData, SourceData } from '../model.ts'
import { checkSql } from './check-sql.ts'
import { type Checking, checkColumn, checkDuration, checkName, type Report } from './problem.ts'

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
  else checkZone(source.zone, report)
  if (source.knownAt.kind === 'ingest' && source.from.kind !== 'push')
    report({
      code: 'BAD_PARAMETER',
      path: 'knownAt',
      message: `Fettle does not accept the rows of "${source.name}" itself, so it cannot know when they came in`,
      hint: 'Name a column or a delay, or declare the source with push().',
    })
  checkLocation(source, checking)
  checkSql(source, report)
}

function checkZone(zone: string | undefined, report: Report): void {
  if (zone === undefined) return
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
  } catch {
    report({
      code: 'BAD_PARAMETER',
      path: 'zone',
      message: `"${zone}" is no time zone`,
      hint: "Write 'UTC', an IANA name such as 'Europe/Amsterdam', or { column }.",
    })
  }
}

function checkFeed(feed: FeedData, report: Report): void {
  const named = feed.kind === 'file' ? feed.path : feed.kind === 'redis' ? feed.stream : feed.table
  if (named === '')
    report({ code: 'DEFINITION_EMPTY', path: 'from.feed', message: 'the feed does not say what it reads' })
  if (feed.kind !== 'file' && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(feed.url))
    report({
      code: 'BAD_PARAMETER',
      path: 'from.feed.url',
      message: 'the address of a feed is the name of an environment variable, never the address itself',
      hint: "For example redisStream('REDIS_URL', 'flights').",
    })
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
    for (const name of sourcesRead(source)) {
      if (!sources.has(name)) {
        report({
          code: 'REFERENCE_UNKNOWN',
          path: 'from',
          message: `the SQL refers to source "${name}", which is not exported`,
        })
      }
    }
  } else if (from.kind === 'push') {
    if (from.feed) checkFeed(from.feed, report)
  } else if (from.kind === 'postgres' ? from.url === '' : from.path === '') {
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
  const parts = [...source.from.parts, ...(source.from.spark ?? [])]
  return [...new Set(parts.flatMap(part => (typeof part === 'string' ? [] : [part.source])))]
}
