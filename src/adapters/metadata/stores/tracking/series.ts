import { type Selectable, sql } from 'kysely'
import type {
  SeriesPoint,
  SeriesRows,
  SeriesWrite,
  StoredPoint,
  StoredSeries,
} from '../../../../experiments/ports.ts'
import { micros, toSortable } from '../../columns.ts'
import { blockRows } from './blocks.ts'
import {
  type Connection,
  givenIntegers,
  groupRows,
  insertRows,
  isIn,
  updateRows,
  type Value,
} from './bulk.ts'
import { readChunks, writeChunks } from './chunks.ts'
import { toPoint } from './points.ts'
import { readStored } from './stored-series.ts'
import type { SeriesTable, TrackingTables } from './tables.ts'

export function seriesRows(connection: Connection): SeriesRows {
  const { db } = connection
  return {
    async find(pairs) {
      if (pairs.length === 0) return []
      const { rows } = await sql<Selectable<SeriesTable>>`
        select s.* from ${givenIntegers(connection, pairs)}
        join metric_series as s on s.run = given.c0 and s.key = given.c1`.execute(db)
      return rows.map(toSeries)
    },
    ofRuns: (runs, keys) => seriesOfRuns(connection, runs, keys),
    write: series => writeSeries(connection, series),
    advance: series => updateRows(connection, { ...advancing, rows: series.map(toAdvance) }),
    insertTail: points =>
      insertRows(connection, {
        ...{ table: 'metric_tail', columns: tailColumns, integers: true },
        rows: points.map(toTailRow),
      }),
    async takeTail([run, key]) {
      const rows = await db
        .deleteFrom('metric_tail')
        .where('run', '=', run)
        .where('key', '=', key)
        .returning(['at', 'step', 'nan', 'value'])
        .execute()
      return rows.map(row => toPoint(row.step, row.at, row.nan, row.value))
    },
    findInTail: points => findInTail(connection, points),
    insertChunks: chunks => writeChunks(connection, chunks),
    chunks: (pair, bounds) => readChunks(connection, pair, bounds),
    ...blockRows(connection),
    stored: (pair, bounds) => readStored(connection, pair, bounds),
  }
}

const tailColumns = ['run', 'key', 'at', 'step', 'nan', 'value']

/** -0 was made 0 before: they are one number, so they are one point. */
function toTailRow({ run, key, at, step, value }: StoredPoint) {
  return Number.isNaN(value) ? [run, key, at, step, 1, 0n] : [run, key, at, step, 0, toSortable(value)]
}

async function findInTail(
  connection: Connection,
  points: readonly StoredPoint[],
): Promise<readonly StoredPoint[]> {
  if (points.length === 0) return []
  const rows = points.map(toTailRow)
  const found = await sql<Selectable<TrackingTables['metric_tail']>>`
    select t.* from ${givenIntegers(connection, rows)} join metric_tail as t on t.run = given.c0
    and t.key = given.c1 and t.at = given.c2 and t.step = given.c3 and t.nan = given.c4
    and t.value = given.c5`.execute(connection.db)
  return found.rows.map(row => ({
    run: row.run,
    key: row.key,
    ...toPoint(row.step, row.at, row.nan, row.value),
  }))
}

async function seriesOfRuns(
  connection: Connection,
  runs: readonly number[],
  keys?: readonly string[],
): ReturnType<SeriesRows['ofRuns']> {
  const rows = await connection.db
    .selectFrom('metric_series')
    .innerJoin('tracking_keys', 'tracking_keys.id', 'metric_series.key')
    .selectAll('metric_series')
    .select('name')
    .where(isIn(connection, sql`run`, runs))
    .$if(keys !== undefined, query => query.where(isIn(connection, sql`name`, keys ?? [])))
    .orderBy('name')
    .execute()
  return groupRows(
    rows,
    row => row.run,
    row => ({ ...toSeries(row), name: row.name }),
  )
}

/** A row of `metric_series`, for the stores that search. */
export function toSeries(row: Selectable<SeriesTable>): StoredSeries {
  return {
    run: row.run,
    key: row.key,
    experiment: row.experiment,
    points: row.points,
    tail: row.tail,
    chunks: row.chunks,
    maxStep: row.max_step,
    maxAt: micros(row.max_at),
    first: toPoint(row.first_step, row.first_at, row.first_nan, row.first_value),
    latest: toPoint(row.latest_step, row.latest_at, row.latest_nan, row.latest_value),
    least: toExtreme(row.least_step, row.least_at, row.least_value),
    greatest: toExtreme(row.greatest_step, row.greatest_at, row.greatest_value),
  }
}

function toExtreme(
  step: number | null,
  at: number | bigint | null,
  value: number | bigint | null,
): SeriesPoint | null {
  return step === null || at === null || value === null ? null : toPoint(step, at, 0, value)
}

const identity = ['run', 'key', 'experiment']
const changing = [
  ...['points', 'tail', 'chunks', 'max_step', 'max_at'],
  ...['first_step', 'first_at', 'first_nan', 'first_value'],
  ...['latest_step', 'latest_at', 'latest_nan', 'latest_value'],
  ...['least_step', 'least_at', 'least_value', 'greatest_step', 'greatest_at', 'greatest_value'],
]
const overwrite = changing.map(column => `${column} = excluded.${column}`).join(', ')

function writeSeries(connection: Connection, series: readonly SeriesWrite[]): Promise<void> {
  return insertRows(connection, {
    table: 'metric_series',
    columns: [...identity, ...changing],
    integers: true,
    rows: series.map(toSeriesRow),
    conflict: `on conflict (run, key) do update set ${overwrite}`,
  })
}

function toSeriesRow({ run, key, experiment, state: { facts, tail, chunks } }: SeriesWrite): Value[] {
  const row: Value[] = [run, key, experiment, facts.points, tail, chunks, facts.maxStep, facts.maxAt]
  pushPoint(row, facts.first)
  pushPoint(row, facts.latest)
  pushExtreme(row, facts.least)
  pushExtreme(row, facts.greatest)
  return row
}

const advancing = {
  table: 'metric_series',
  keys: ['run', 'key'],
  columns: [
    ...['points', 'tail', 'chunks', 'max_step', 'max_at'],
    ...['latest_step', 'latest_at', 'latest_nan', 'latest_value'],
  ],
} as const

function toAdvance({ run, key, state: { facts, tail, chunks } }: SeriesWrite): Value[] {
  const row: Value[] = [run, key, facts.points, tail, chunks, facts.maxStep, facts.maxAt]
  pushPoint(row, facts.latest)
  return row
}

function pushPoint(row: Value[], { step, at, value }: SeriesPoint): void {
  const isNumber = !Number.isNaN(value)
  row.push(step, at, isNumber ? 0 : 1, isNumber ? toSortable(value) : 0n)
}

function pushExtreme(row: Value[], point: SeriesPoint | null): void {
  if (point === null) row.push(null, null, null)
  else row.push(point.step, point.at, toSortable(point.value))
}
