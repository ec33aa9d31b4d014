import { execFileSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { loadSqlite } from '../../src/adapters/metadata/sqlite/engine.ts'
import { startOurs, startTheirs } from './sides.ts'

/** Ids of what both servers hold. */
export interface SameRuns {
  readonly experiment: string
  /** A run with a series `long` of 20 000 points. */
  readonly longRun: string
}

const [metrics, params, tags, longPoints] = [10, 10, 5, 20_000]
const runId = (number: number) => number.toString(16).padStart(32, '0')
const runMs = (number: number) => 1_700_000_000_000 + number * 1_000

/**
 * Fills MLflow's database, whose tables MLflow itself has made, with `count` runs of 10 metrics, 10 params and 5 tags, then
 * imports it here: the same runs, with the same ids, on both sides.
 */
export async function makeSameRuns(folder: string, count: number): Promise<SameRuns> {
  const theirs = await startTheirs(join(folder, 'theirs'))
  const made = JSON.parse(
    await theirs.send('POST', '/api/2.0/mlflow/experiments/create', { name: 'bench' }),
  ) as { experiment_id: string }
  await theirs.stop()
  const database = join(folder, 'theirs', 'mlflow.db')
  await fill(database, { experiment: made.experiment_id, count })
  const ours = await startOurs(join(folder, 'ours'))
  const words = ['import', 'mlflow', `sqlite:///${database}`, '--yes', '--server', ours.url]
  execFileSync(process.execPath, [resolve('bin/fettle'), ...words, '--folder', join(folder, 'ours')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await ours.stop()
  return { experiment: made.experiment_id, longRun: runId(0) }
}

async function fill(
  path: string,
  { experiment, count }: { readonly experiment: string; readonly count: number },
): Promise<void> {
  const { DatabaseSync } = await loadSqlite()
  const database = new DatabaseSync(path)
  const insert = (table: string, columns: string) => {
    const marks = columns.split(',').map(() => '?')
    return database.prepare(`insert into ${table} (${columns}) values (${marks.join(', ')})`)
  }
  const statements = {
    run: insert(
      'runs',
      'run_uuid, name, source_type, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri, experiment_id',
    ),
    metric: insert('metrics', 'key, value, timestamp, run_uuid, step, is_nan'),
    latest: insert('latest_metrics', 'key, value, timestamp, run_uuid, step, is_nan'),
    param: insert('params', 'key, value, run_uuid'),
    tag: insert('tags', 'key, value, run_uuid'),
  }
  database.exec('begin')
  for (let number = 0; number < count; number++) {
    const [id, at] = [runId(number), runMs(number)]
    const place = `mlflow-artifacts:/${experiment}/${id}/artifacts`
    statements.run.run(
      id,
      `run-${number}`,
      'LOCAL',
      'bench',
      'FINISHED',
      at,
      at + 500,
      'active',
      place,
      experiment,
    )
    for (let key = 0; key < metrics; key++) {
      // Every run another value, in an order that has nothing to do with its time.
      const value = ((number * 7919 + key * 104_729) % 1_000_003) / 1_000_003
      for (const table of [statements.metric, statements.latest]) table.run(`m${key}`, value, at, id, 0, 0)
    }
    for (let key = 0; key < params; key++) statements.param.run(`p${key}`, String((number + key) % 50), id)
    statements.tag.run('mlflow.runName', `run-${number}`, id)
    for (let key = 1; key < tags; key++) statements.tag.run(`t${key}`, `value ${(number + key) % 20}`, id)
  }
  for (let step = 0; step < longPoints; step++)
    statements.metric.run('long', Math.sin(step / 100), runMs(0) + step, runId(0), step, 0)
  const last = longPoints - 1
  statements.latest.run('long', Math.sin(last / 100), runMs(0) + last, runId(0), last, 0)
  database.exec('commit')
  database.close()
}
