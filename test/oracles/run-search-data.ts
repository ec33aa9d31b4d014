import fc from 'fast-check'
import { type Kysely, sql } from 'kysely'
import { toSortable } from '../../src/adapters/metadata/columns.ts'
import type { Schema } from '../../src/adapters/metadata/schema.ts'
import { neverStarted } from '../../src/adapters/metadata/stores/tracking/tables.ts'
import type { NaiveMetric, NaiveRun } from './naive-run-search.ts'

/** With what comparing goes wrong on: wildcards, other cases, letters beyond the first plane, numbers in words. */
export const texts = [
  ...['', 'ops', 'Ops', 'OPS', 'risk', '0.1', '1e-3', '4', '10', ' 7 ', '4x', '-2'],
  // Alike in all that an index has of them.
  ...['', 'b', 'a', 'aa'].map(end => `${'y'.repeat(64)}${end}`),
  ...['', 'z'].map(end => `${'😀'.repeat(63)}${end}`),
  ...['a%b', 'a_b', 'a*b', 'a?b', '[a]', 'a\\b', 'x\ny', "it's", 'a.b'],
  ...[
    '\u212A',
    'k',
    'İstanbul',
    'istanbul',
    'Straße',
    'STRASSE',
    'Σίσυφος',
    'σίσυφοσ',
    '\uFF5E',
    '😀',
    'Ä',
    'ä',
  ],
]

export const metricValues = [Number.NaN, 0, -0, 1, -1, 0.5, 0.5, 1e-300, -1e300, Number.MAX_VALUE, 3, 3, 3]
export const textKeys = ['team', 'lr', 'a.b/c', 'my tag', 'depth'] as const
export const metricKeys = ['auc', 'loss', 'val/acc', 'loss.min'] as const

const start = 1_700_000_000_000_000n

const metric: fc.Arbitrary<NaiveMetric> = fc
  .record({
    latest: fc.constantFrom(...metricValues),
    first: fc.constantFrom(...metricValues),
    bounds: fc.option(fc.tuple(fc.constantFrom(-1, 0, 0.5), fc.constantFrom(0.5, 3, 1e300)), { nil: null }),
  })
  .map(({ latest, first, bounds }) => ({ latest, first, min: bounds?.[0] ?? null, max: bounds?.[1] ?? null }))

const some = <Item>(keys: readonly string[], values: fc.Arbitrary<Item>) =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom(...keys), values), {
      selector: ([key]) => key,
      maxLength: keys.length,
    })
    .map(each => new Map(each))

const time = fc.option(
  fc.integer({ min: 0, max: 6 }).map(n => start + BigInt(n) * 500n),
  { nil: null, freq: 8 },
)

const facts = fc.record({
  experiment: fc.constantFrom(1, 1, 1, 2),
  deleted: fc.constantFrom(false, false, false, true),
  name: fc.constantFrom(...texts),
  user: fc.constantFrom('ann', 'Bob', ''),
  status: fc.constantFrom('running', 'finished', 'failed', 'killed', 'scheduled'),
  startedAt: time,
  endedAt: time,
  params: some(textKeys, fc.constantFrom(...texts)),
  tags: some(textKeys, fc.constantFrom(...texts)),
  metrics: some(metricKeys, metric),
  datasets: fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('train', 'test'),
      digest: fc.constantFrom('d1', 'd2'),
      context: fc.constantFrom('training', null),
    }),
    { selector: each => `${each.name}/${each.digest}`, maxLength: 2 },
  ),
})

/** The same runs for a seed. */
export function sampleRuns(count: number, seed: number): readonly NaiveRun[] {
  const ids = fc.sample(
    fc.uniqueArray(fc.stringMatching(/^[0-9a-f]{32}$/), { minLength: count, maxLength: count }),
    {
      seed,
      numRuns: 1,
    },
  )[0]
  return fc
    .sample(facts, { seed, numRuns: count })
    .map((each, at) => ({ ...each, ref: at + 1, id: ids?.[at] ?? '' }))
}

const nan = (value: number) => (Number.isNaN(value) ? 1 : 0)
const kept = (value: number) => (Number.isNaN(value) ? 0n : toSortable(value))
const keptOrNull = (value: number | null) => (value === null ? null : toSortable(value))

/** Beyond those the store begins with. */
const firstKey = 100

/** Writes runs as rows, past the service: what is searched is the tables. */
export async function insertRuns(db: Kysely<Schema>, runs: readonly NaiveRun[]): Promise<void> {
  const names: readonly string[] = [...new Set([...textKeys, ...metricKeys])]
  const key = (name: string) => names.indexOf(name) + firstKey
  for (const name of names)
    await db
      .insertInto('tracking_keys')
      .values({ id: key(name), name })
      .execute()
  for (const run of runs) {
    const { ref, experiment } = run
    await db.insertInto('tracking_runs').values(runRow(run)).execute()
    for (const kind of ['params', 'tags'] as const)
      for (const [name, value] of run[kind])
        await db
          .insertInto(`tracking_${kind}`)
          .values({ run: ref, key: key(name), experiment, value })
          .execute()
    for (const [name, series] of run.metrics)
      await db
        .insertInto('metric_series')
        .values({ run: ref, key: key(name), experiment, ...seriesRow(series) })
        .execute()
    for (const [position, dataset] of run.datasets.entries())
      await insertDataset(db, run, { position, dataset })
  }
}

function runRow(run: NaiveRun) {
  return {
    id: run.ref,
    run_id: run.id,
    experiment: run.experiment,
    name: run.name,
    user_name: run.user,
    status: run.status,
    started_at: run.startedAt,
    ended_at: run.endedAt,
    newest: run.startedAt === null ? neverStarted : -run.startedAt,
    deleted: run.deleted ? 1 : 0,
    deleted_with: 0,
    artifact_location: `mlflow-artifacts:/${run.experiment}/${run.id}/artifacts`,
    created_at: 0n,
    seen_at: 0n,
    beats: 0,
    revision: 1,
  }
}

function seriesRow({ latest, first, min, max }: NaiveMetric) {
  const point = { step: 0, at: 0n }
  return {
    points: 1,
    tail: 1,
    chunks: 0,
    max_step: 0,
    max_at: 0n,
    first_step: point.step,
    first_at: point.at,
    first_nan: nan(first),
    first_value: kept(first),
    latest_step: point.step,
    latest_at: point.at,
    latest_nan: nan(latest),
    latest_value: kept(latest),
    least_value: keptOrNull(min),
    greatest_value: keptOrNull(max),
  }
}

interface Input {
  readonly position: number
  readonly dataset: NaiveRun['datasets'][number]
}

async function insertDataset(db: Kysely<Schema>, run: NaiveRun, { position, dataset }: Input): Promise<void> {
  const { name, digest, context } = dataset
  const { rows } = await sql<{ id: number }>`select id from tracking_datasets
    where experiment = ${run.experiment} and name = ${name} and digest = ${digest}`.execute(db)
  const id = rows[0]?.id ?? run.ref * 10 + position
  if (rows.length === 0)
    await db
      .insertInto('tracking_datasets')
      .values({ id, experiment: run.experiment, name, digest, source_type: 'local', source: '' })
      .execute()
  await db.insertInto('tracking_inputs').values({ run: run.ref, dataset: id, position, context }).execute()
}
