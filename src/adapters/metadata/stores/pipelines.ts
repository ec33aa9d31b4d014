import type { Kysely } from 'kysely'
import type { Json } from '../../../kernel/canonical.ts'
import type { Micros } from '../../../kernel/time.ts'
import type { Page } from '../../../kernel/unit-of-work.ts'
import type { EventDraft, RunEvent, RunState, RunStore, StoredRun } from '../../../pipelines/index.ts'
import { type MicrosColumn, micros, microsOrNull } from '../columns.ts'
import { pageLimit, readCursor, toPage, writeCursor } from '../keyset.ts'
import type { Schema } from '../schema.ts'
import {
  type AttemptTable,
  attemptRow,
  type RunTable,
  readRuns,
  runRow,
  type StepTable,
  stepRow,
} from './pipeline-rows.ts'

export interface PipelineTables {
  pipeline_runs: RunTable
  pipeline_steps: StepTable
  pipeline_attempts: AttemptTable
  pipeline_events: {
    seq: number
    run: string
    step: string | null
    type: string
    at: MicrosColumn
    data: string
  }
}

const liveStates = ['leased', 'running'] as const
/** Statements take a limited number of parameters. */
const rowsPerInsert = 500

export function runStore(db: Kysely<Schema>): RunStore {
  const find = async (id: string): Promise<StoredRun | undefined> => (await readRuns(db, [id]))[0]
  return {
    insert: run => insertRun(db, run),
    find,
    // Transactions run one after another: reading inside one is locking.
    lock: find,
    findByIdempotencyKey: async key => {
      const row = await db
        .selectFrom('pipeline_runs')
        .select('id')
        .where('idempotency_key', '=', key)
        .executeTakeFirst()
      return row === undefined ? undefined : find(row.id)
    },
    list: query => listRuns(db, query),
    save: (before, after) => saveRun(db, before, after),
    listReady: query => listReady(db, query),
    listUnchecked: async limit => {
      const rows = await readySteps(db, 0).select('run').distinct().limit(limit).execute()
      return rows.map(row => row.run)
    },
    listExpired: query => listExpired(db, query),
    renewLease: (ref, leaseUntil, progress) => renewLease(db, { ref, leaseUntil, progress }),
    listReusable: (key, limit) => listReusable(db, key, limit),
    findPrecedent: query => findPrecedent(db, query),
    append: events => appendEvents(db, events),
    events: query => readEvents(db, query),
    lastEvent: () => lastEvent(db),
  }
}

async function insertRun(db: Kysely<Schema>, run: StoredRun): Promise<void> {
  await db.insertInto('pipeline_runs').values(runRow(run)).execute()
  const rows = run.steps.map((step, position) => stepRow(run, step, position))
  for (let start = 0; start < rows.length; start += rowsPerInsert) {
    await db
      .insertInto('pipeline_steps')
      .values(rows.slice(start, start + rowsPerInsert))
      .execute()
  }
}

async function listRuns(
  db: Kysely<Schema>,
  query: Parameters<RunStore['list']>[0],
): Promise<Page<StoredRun>> {
  const limit = pageLimit(query)
  const scope = `pipeline-runs:${query.pipeline ?? ''}:${query.state ?? ''}`
  const [after] = readCursor(scope, query, 1) ?? []
  let select = db.selectFrom('pipeline_runs').select('id')
  if (query.pipeline !== undefined) select = select.where('pipeline', '=', query.pipeline)
  if (query.state !== undefined) select = select.where('state', '=', query.state)
  if (after !== undefined) select = select.where('id', '<', String(after))
  const rows = await select
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  const page = toPage(rows, limit, { item: row => row.id, cursor: row => writeCursor(scope, [row.id]) })
  const runs = new Map((await readRuns(db, page.items)).map(run => [run.id, run]))
  return { ...page, items: page.items.flatMap(id => runs.get(id) ?? []) }
}

async function saveRun(db: Kysely<Schema>, before: StoredRun, after: StoredRun): Promise<void> {
  const { id, state, startedAt, finishedAt } = after
  if (state !== before.state || startedAt !== before.startedAt || finishedAt !== before.finishedAt) {
    await db
      .updateTable('pipeline_runs')
      .set({ state, started_at: startedAt, finished_at: finishedAt })
      .where('id', '=', id)
      .execute()
  }
  for (const [position, step] of after.steps.entries()) {
    const old = before.steps[position]
    if (old === step) continue
    const { run: _run, step: name, ...columns } = stepRow(after, step, position)
    await db
      .updateTable('pipeline_steps')
      .set(columns)
      .where('run', '=', id)
      .where('step', '=', name)
      .execute()
    const known = new Set(old?.attempts)
    for (const attempt of step.attempts) {
      if (known.has(attempt)) continue
      const row = attemptRow(id, name, attempt)
      const { run: _, step: __, number: ___, ...changed } = row
      await db
        .insertInto('pipeline_attempts')
        .values(row)
        .onConflict(conflict => conflict.columns(['run', 'step', 'number']).doUpdateSet(changed))
        .execute()
    }
  }
}

function readySteps(db: Kysely<Schema>, reuseChecked: 0 | 1) {
  return db
    .selectFrom('pipeline_steps')
    .where('state', '=', 'ready')
    .where('reuse_checked', '=', reuseChecked)
}

function listReady(
  db: Kysely<Schema>,
  { now, limit }: { now: Micros; limit: number },
): Promise<{ run: string; step: string }[]> {
  return readySteps(db, 1)
    .select(['run', 'step'])
    .where('due_at', '<=', now as never)
    .orderBy('run')
    .orderBy('position')
    .limit(limit)
    .execute()
}

function listExpired(db: Kysely<Schema>, { now, limit }: { now: Micros; limit: number }) {
  return db
    .selectFrom('pipeline_attempts')
    .select(['run', 'step', 'number as attempt', 'token'])
    .where('state', 'in', liveStates)
    .where('lease_until', '<', now as never)
    .orderBy('lease_until')
    .limit(limit)
    .execute()
}

async function renewLease(
  db: Kysely<Schema>,
  {
    ref,
    leaseUntil,
    progress,
  }: {
    ref: Parameters<RunStore['renewLease']>[0]
    leaseUntil: Micros
    progress: Parameters<RunStore['renewLease']>[2]
  },
): Promise<RunState | undefined> {
  const renewed = await db
    .updateTable('pipeline_attempts')
    .set({ lease_until: leaseUntil })
    .where('run', '=', ref.run)
    .where('step', '=', ref.step)
    .where('number', '=', ref.attempt)
    .where('token', '=', ref.token)
    .where('state', 'in', liveStates)
    .executeTakeFirst()
  if (renewed.numUpdatedRows === 0n) return undefined
  if (progress !== null) {
    const text = JSON.stringify({ ...progress, at: progress.at.toString() })
    await db
      .updateTable('pipeline_steps')
      .set({ progress: text })
      .where('run', '=', ref.run)
      .where('step', '=', ref.step)
      .execute()
  }
  const run = await db
    .selectFrom('pipeline_runs')
    .select('state')
    .where('id', '=', ref.run)
    .executeTakeFirst()
  return run?.state
}

async function listReusable(db: Kysely<Schema>, key: string, limit: number) {
  const rows = await db
    .selectFrom('pipeline_steps')
    .select(['run', 'outputs'])
    .where('key', '=', key)
    .where('state', '=', 'succeeded')
    .orderBy('run', 'desc')
    .limit(limit)
    .execute()
  return rows.map(row => ({ run: row.run, outputs: JSON.parse(row.outputs) }))
}

async function findPrecedent(db: Kysely<Schema>, query: Parameters<RunStore['findPrecedent']>[0]) {
  let select = db
    .selectFrom('pipeline_steps as s')
    .innerJoin('pipeline_runs as r', 'r.id', 's.run')
    .select(['s.run', 's.finished_at', 's.key', 's.key_parts'])
    .where('s.pipeline', '=', query.pipeline)
    .where('s.step', '=', query.step)
    .where('s.state', 'in', ['succeeded', 'reused'])
  select =
    query.run === null
      ? select.where('r.created_at', '<', query.before as never)
      : select.where('s.run', '=', query.run)
  const row = await select.orderBy('s.run', 'desc').limit(1).executeTakeFirst()
  if (row === undefined) return undefined
  return {
    run: row.run,
    finishedAt: microsOrNull(row.finished_at),
    key: row.key,
    keyParts: row.key_parts === null ? null : JSON.parse(row.key_parts),
  }
}

async function appendEvents(db: Kysely<Schema>, drafts: readonly EventDraft[]): Promise<readonly RunEvent[]> {
  const last = await lastEvent(db)
  const events = drafts.map((draft, index) => ({ ...draft, seq: last + index + 1 }))
  for (let start = 0; start < events.length; start += rowsPerInsert) {
    const rows = events
      .slice(start, start + rowsPerInsert)
      .map(event => ({ ...event, data: JSON.stringify(event.data) }))
    await db.insertInto('pipeline_events').values(rows).execute()
  }
  return events
}

async function lastEvent(db: Kysely<Schema>): Promise<number> {
  const row = await db
    .selectFrom('pipeline_events')
    .select('seq')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.seq ?? 0
}

async function readEvents(
  db: Kysely<Schema>,
  query: Parameters<RunStore['events']>[0],
): Promise<readonly RunEvent[]> {
  let select = db.selectFrom('pipeline_events').selectAll().where('seq', '>', query.after)
  if (query.run !== undefined) select = select.where('run', '=', query.run)
  const rows = await select.orderBy('seq').limit(query.limit).execute()
  return rows.map(row => ({ ...row, at: micros(row.at), data: JSON.parse(row.data) as Json }))
}
