import { type Kysely, type RawBuilder, sql } from 'kysely'

/**
 * Moves the rows of 002-experiments. A run `run_<32 hex digits>` becomes `<32 hex digits>`; both names find it. An
 * experiment that was called Default becomes experiment 0.
 */
export async function copyExperiments(db: Kysely<unknown>): Promise<void> {
  for (const statement of [...copyRuns, ...copyFacts, ...copyMetrics, ...copyFiles])
    await statement.execute(db)
  const former = ['run_artifacts', 'run_tags', 'run_params', 'latest_metrics', 'metric_points']
  for (const name of [...former, 'experiment_runs', 'experiments']) await db.schema.dropTable(name).execute()
}

/** When experiment 0 came to be: as near as makes no difference. */
const loadedAt = BigInt(Date.now()) * 1000n
const runId = sql`replace(r.id, 'run_', '')`

const copyRuns: readonly RawBuilder<unknown>[] = [
  sql`insert into tracking_experiments
      (id, name, artifact_location, owner, deleted, created_at, updated_at)
    values (0, 'Default', 'mlflow-artifacts:/0', 'local', 0, ${loadedAt}, ${loadedAt})`,
  sql`insert into tracking_experiments
      (id, name, artifact_location, owner, deleted, created_at, updated_at)
    select n, name, 'mlflow-artifacts:/' || n, 'local', 0, created_at, created_at
    from (select row_number() over (order by created_at, id) as n, name, created_at
      from experiments where name <> 'Default') as e`,
  sql`insert into tracking_runs
      (id, run_id, experiment, name, user_name, status, started_at, ended_at, newest, deleted, deleted_with,
      artifact_location, pipeline_run, training_set, created_at, seen_at, beats, revision)
    select row_number() over (order by r.started_at, r.id), ${runId}, e.id, r.name, 'local', r.state,
      r.started_at, r.finished_at, -r.started_at, 0, 0,
      e.artifact_location || '/' || ${runId} || '/artifacts', r.pipeline_run, r.training_set,
      r.started_at, coalesce(r.finished_at, r.started_at), 0, 1
    from experiment_runs as r join tracking_experiments as e on e.name = r.experiment`,
]

const keyOf = (table: string) => sql`select key from ${sql.table(table)}`

const copyFacts: readonly RawBuilder<unknown>[] = [
  sql`insert into tracking_keys (id, name)
    select row_number() over (order by key), key from (${keyOf('run_params')} union ${keyOf('run_tags')}
      union ${keyOf('metric_points')} union select 'mlflow.runName') as k`,
  ...(['params', 'tags'] as const).map(
    kind => sql`insert into ${sql.table(`tracking_${kind}`)} (run, key, experiment, value)
    select t.id, k.id, t.experiment, f.value from ${sql.table(`run_${kind}`)} as f
    join tracking_runs as t on t.run_id = replace(f.run, 'run_', '') join tracking_keys as k on k.name = f.key
    where ${sql.lit(kind)} = 'params' or f.key <> 'mlflow.runName'`,
  ),
  sql`insert into tracking_tags (run, key, experiment, value)
    select t.id, k.id, t.experiment, t.name from tracking_runs as t join tracking_keys as k on k.name = 'mlflow.runName'`,
]

const copyMetrics: readonly RawBuilder<unknown>[] = [
  sql`insert into metric_tail (run, key, at, step, nan, value)
    select t.id, k.id, p.at, p.step, p.nan, p.value from metric_points as p
    join tracking_runs as t on t.run_id = replace(p.run, 'run_', '') join tracking_keys as k on k.name = p.key`,
  sql`insert into metric_series
      (run, key, experiment, points, tail, chunks, max_step, max_at, first_step, first_at, first_nan, first_value,
      latest_step, latest_at, latest_nan, latest_value, least_step, least_at, least_value,
      greatest_step, greatest_at, greatest_value)
    select p.run, p.key, t.experiment, count(*), count(*), 0, max(p.step), max(p.at),
      ${pick('first', 'step')}, ${pick('first', 'at')}, ${pick('first', 'nan')}, ${pick('first', 'value')},
      ${pick('latest', 'step')}, ${pick('latest', 'at')}, ${pick('latest', 'nan')}, ${pick('latest', 'value')},
      ${pick('least', 'step')}, ${pick('least', 'at')}, ${pick('least', 'value')},
      ${pick('greatest', 'step')}, ${pick('greatest', 'at')}, ${pick('greatest', 'value')}
    from (select run, key, at, step, nan, value,
      ${place(sql`step, at, nan, value`)} as first, ${place(sql`step desc, at desc, nan, value desc`)} as latest,
      ${place(sql`nan, value, step, at`)} as least, ${place(sql`nan, value desc, step, at`)} as greatest
      from metric_tail) as p join tracking_runs as t on t.id = p.run group by p.run, p.key, t.experiment`,
]

function place(order: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`row_number() over (partition by run, key order by ${order})`
}

/** A column of the point that has the first place; null for a NaN in least and greatest. */
function pick(which: 'first' | 'latest' | 'least' | 'greatest', column: string): RawBuilder<unknown> {
  const numbersOnly = which === 'least' || which === 'greatest' ? sql` and p.nan = 0` : sql``
  return sql`max(case when p.${sql.ref(which)} = 1${numbersOnly} then p.${sql.ref(column)} end)`
}

const copyFiles: readonly RawBuilder<unknown>[] = [
  sql`insert into artifact_files (owner_kind, owner, path, seq, hash, bytes, at)
    select 'run', ${runId}, a.path, a.seq, a.hash, a.bytes, coalesce(r.finished_at, r.started_at)
    from run_artifacts as a join experiment_runs as r on r.id = a.run`,
]
