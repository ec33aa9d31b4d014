import { parseDuration } from '../../kernel/time.ts'
import { candidates, type JoinTimes, type SpineRelation } from './as-of.ts'
import { isLookup, type ResolvedLookup } from './lookups.ts'
import { descending, versionOrder } from './order.ts'
import { type OfflineSession, sourceRelation } from './ports.ts'
import { all, id } from './sql-text.ts'

export interface AsOfJoin {
  readonly session: OfflineSession
  readonly spine: SpineRelation
  readonly times: JoinTimes
}

/**
 * The as-of join of one lookup (features.md §3): makes `relation` with a row for every spine row: `__n`, and for feature i
 * its value `f<i>` and status letter `s<i>`.
 *
 * Three narrow steps instead of one wide sort. First the event time (and known time, where it is a column) of each
 * winner: because e ≤ T ∧ known ≤ T means max(e, known) ≤ T, it is the running maximum of (e, known) in order of that
 * time, found by one ASOF join over keys and times. Then only rows at these times are read whole; where several share one,
 * the total order decides. Last, values and look-back. The source may be a view: nothing depends on stored order.
 */
export async function addAsOf(join: AsOfJoin, resolved: ResolvedLookup, relation: string): Promise<void> {
  const { session } = join
  const names = { winners: `winners_${relation}`, rows: `rows_${relation}`, found: `found_${relation}` }
  await session.run(`CREATE TEMP TABLE ${id(names.winners)} AS ${winnersSql(join, resolved)}`)
  await session.run(`CREATE TEMP TABLE ${id(names.rows)} AS ${rowsSql(join, resolved, names.winners)}`)
  if (await hasTies(session, resolved, names.rows))
    await session.run(
      `CREATE OR REPLACE TEMP TABLE ${id(names.rows)} AS ${rowsSql(join, resolved, names.winners)} QUALIFY row_number() OVER (PARTITION BY ${instant(resolved).join(', ')} ORDER BY ${descending(versionOrder(resolved.source, session.dialect))}) = 1`,
    )
  await session.run(
    `CREATE TEMP TABLE ${id(names.found)} AS ${foundSql(join, resolved, { winners: names.winners, rows: names.rows })}`,
  )
  for (const name of [names.winners, names.rows]) await session.run(`DROP TABLE ${id(name)}`)
  const statuses = resolved.features.map(
    (_, index) =>
      `CASE WHEN __state <> 'P' THEN __state WHEN f${index} IS NULL THEN 'N' ELSE 'P' END AS s${index}`,
  )
  await session.run(
    `CREATE TEMP VIEW ${id(relation)} AS SELECT * EXCLUDE (__state), ${statuses.join(', ')} FROM ${id(names.found)}`,
  )
}

/** True where a known time is a column of its own and counts: rows may become known out of order. */
function ownKnown({ view, source }: ResolvedLookup): boolean {
  const { knownAt } = source
  return view.knownTime !== 'latest' && knownAt.kind === 'column' && knownAt.column !== source.eventTime
}

/** Columns that say where a winner stands: its keys, its event time and, if it is a column, its known time. */
function instant(resolved: ResolvedLookup): string[] {
  return [...resolved.view.keys.map(id), '__e', ...(ownKnown(resolved) ? ['__k'] : [])]
}

function keyNames({ view }: ResolvedLookup): string[] {
  return view.keys.map((_, index) => `__key${index}`)
}

/** `__n`, the keys, and the event (and known) time of each spine row's winner; spine rows without one are left out. */
function winnersSql({ spine, times }: AsOfJoin, resolved: ResolvedLookup): string {
  const { lookup, view, source } = resolved
  const event = view.at === 'before' ? '__e + 1' : '__e'
  const own = ownKnown(resolved)
  const visible = view.knownTime === 'latest' ? event : `greatest(${event}, __k)`
  const keys = view.keys.map((key, index) => `${id(key)} AS __key${index}`)
  const names = keyNames(resolved)
  const rows = `SELECT ${[...keys, `${visible} AS v`, '__e', ...(own ? ['__k'] : [])].join(', ')} FROM ${id(sourceRelation(source.name))} WHERE ${candidates(view, times)}`
  const on = names.map((name, index) => `s.${id(lookup.keys[index] ?? '')} = m.${name}`)
  const picked = own
    ? [`((m.__w >> 64) - ${quarter})::BIGINT AS __e`, `((m.__w & ${low64}) - ${half})::BIGINT AS __k`]
    : ['m.__e']
  const select = `SELECT ${['s.__n', ...names.map(name => `m.${name}`), ...picked].join(', ')} FROM ${id(spine.relation)} s ASOF JOIN`
  if (!own) return `${select} (${rows}) m ON ${all([...on, 's.__t >= m.v'])}`
  const partition = names.length === 0 ? '' : `PARTITION BY ${names.join(', ')} `
  const packed = `((__e::HUGEINT + ${quarter}) << 64) + (__k::HUGEINT + ${half})`
  const running = `SELECT ${[...names, 'v'].join(', ')}, max(${packed}) OVER (${partition}ORDER BY v) AS __w FROM (${rows})`
  return `${select} (${running}) m ON ${all([...on, 's.__t >= m.v'])}`
}

/** Times of the years 1 to 9999 stay positive with these added: (event, known) packs into one number that sorts as they do. */
const quarter = '4611686018427387904::HUGEINT'
const half = '9223372036854775808::HUGEINT'
const low64 = '18446744073709551615::HUGEINT'

/** Rows of the source that stand where some winner stands: what the features, look-back and tombstones need. */
function rowsSql({ times }: AsOfJoin, resolved: ResolvedLookup, winners: string): string {
  const { view, source } = resolved
  const wanted = new Set(
    resolved.features.flatMap(({ feature }) => (isLookup(feature) ? [feature.column] : [])),
  )
  if (source.deleted !== undefined) wanted.add(source.deleted)
  const names = keyNames(resolved)
  const keys = view.keys.map((key, index) => `c.${id(key)} = w.${names[index]}`)
  const at = ownKnown(resolved) ? ['c.__e = w.__e', 'c.__k = w.__k'] : ['c.__e = w.__e']
  const columns = [
    ...view.keys.map((key, index) => `${id(key)} AS ${names[index]}`),
    '__e',
    ...(ownKnown(resolved) ? ['__k'] : []),
    ...[...wanted].map((name, index) => `${id(name)} AS __c${index}`),
  ]
  return `SELECT ${columns.join(', ')} FROM ${id(sourceRelation(source.name))} c SEMI JOIN ${id(winners)} w ON ${all([...keys, ...at])} WHERE ${candidates(view, times)}`
}

async function hasTies(session: OfflineSession, resolved: ResolvedLookup, rows: string): Promise<boolean> {
  const where = [...keyNames(resolved), '__e', ...(ownKnown(resolved) ? ['__k'] : [])].join(', ')
  const found = await session.rows(
    `SELECT 1::BIGINT FROM ${id(rows)} GROUP BY ${where} HAVING count(*) > 1 LIMIT 1`,
    [{ name: 'tie', type: 'int64' }],
  )
  return found.length > 0
}

function foundSql(
  { spine }: AsOfJoin,
  resolved: ResolvedLookup,
  { winners, rows }: { readonly winners: string; readonly rows: string },
): string {
  const { view, source, features } = resolved
  const wanted = [...new Set(features.flatMap(({ feature }) => (isLookup(feature) ? [feature.column] : [])))]
  const columnOf = (name: string): string => `r.__c${wanted.indexOf(name)}`
  const deleted = source.deleted
  const gone =
    deleted === undefined
      ? ''
      : ` OR coalesce(r.__c${wanted.includes(deleted) ? wanted.indexOf(deleted) : wanted.length}, false)`
  const lookback = view.lookback ?? view.maxAge
  const old = lookback === undefined ? '' : ` WHEN r.__e < s.__t - ${parseDuration(lookback)} THEN 'A'`
  const state = `CASE WHEN r.__e IS NULL${gone} THEN 'F'${old} ELSE 'P' END`
  const values = features.map(({ feature }, index) => {
    const value = isLookup(feature) ? columnOf(feature.column) : 'NULL'
    return `CASE WHEN ${state} = 'P' THEN ${value} END AS f${index}`
  })
  const at = [...keyNames(resolved), '__e', ...(ownKnown(resolved) ? ['__k'] : [])]
  const joined = `SELECT w.__n, r.* FROM ${id(winners)} w JOIN ${id(rows)} r ON ${all(at.map(name => `w.${name} = r.${name}`))}`
  return `SELECT s.__n, ${state} AS __state, ${values.join(', ')} FROM ${id(spine.relation)} s LEFT JOIN (${joined}) r USING (__n)`
}
