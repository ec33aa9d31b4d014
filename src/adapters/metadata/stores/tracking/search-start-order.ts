import { sql } from 'kysely'
import type { FoundRun } from '../../../../experiments/index.ts'
import type { Truth } from './search-condition.ts'
import type { StreamSearch } from './search-stream.ts'
import { neverStarted } from './tables.ts'

interface NewestRow {
  readonly ref: number
  readonly run_id: string
  readonly newest: number | bigint
}

/** Newest first, then by run id: as the index of runs has them. `beyond` is a place in that order. */
export async function newestRuns(
  { db, stream, where }: Pick<StreamSearch, 'db' | 'stream' | 'where'>,
  { beyond, limit }: { readonly beyond: StartPlace | undefined; readonly limit: number },
): Promise<readonly NewestRow[]> {
  const after = beyond === undefined ? sql<boolean>`1 = 1` : afterStart(beyond)
  const { rows } = await sql<NewestRow>`select r.id as ref, r.run_id as run_id, r.newest as newest
    from tracking_runs as r where r.experiment = ${stream.experiment} and r.deleted = ${stream.deleted}
    and ${after} and ${where} order by r.newest, r.run_id limit ${limit}`.execute(db)
  return rows
}

export interface StartPlace {
  readonly newest: bigint
  readonly runId: string
}

/** A row comparison, which both databases answer by going to the place in the index. */
export const afterStart = ({ newest, runId }: StartPlace): Truth =>
  sql<boolean>`(r.newest, r.run_id) > (${newest}, ${runId})`

/** The two last terms of a place: start descending, run id. */
export function startPlace(row: NewestRow): readonly [number, number | bigint, number, string] {
  const newest = BigInt(row.newest)
  return newest === neverStarted ? [2, 0, 0, row.run_id] : [0, narrow(-newest), 0, row.run_id]
}

export function readStartPlace(place: readonly unknown[]): StartPlace {
  const [rank, started, , runId] = place.slice(-4)
  return { newest: rank === 2 ? neverStarted : -BigInt(started as number | bigint), runId: String(runId) }
}

const narrow = (value: bigint): number | bigint =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value

export async function runsByStart(search: StreamSearch): Promise<readonly FoundRun[]> {
  const beyond = search.after && readStartPlace(search.after)
  const rows = await newestRuns(search, { beyond, limit: search.limit })
  return rows.map(row => ({ ref: row.ref, id: row.run_id, place: startPlace(row) }))
}

/** Oldest first, then by run id; those that never started last. */
export async function runsByOldest(search: StreamSearch): Promise<readonly FoundRun[]> {
  const { db, stream, where, limit } = search
  const beyond = search.after && readStartPlace(search.after)
  const hasStarted = beyond === undefined || beyond.newest !== neverStarted
  const found: FoundRun[] = []
  if (hasStarted) {
    const { rows } = await sql<NewestRow>`select r.id as ref, r.run_id as run_id, r.newest as newest
      from tracking_runs as r where r.experiment = ${stream.experiment} and r.deleted = ${stream.deleted}
      and r.newest < ${neverStarted} and ${beyond === undefined ? sql`1 = 1` : olderFirst(beyond)} and ${where}
      order by r.newest desc, r.run_id limit ${limit}`.execute(db)
    found.push(...rows.map(row => ({ ref: row.ref, id: row.run_id, place: startPlace(row) })))
  }
  if (found.length === limit) return found
  const never = hasStarted ? { newest: neverStarted, runId: '' } : beyond
  const rows = await newestRuns(search, { beyond: never, limit: limit - found.length })
  return [...found, ...rows.map(row => ({ ref: row.ref, id: row.run_id, place: startPlace(row) }))]
}

/** The first part says nothing new, and lets the index begin at the place. */
const olderFirst = ({ newest, runId }: StartPlace): Truth =>
  sql<boolean>`r.newest <= ${newest} and (r.newest < ${newest} or r.run_id > ${runId})`
