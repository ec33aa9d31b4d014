import type { SourceData } from '../../../definitions/model.ts'
import { all, id, type Keep, sourceRelation, text, totalOrder } from '../../../features/index.ts'
import { FettleError } from '../../../kernel/errors/index.ts'
import { parseDuration } from '../../../kernel/time.ts'
import { type CanonicalColumn, canonicalColumns } from './canonical-columns.ts'
import { sourceError } from './engine-error.ts'
import { checkSchema, openRaw, type RawSource } from './raw-source.ts'
import { fits } from './types.ts'
import type { Workspace } from './workspace.ts'
import { type ZoneRule, zoneRules } from './zones.ts'

/** Makes the canonical relation of a source; see `OfflineSession.addSource`. */
export async function addSource(
  workspace: Workspace,
  source: SourceData,
  { keep, where }: { readonly keep: Keep; readonly where?: string | undefined },
): Promise<void> {
  const raw = await openRaw(workspace, source)
  checkSchema(source, raw, fits)
  const columns = canonicalColumns(source, raw.described, raw.textual)
  try {
    if (raw.textual) await refuseBadText(workspace, { source, raw, columns })
    const select = await localToUtc(workspace, { source, raw, columns })
    const relation = id(sourceRelation(source.name))
    const all = `SELECT *${timeColumns(source)} FROM (${select})`
    const body = where === undefined ? all : `SELECT * FROM (${all}) WHERE ${where}`
    await workspace.run(
      `CREATE TEMP ${keep === 'no' ? 'VIEW' : 'TABLE'} ${relation} AS ${body}${orderBy(source, keep)}`,
    )
    if (keep !== 'no') await refuseBadTimes(workspace, source, raw.where)
  } catch (error) {
    throw workspace.signal?.aborted ? error : sourceError(error, source.name, raw.where)
  }
  workspace.added.set(source.name, source)
}

interface Opened {
  readonly source: SourceData
  readonly raw: RawSource
  readonly columns: readonly CanonicalColumn[]
}

function orderBy(source: SourceData, keep: Keep): string {
  if (source.eventTime === null || keep === 'no' || keep === 'stored') return ''
  return ` ORDER BY ${keep === 'by-event' ? '__e NULLS FIRST' : totalOrder(source).join(', ')}`
}

function timeColumns(source: SourceData): string {
  if (source.eventTime === null) return ''
  const event = `epoch_us(${id(source.eventTime)})`
  const known = source.knownAt
  if (known.kind === 'column') return `, ${event} AS __e, epoch_us(${id(known.column)}) AS __k`
  if (known.kind === 'delay') return `, ${event} AS __e, ${event} + ${parseDuration(known.delay)} AS __k`
  return `, ${event} AS __e, ${event} AS __k`
}

async function refuseBadText(workspace: Workspace, { source, raw, columns }: Opened): Promise<void> {
  const checked = columns.filter(column => column.type !== 'string')
  if (checked.length === 0) return
  const bad = checked.map(column => `(${id(column.name)} IS NOT NULL AND (${column.value}) IS NULL)`)
  const name = `CASE ${checked.map((column, index) => `WHEN ${bad[index]} THEN ${text(column.name)}`).join(' ')} END`
  const value = `CASE ${checked.map((column, index) => `WHEN ${bad[index]} THEN ${id(column.name)}`).join(' ')} END`
  const [row] = await workspace.rows(
    `SELECT line, ${name}, ${value} FROM (SELECT row_number() OVER () AS line, * FROM ${raw.from}) WHERE ${bad.join(' OR ')} ORDER BY line LIMIT 1`,
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

async function refuseBadTimes(workspace: Workspace, source: SourceData, where: string): Promise<void> {
  const times = source.columns.filter(column => column.type === 'timestamp')
  if (times.length === 0) return
  const outside = times.map(
    column => `count(*) FILTER (${id(column.name)} < '0001-01-01' OR ${id(column.name)} >= '10000-01-01')`,
  )
  const [counts = []] = await workspace.rows(
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
async function localToUtc(workspace: Workspace, { source, raw, columns }: Opened): Promise<string> {
  const plain = `SELECT ${columns.map(column => `${column.value} AS ${id(column.name)}`).join(', ')} FROM ${raw.from}`
  const local = columns.filter(column => column.naive !== 'false')
  const zone = source.zone ?? 'UTC'
  if (zone === 'UTC' || local.length === 0) return plain
  const rules = `zones_${source.name}`
  const zoneOf = typeof zone === 'string' ? text(zone) : `r.${id(zone.column)}`
  await createRules(workspace, rules, { zoneOf, local, from: raw.from })
  const value = (column: CanonicalColumn): string => {
    const index = local.indexOf(column)
    if (index < 0) return column.value
    return `CASE WHEN ${column.naive} THEN make_timestamp(epoch_us(${column.value}) - z${index}.__shift) ELSE ${column.value} END`
  }
  const joins = local.map((column, index) => {
    const time = `epoch_us(${column.value})`
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
  workspace: Workspace,
  table: string,
  { zoneOf, local, from }: RuleRequest,
): Promise<void> {
  const times = local.map(column => `epoch_us(${column.value})`)
  const rows = await workspace.rows(
    `SELECT ${zoneOf} AS zone, min(least(${times.join(', ')})), max(greatest(${times.join(', ')})) FROM ${from} r GROUP BY ALL`,
    [
      { name: 'zone', type: 'string' },
      { name: 'from', type: 'int64' },
      { name: 'to', type: 'int64' },
    ],
  )
  await workspace.run(
    `CREATE TEMP TABLE ${id(table)} (__zone VARCHAR, __lower BIGINT, __upper BIGINT, __shift BIGINT)`,
  )
  const values = rows.flatMap(([zone, lower, upper]) => {
    if (zone === null || lower === null || upper === null) return []
    return zoneRules(String(zone), lower as bigint, upper as bigint).map(
      (rule: ZoneRule) => `(${text(String(zone))}, ${rule.from}, ${rule.to}, ${rule.offset})`,
    )
  })
  if (values.length > 0) await workspace.run(`INSERT INTO ${id(table)} VALUES ${values.join(', ')}`)
}
