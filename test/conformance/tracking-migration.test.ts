import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { afterAll, expect, it } from 'vitest'
import { toSortable } from '../../src/adapters/metadata/columns.ts'
import { migrations } from '../../src/adapters/metadata/migrations/index.ts'
import { openPostgres } from '../../src/adapters/metadata/postgres/open.ts'
import { openSqlite } from '../../src/adapters/metadata/sqlite/open.ts'
import { naiveKeys, naiveSummary } from '../oracles/tracked-runs.ts'
import { withPostgres } from '../services/postgres.ts'
import { trackingOver } from '../support/tracking.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-tracking-migration-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const hex = (digit: number) => String(digit).repeat(32)
const points = [
  { key: 'auc', value: 0.5, step: 1, at: 7n },
  { key: 'auc', value: -0.25, step: 2, at: 8n },
  { key: 'auc', value: Number.NaN, step: 2, at: 9n },
  { key: 'auc', value: 0.5, step: 0, at: 9n },
  { key: 'nothing', value: Number.NaN, step: 3, at: 9n },
]

/** Rows as the tables of 002-experiments held them. */
async function fillFormer(db: Kysely<unknown>): Promise<void> {
  const run = `run_${hex(1)}`
  await sql`insert into experiments values ('exp_b', 'late', 6), ('exp_a', 'Default', 5), ('exp_c', 'later', 7)`.execute(
    db,
  )
  await sql`insert into experiment_runs (id, experiment, name, state, started_at, finished_at, pipeline_run, training_set)
    values (${run}, 'late', 'first', 'finished', 7, 9, 'prn_1', 'ds_1'),
    (${`run_${hex(2)}`}, 'Default', 'second', 'running', 8, null, null, null)`.execute(db)
  for (const { key, value, step, at } of points) {
    const nan = Number.isNaN(value)
    await sql`insert into metric_points (run, key, at, step, nan, value)
      values (${run}, ${key}, ${at}, ${step}, ${nan ? 1 : 0}, ${nan ? 0n : toSortable(value)})`.execute(db)
  }
  await sql`insert into run_params values (${run}, 'depth', '4')`.execute(db)
  await sql`insert into run_tags values (${run}, 'team', 'ops'), (${run}, 'mlflow.runName', 'other')`.execute(
    db,
  )
  await sql`insert into run_artifacts values (${run}, 'model/a', 1, 'sha256:x', 3)`.execute(db)
}

const before = migrations.filter(({ id }) => id < '011')
/** A step between that fills the tables, so that both databases are filled by their own driver. */
const filled = [...before, { id: '010-zz-rows', up: (db: Kysely<unknown>) => fillFormer(db) }]

it.each(['SQLite', 'Postgres'])('experiments of former versions are taken over whole on %s', async kind => {
  const url = kind === 'Postgres' ? await withPostgres() : ''
  const open = (list: typeof migrations) =>
    kind === 'Postgres' ? openPostgres(url, list) : openSqlite(join(folder, 'meta.sqlite'), list)
  const former = await open(filled)
  await former.migrate()
  await former.close()
  const db = await open([...filled, ...migrations.filter(({ id }) => id >= '011')])
  expect(await db.migrate()).toContain('011-tracking')
  const { experiments, runs } = trackingOver(db)
  expect(await experiments.getByName('late')).toMatchObject({ id: '1', createdAt: 6n })
  expect(await experiments.getByName('later')).toMatchObject({ id: '2' })
  const run = await runs.get(`run_${hex(1)}`)
  expect(run).toMatchObject({
    ...{ id: hex(1), experiment: '1', name: 'first', status: 'finished', startedAt: 7n, endedAt: 9n },
    ...{ pipelineRun: 'prn_1', trainingSet: 'ds_1', params: { depth: '4' } },
    ...{ tags: { team: 'ops', 'mlflow.runName': 'first' } },
    artifactLocation: `mlflow-artifacts:/1/${hex(1)}/artifacts`,
  })
  expect(await runs.get(hex(2))).toMatchObject({ experiment: '0', status: 'running', metrics: [] })
  const naive = { params: new Map(), tags: new Map(), points }
  expect(await runs.summaries(hex(1))).toEqual(naiveKeys(naive).map(key => naiveSummary(naive, key)))
  const files = await db.read.artifactFiles.below({ kind: 'run', id: hex(1) }, '')
  expect(files).toEqual([{ path: 'model/a', hash: 'sha256:x', bytes: 3, at: 9n }])
  await runs.log(
    hex(1),
    { metrics: [...points.slice(0, 2), { key: 'auc', value: 1, step: 9, at: 10n }] },
    { name: 'a' },
  )
  expect((await runs.summaries(hex(1), ['auc']))[0]).toMatchObject({ count: 5, latest: { value: 1 } })
  await db.close()
})
