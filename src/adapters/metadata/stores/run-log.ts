import type { Kysely } from 'kysely'
import {
  isLaterPoint,
  type LogBatch,
  type LogChanges,
  latestPoints,
  type MetricPoint,
} from '../../../experiments/index.ts'
import { FettleError } from '../../../kernel/errors/index.ts'
import { fromSortable, micros, toSortable } from '../columns.ts'
import type { Schema } from '../schema.ts'

const rowsPerInsert = 1_000

export async function logBatch(db: Kysely<Schema>, run: string, batch: LogBatch): Promise<LogChanges> {
  const params = await writeParams(db, run, Object.entries(batch.params ?? {}))
  const metrics = await writeMetrics(db, run, batch.metrics ?? [])
  const tags = await writeTags(db, run, Object.entries(batch.tags ?? {}))
  return { params, metrics, tags }
}

type Pairs = readonly (readonly [key: string, value: string])[]

async function writeParams(db: Kysely<Schema>, run: string, pairs: Pairs): Promise<number> {
  if (pairs.length === 0) return 0
  const known = await readFacts(db, 'run_params', run)
  const added = pairs.filter(([key, value]) => {
    const before = known.get(key)
    if (before !== undefined && before !== value)
      throw new FettleError(
        'PARAM_CHANGED',
        `Param "${key}" of run ${run} is "${before}" and cannot become "${value}"`,
        {
          details: { key, before, after: value },
        },
      )
    return before === undefined
  })
  await insertFacts(db, 'run_params', run, added)
  return added.length
}

async function writeTags(db: Kysely<Schema>, run: string, pairs: Pairs): Promise<number> {
  if (pairs.length === 0) return 0
  const known = await readFacts(db, 'run_tags', run)
  const changed = pairs.filter(([key, value]) => known.get(key) !== value)
  for (const [key, value] of changed.filter(([key]) => known.has(key)))
    await db.updateTable('run_tags').set({ value }).where('run', '=', run).where('key', '=', key).execute()
  await insertFacts(
    db,
    'run_tags',
    run,
    changed.filter(([key]) => !known.has(key)),
  )
  return changed.length
}

async function readFacts(
  db: Kysely<Schema>,
  table: 'run_params' | 'run_tags',
  run: string,
): Promise<Map<string, string>> {
  const rows = await db.selectFrom(table).select(['key', 'value']).where('run', '=', run).execute()
  return new Map(rows.map(({ key, value }) => [key, value]))
}

async function insertFacts(
  db: Kysely<Schema>,
  table: 'run_params' | 'run_tags',
  run: string,
  pairs: Pairs,
): Promise<void> {
  for (let from = 0; from < pairs.length; from += rowsPerInsert) {
    const rows = pairs.slice(from, from + rowsPerInsert).map(([key, value]) => ({ run, key, value }))
    await db.insertInto(table).values(rows).execute()
  }
}

async function writeMetrics(
  db: Kysely<Schema>,
  run: string,
  points: readonly MetricPoint[],
): Promise<number> {
  let added = 0
  for (let from = 0; from < points.length; from += rowsPerInsert) {
    const rows = points.slice(from, from + rowsPerInsert).map(point => toPointRow(run, point))
    const inserted = await db
      .insertInto('metric_points')
      .values(rows)
      .onConflict(conflict => conflict.doNothing())
      .executeTakeFirst()
    added += Number(inserted.numInsertedOrUpdatedRows ?? 0n)
  }
  if (added > 0) await writeLatest(db, run, points)
  return added
}

async function writeLatest(db: Kysely<Schema>, run: string, points: readonly MetricPoint[]): Promise<void> {
  const { experiment } = await db
    .selectFrom('experiment_runs')
    .select('experiment')
    .where('id', '=', run)
    .executeTakeFirstOrThrow()
  const rows = await db
    .selectFrom('latest_metrics')
    .select(['key', 'step', 'at', 'nan', 'value'])
    .where('run', '=', run)
    .execute()
  const known = new Map(rows.map(row => [row.key, toPoint(row)]))
  for (const point of latestPoints(points).values()) {
    const before = known.get(point.key)
    if (before !== undefined && !isLaterPoint(point, before)) continue
    const { run: _run, key: _key, ...latest } = toPointRow(run, point)
    await db
      .insertInto('latest_metrics')
      .values({ run, key: point.key, experiment, ...latest })
      .onConflict(conflict => conflict.columns(['run', 'key']).doUpdateSet(latest))
      .execute()
  }
}

/** -0 becomes 0: they are one number, so they are one point. */
function toPointRow(run: string, { key, value, step, at }: MetricPoint) {
  const nan = Number.isNaN(value)
  return { run, key, at, step, nan: nan ? 1 : 0, value: nan ? 0n : toSortable(value + 0) }
}

export function toPoint(row: {
  key: string
  at: number | bigint
  step: number
  nan: number
  value: number | bigint
}): MetricPoint {
  return {
    key: row.key,
    value: row.nan === 1 ? Number.NaN : fromSortable(row.value),
    step: row.step,
    at: micros(row.at),
  }
}

export async function metricHistory(
  db: Kysely<Schema>,
  run: string,
  key: string,
): Promise<readonly MetricPoint[]> {
  const rows = await db
    .selectFrom('metric_points')
    .select(['key', 'at', 'step', 'nan', 'value'])
    .where('run', '=', run)
    .where('key', '=', key)
    .orderBy('at')
    .orderBy('step')
    .orderBy('nan')
    .orderBy('value')
    .execute()
  return rows.map(toPoint)
}
