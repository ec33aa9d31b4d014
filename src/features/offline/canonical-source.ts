import type { SourceData } from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { parseDuration } from '../../kernel/time.ts'
import { type Keep, type OfflineSession, sourceRelation } from './ports.ts'
import { all, id } from './sql-text.ts'
import { zoneRules } from './zones.ts'

/** Columns as an engine reports them; `type` is its own name. */
export type RawColumns = readonly { readonly name: string; readonly type: string }[]

/** Where a source's rows stand before they are checked and cast. */
export interface RawSource {
  /** A table expression with the source's own columns and types. */
  readonly from: string
  /** What a message calls it: the path, the table, or SQL. */
  readonly where: string
  /** True when every column is text, written as in CSV. */
  readonly textual: boolean
  readonly described: RawColumns
}

/** SQL of one declared column: its value with the canonical type, and whether its timestamps carry no zone. */
export interface CanonicalColumn {
  readonly name: string
  readonly type: string
  /** Of a text that is no value of the type: null. */
  readonly value: string
  /** SQL condition: this row's time is local. 'false' for other types and for columns with a zone. */
  readonly naive: string
}

type Session = Pick<OfflineSession, 'dialect' | 'rows' | 'addRows'>

interface Opened {
  readonly source: SourceData
  readonly raw: RawSource
  readonly columns: readonly CanonicalColumn[]
}

/**
 * A SELECT of the declared columns with canonical types and, if the source has an event time, `__e` and `__k`. Local times
 * become instants by the source's zone. Throws SOURCE_BAD_VALUE naming the first text that is no value of its type.
 */
export async function canonicalSql(session: Session, opened: Opened): Promise<string> {
  if (opened.raw.textual) await refuseBadText(session, opened)
  return `SELECT *${timeColumns(session, opened.source)} FROM (${await localToUtc(session, opened)})`
}

function timeColumns({ dialect }: Session, source: SourceData): string {
  if (source.eventTime === null) return ''
  const event = dialect.micros(id(source.eventTime))
  const known = source.knownAt
  if (known.kind === 'column') return `, ${event} AS __e, ${dialect.micros(id(known.column))} AS __k`
  if (known.kind === 'delay') return `, ${event} AS __e, ${event} + ${parseDuration(known.delay)} AS __k`
  return `, ${event} AS __e, ${event} AS __k`
}

/** Refuses declared columns that are missing, of another type, or named twice; lists all of them. */
export function checkSchema(
  source: SourceData,
  raw: RawSource,
  fits: (declared: string, found: string) => boolean,
): void {
  const found = new Map(raw.described.map(column => [column.name, column.type]))
  const problems: string[] = []
  for (const column of source.columns) {
    const type = found.get(column.name)
    if (type === undefined) problems.push(`"${column.name}" is missing`)
    else if (!raw.textual && !fits(column.type, type))
      problems.push(`"${column.name}" is ${type}, declared ${column.type}`)
  }
  const declared = new Set(source.columns.map(column => column.name))
  if (source.from.kind === 'sql') {
    for (const name of found.keys()) if (!declared.has(name)) problems.push(`"${name}" is not declared`)
    if (found.size < raw.described.length) problems.push('a column is named twice')
  }
  if (problems.length === 0) return
  throw new FettleError('SCHEMA_MISMATCH', `source "${source.name}" (${raw.where}): ${problems.join('; ')}`, {
    details: { source: source.name, file: raw.where, problems, columns: differing(source, raw, fits) },
  })
}

/** Declared columns that are not there as declared: what each was declared, what it is. */
function differing(
  source: SourceData,
  raw: RawSource,
  fits: (declared: string, found: string) => boolean,
): { column: string; was: string; is: string | null }[] {
  const found = new Map(raw.described.map(column => [column.name, column.type]))
  return source.columns.flatMap(({ name, type }) => {
    const is = found.get(name) ?? null
    return is !== null && (raw.textual || fits(type, is)) ? [] : [{ column: name, was: type, is }]
  })
}

async function refuseBadText(session: Session, { source, raw, columns }: Opened): Promise<void> {
  const { text } = session.dialect
  const checked = columns.filter(column => column.type !== 'string')
  if (checked.length === 0) return
  const bad = checked.map(column => `(${id(column.name)} IS NOT NULL AND (${column.value}) IS NULL)`)
  const name = `CASE ${checked.map((column, index) => `WHEN ${bad[index]} THEN ${text(column.name)}`).join(' ')} END`
  const value = `CASE ${checked.map((column, index) => `WHEN ${bad[index]} THEN ${id(column.name)}`).join(' ')} END`
  const [row] = await session.rows(
    `SELECT line, ${name}, ${value} FROM (SELECT ${session.dialect.line} AS line, * FROM ${raw.from}) WHERE ${bad.join(' OR ')} ORDER BY line LIMIT 1`,
    [
      { name: 'line', type: 'int64' },
      { name: 'column', type: 'string' },
      { name: 'value', type: 'string' },
    ],
  )
  if (!row) return
  const [line, column, found] = row
  const wanted = columns.find(each => each.name === column)?.type
  throw new FettleError(
    'SOURCE_BAD_VALUE',
    `source "${source.name}" (${raw.where}), row ${line}, column "${column}": ${JSON.stringify(found)} is not a ${wanted}`,
    {
      details: { source: source.name, file: raw.where, row: Number(line), column, wanted },
    },
  )
}

/** Parquet files are read column by column where they lie: a copy of all columns would cost more than it saves. */
export function readInPlace(source: SourceData, keep: Keep, where: string | undefined): boolean {
  if (keep === 'no') return true
  return where === undefined && source.from.kind === 'parquet' && (source.zone ?? 'UTC') === 'UTC'
}

/** Refuses times outside the years 0001 to 9999 in a source's relation. */
export async function refuseBadTimes(session: Session, source: SourceData, where: string): Promise<void> {
  const times = source.columns.filter(column => column.type === 'timestamp')
  if (times.length === 0) return
  const outside = times.map(({ name }) => {
    const micros = session.dialect.micros(id(name))
    return `count(*) FILTER (WHERE ${micros} < -62135596800000000 OR ${micros} >= 253402300800000000)`
  })
  const [counts = []] = await session.rows(
    `SELECT ${outside.join(', ')} FROM ${id(sourceRelation(source.name))}`,
    times.map(({ name }) => ({ name, type: 'int64' })),
  )
  const index = counts.findIndex(count => count !== 0n)
  if (index < 0) return
  throw new FettleError(
    'SOURCE_BAD_VALUE',
    `source "${source.name}" (${where}), column "${times[index]?.name}": ${counts[index]} times lie outside the years 0001 to 9999`,
    {
      details: { source: source.name, file: where, column: times[index]?.name },
    },
  )
}

/** The canonical SELECT, with local times turned into UTC by a small table of zone rules. */
async function localToUtc(session: Session, { source, raw, columns }: Opened): Promise<string> {
  const plain = `SELECT ${columns.map(column => `${column.value} AS ${id(column.name)}`).join(', ')} FROM ${raw.from}`
  const local = columns.filter(column => column.naive !== 'false')
  const zone = source.zone ?? 'UTC'
  if (zone === 'UTC' || local.length === 0) return plain
  const { dialect } = session
  const rules = `zones_${source.name}`
  const zoneOf = typeof zone === 'string' ? dialect.text(zone) : `r.${id(zone.column)}`
  await createRules(session, rules, { zoneOf, local, from: raw.from })
  const value = (column: CanonicalColumn): string => {
    const index = local.indexOf(column)
    if (index < 0) return column.value
    return `CASE WHEN ${column.naive} THEN ${dialect.timestamp(`${dialect.micros(column.value)} - z${index}.__shift`)} ELSE ${column.value} END`
  }
  const joins = local.map((column, index) => {
    const time = dialect.micros(column.value)
    const on = all([
      `z${index}.__zone = ${zoneOf}`,
      `${time} >= z${index}.__lower`,
      `${time} < z${index}.__upper`,
    ])
    return `LEFT JOIN ${id(rules)} z${index} ON ${on}`
  })
  return `SELECT ${columns.map(column => `${value(column)} AS ${id(column.name)}`).join(', ')} FROM ${raw.from} r ${joins.join(' ')}`
}

interface RuleRequest {
  readonly zoneOf: string
  readonly local: readonly CanonicalColumn[]
  readonly from: string
}

async function createRules(
  session: Session,
  table: string,
  { zoneOf, local, from }: RuleRequest,
): Promise<void> {
  const times = local.map(column => session.dialect.micros(column.value))
  const [low, high] =
    times.length === 1 ? times : [`least(${times.join(', ')})`, `greatest(${times.join(', ')})`]
  const rows = await session.rows(
    `SELECT ${zoneOf} AS zone, min(${low}), max(${high ?? low}) FROM ${from} r GROUP BY ALL`,
    [
      { name: 'zone', type: 'string' },
      { name: 'from', type: 'int64' },
      { name: 'to', type: 'int64' },
    ],
  )
  const rules = rows.flatMap(([zone, lower, upper]) => {
    if (zone === null || lower === null || upper === null) return []
    return zoneRules(String(zone), lower as bigint, upper as bigint).map(rule => [
      String(zone),
      rule.from,
      rule.to,
      rule.offset,
    ])
  })
  await session.addRows(table, {
    fields: [
      { name: '__zone', type: 'string' },
      { name: '__lower', type: 'int64' },
      { name: '__upper', type: 'int64' },
      { name: '__shift', type: 'int64' },
    ],
    rows: rules,
  })
}
