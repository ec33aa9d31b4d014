import { type RawBuilder, sql } from 'kysely'
import type {
  Holders,
  Purgeable,
  PurgeableExperiment,
  PurgeCounts,
  PurgeStore,
} from '../../../../experiments/index.ts'
import { micros, microsOrNull } from '../../columns.ts'
import { type Connection, isIn } from './bulk.ts'
import { keepLastNumber } from './numbers.ts'

export function purgeStore(connection: Connection): PurgeStore {
  return {
    experiments: () => findExperiments(connection),
    members: (experiment, among) => findMembers(connection, experiment, among),
    holders: () => findHolders(connection),
    count: members => count(connection, members),
    files: members => filesOf(connection, members),
    async usersOf(hashes) {
      const { rows } = await sql<{ owner: string; hash: string }>`select distinct owner, hash
        from artifact_files where ${isIn(connection, sql`hash`, hashes)}`.execute(connection.db)
      return rows
    },
    remove: members => remove(connection, members),
    removeExperiment: id => removeExperiment(connection, id),
  }
}

async function findExperiments({ db }: Connection): Promise<readonly PurgeableExperiment[]> {
  const { rows } = await sql<{
    id: number
    name: string
    deleted: number
    updated_at: number | bigint
  }>`select id, name, deleted, updated_at from tracking_experiments as e where deleted = 1
    or exists (select 1 from tracking_runs as r where r.experiment = e.id and r.deleted = 1)
    or exists (select 1 from logged_models as m where m.experiment = e.id and m.deleted = 1) order by id`.execute(
    db,
  )
  return rows.map(({ updated_at, deleted, ...row }) => ({
    ...row,
    deleted: deleted === 1,
    updatedAt: micros(updated_at),
  }))
}

async function findMembers(
  connection: Connection,
  experiment: number,
  among?: readonly Purgeable[],
): Promise<readonly Purgeable[]> {
  const { db } = connection
  const asked = among && split(among)
  const only = (column: string, refs: readonly number[] | undefined) =>
    refs === undefined ? sql`1 = 1` : isIn(connection, sql.ref(column), refs)
  const { rows: runs } = await sql<{ ref: number; id: string; at: number | bigint | null }>`
    select r.id as ref, r.run_id as id, case when r.deleted_with = 1 then null else (select max(a.at)
      from audit_events as a where a.object = 'experiment-run:' || r.run_id
        and a.action = 'experiment-run.deleted') end as at
    from tracking_runs as r where r.experiment = ${experiment} and r.deleted = 1 and ${only('r.id', asked?.runs)}
    order by r.id desc`.execute(db)
  const { rows: models } = await sql<{ ref: number; id: string; at: number | bigint | null }>`
    select m.id as ref, m.model_id as id, case when m.deleted = 1 then m.updated_at end as at
    from logged_models as m join tracking_experiments as e on e.id = m.experiment
    where m.experiment = ${experiment} and (m.deleted = 1 or e.deleted = 1)
      and ${only('m.id', asked?.models)} order by m.id desc`.execute(db)
  const toMember =
    <Kind extends Purgeable['kind']>(kind: Kind) =>
    ({ ref, id, at }: (typeof runs)[number]) => ({ kind, ref, id, deletedAt: microsOrNull(at) ?? undefined })
  return [...models.map(toMember('loggedModel')), ...runs.map(toMember('run'))]
}

/** Ids of runs and logged models in a text; a longer row of digits is a hash. */
const ids = /(?<![0-9a-f])(?:m-)?[0-9a-f]{32}(?![0-9a-f])/g

/** Whatever names a run or a logged model, in its columns or anywhere in its body, counts. */
async function findHolders({ db }: Connection): Promise<Holders> {
  const { rows: users } = await sql<{ holder: string; text: string }>`
    select 'model version ' || m.name || '@' || v.version as holder,
      coalesce(v.run, '') || ' ' || coalesce(v.source, '') || ' ' || v.body as text
    from registered_versions as v join registered_models as m on m.id = v.model
    where v.deleted_at is null and m.deleted_at is null
    union all select 'release ' || deployment || '@' || number, body from releases`.execute(db)
  const named = new Map<string, string[]>()
  const note = (id: string, holder: string) => {
    const known = named.get(id)
    if (known === undefined) named.set(id, [holder])
    else if (!known.includes(holder)) known.push(holder)
  }
  for (const { holder, text } of users) for (const [id] of text.matchAll(ids)) note(id, holder)
  await noteSources({ db, named, note })
  const { rows: forks } = await sql<Holders['forks'][number]>`select fork_run as source, run_id as fork
    from tracking_runs where fork_run is not null`.execute(db)
  return { named, forks }
}

/** A version of a logged model comes from the run that logged it, too. */
async function noteSources({
  db,
  named,
  note,
}: {
  readonly db: Connection['db']
  readonly named: ReadonlyMap<string, readonly string[]>
  note(id: string, holder: string): void
}): Promise<void> {
  const models = [...named.keys()].filter(id => id.startsWith('m-'))
  const batch = 500
  for (let from = 0; from < models.length; from += batch) {
    const rows = await db
      .selectFrom('logged_models')
      .select(['model_id', 'source_run'])
      .where('model_id', 'in', models.slice(from, from + batch))
      .execute()
    for (const { model_id, source_run } of rows)
      if (source_run !== null) for (const holder of named.get(model_id) ?? []) note(source_run, holder)
  }
}

function split(members: readonly Purgeable[]) {
  const runs = members.filter(each => each.kind === 'run')
  const models = members.filter(each => each.kind === 'loggedModel')
  return {
    runs: runs.map(({ ref }) => ref),
    runIds: runs.map(({ id }) => id),
    models: models.map(({ ref }) => ref),
    modelIds: models.map(({ id }) => id),
  }
}

type Split = ReturnType<typeof split>

const ownedBy = (connection: Connection, { runIds, modelIds }: Split) =>
  sql<boolean>`((owner_kind = 'run' and ${isIn(connection, sql`owner`, runIds)})
    or (owner_kind = 'loggedModel' and ${isIn(connection, sql`owner`, modelIds)}))`

async function count(connection: Connection, members: readonly Purgeable[]): Promise<PurgeCounts> {
  const owned = split(members)
  const number = async (what: RawBuilder<unknown>, from: RawBuilder<unknown>) => {
    const { rows } = await sql<{ total: number | bigint | string | null }>`select ${what} as total
      from ${from}`.execute(connection.db)
    return Number(rows[0]?.total ?? 0)
  }
  const rowsOf = (table: string, column: 'run' | 'model', refs: readonly number[]) =>
    number(sql`count(*)`, sql`${sql.table(table)} where ${isIn(connection, sql.ref(column), refs)}`)
  const { runs, models } = owned
  const points = sql`metric_series where ${isIn(connection, sql`run`, runs)}`
  return {
    runs: runs.length,
    loggedModels: models.length,
    points: (await number(sql`sum(points)`, points)) + (await rowsOf('logged_model_points', 'model', models)),
    params:
      (await rowsOf('tracking_params', 'run', runs)) + (await rowsOf('logged_model_params', 'model', models)),
    tags: (await rowsOf('tracking_tags', 'run', runs)) + (await rowsOf('logged_model_tags', 'model', models)),
    files: await number(sql`count(*)`, sql`artifact_files where ${ownedBy(connection, owned)}`),
  }
}

async function filesOf(connection: Connection, members: readonly Purgeable[]) {
  const { rows } = await sql<{ owner: string; hash: string; bytes: number | bigint }>`
    select owner, hash, bytes from artifact_files
    where hash is not null and ${ownedBy(connection, split(members))}`.execute(connection.db)
  return rows.map(row => ({ ...row, bytes: Number(row.bytes) }))
}

/** Every table with a column of run numbers. */
const ofRuns = [
  ...['tracking_params', 'tracking_tags', 'metric_series', 'metric_tail', 'metric_chunks', 'metric_blocks'],
  ...['run_documents', 'tracking_inputs', 'tracking_input_tags', 'tracking_model_inputs'],
  'tracking_model_outputs',
]
const ofModels = ['logged_model_params', 'logged_model_tags', 'logged_model_points']

async function remove(connection: Connection, members: readonly Purgeable[]): Promise<void> {
  const owned = split(members)
  const { runs, runIds, models } = owned
  const from = (table: string, condition: RawBuilder<unknown>) =>
    sql`delete from ${sql.table(table)} where ${condition}`.execute(connection.db)
  await keepLastNumber(connection, 'tracking_runs')
  await keepLastNumber(connection, 'logged_models')
  const { rows: datasets } = await sql<{ dataset: number }>`select distinct dataset from tracking_inputs
    where ${isIn(connection, sql`run`, runs)}`.execute(connection.db)
  const numbers = datasets.map(({ dataset }) => dataset)
  await from('artifact_files', ownedBy(connection, owned))
  for (const table of ofRuns) await from(table, isIn(connection, sql`run`, runs))
  for (const table of ofModels) await from(table, isIn(connection, sql`model`, models))
  for (const table of ['logged_model_points', 'run_alerts', 'sync_refusals'])
    await from(table, isIn(connection, sql`run`, runIds))
  await from(
    'tracking_datasets',
    sql`${isIn(connection, sql`id`, numbers)} and not exists (select 1 from tracking_inputs as i
      where i.dataset = tracking_datasets.id)`,
  )
  await from('logged_models', isIn(connection, sql`id`, models))
  await from('tracking_runs', isIn(connection, sql`id`, runs))
}

async function removeExperiment(connection: Connection, id: number): Promise<boolean> {
  const { db } = connection
  const { rows } = await sql`select 1 from tracking_runs where experiment = ${id}
    union all select 1 from logged_models where experiment = ${id} limit 1`.execute(db)
  if (rows.length > 0) return false
  await keepLastNumber(connection, 'tracking_experiments')
  const views = db.selectFrom('saved_views').select('id').where('experiment', '=', String(id))
  await db.deleteFrom('saved_view_versions').where('view', 'in', views).execute()
  await db.deleteFrom('saved_views').where('experiment', '=', String(id)).execute()
  await db.deleteFrom('run_alert_rules').where('experiment', '=', id).execute()
  await db.deleteFrom('run_alerts').where('experiment', '=', id).execute()
  await db.deleteFrom('tracking_datasets').where('experiment', '=', id).execute()
  await db.deleteFrom('tracking_experiment_tags').where('experiment', '=', id).execute()
  await db.deleteFrom('tracking_experiments').where('id', '=', id).execute()
  return true
}
