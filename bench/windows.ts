import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDuckDBEngine } from '../src/adapters/engines/duckdb/index.ts'
import type { FeatureViewData, SourceData, WindowFeatureData } from '../src/definitions/model.ts'
import { historicalFile } from '../src/features/index.ts'
import type { Field } from '../src/kernel/values/index.ts'
import { duckdb, interleaved, machine, report } from './offline/measure.ts'

/**
 * Twelve windows (count, sum, mean and max over 15m, 24h and 30d) of 1 M spine rows over 10 M events of 50 000 keys, from
 * Parquet to Parquet, against hand-written DuckDB SQL over hourly, five-minute and daily tiles (features.md §17). Values are
 * compared row by row. The hand-written side reads whole tiles to the left edge and the open tile's rows to the right one.
 *
 *     node scripts/run.mjs bench/windows.ts [rounds] [events] [spine rows]
 */
const rounds = Number(process.argv[2] ?? 5)
const events = Number(process.argv[3] ?? 10_000_000)
const spineRows = Number(process.argv[4] ?? 1_000_000)
const keys = 50_000
const folder = await mkdtemp(join(tmpdir(), 'fettle-bench-windows-'))
const path = (name: string): string => join(folder, `${name}.parquet`)
const parquet = 'FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1'
const windows = [
  { name: '15m', hop: '5m', micros: 900_000_000n, hopMicros: 300_000_000n },
  { name: '24h', hop: '1h', micros: 86_400_000_000n, hopMicros: 3_600_000_000n },
  { name: '30d', hop: '1d', micros: 2_592_000_000_000n, hopMicros: 86_400_000_000n },
] as const
const operators = ['count', 'sum', 'mean', 'max'] as const
const start = 1_704_067_200_000_000n
const span = 90n * 86_400_000_000n

async function makeData(): Promise<void> {
  const event = `make_timestamp(${start} + (i * ${span / BigInt(events)})::BIGINT)`
  const time = `make_timestamp(${start} + (hash(i * 13 + 5) % ${span})::BIGINT)`
  await duckdb([
    `COPY (SELECT (hash(i) % ${keys})::BIGINT AS k, ${event} AS e, (hash(i * 31) % 1000)::BIGINT AS v FROM range(${events}) t(i)) TO '${path('events')}' (${parquet})`,
    `COPY (SELECT i::BIGINT AS id, (hash(i * 7 + 1) % ${keys})::BIGINT AS k, ${time} AS t FROM range(${spineRows}) t(i)) TO '${path('spine')}' (${parquet})`,
  ])
}

const source: SourceData = {
  kind: 'source',
  name: 'events',
  from: { kind: 'parquet', path: path('events') },
  columns: [
    { name: 'k', type: 'int64' },
    { name: 'e', type: 'timestamp' },
    { name: 'v', type: 'int64' },
  ],
  eventTime: 'e',
  knownAt: { kind: 'event' },
}
const features: WindowFeatureData[] = windows.flatMap(window =>
  operators.map(op => ({
    kind: 'window' as const,
    name: `${op}_${window.name}`,
    op,
    window: window.name,
    hop: window.hop,
    type: op === 'mean' ? ('float64' as const) : ('int64' as const),
    column: 'v',
  })),
)
const view: FeatureViewData = {
  kind: 'featureView',
  name: 'view',
  entity: 'key',
  source: 'events',
  keys: ['k'],
  at: 'at',
  knownTime: 'cutoff',
  features,
}

async function fettle(): Promise<void> {
  const spineFields: Field[] = [
    { name: 'id', type: 'int64' },
    { name: 'k', type: 'int64' },
    { name: 't', type: 'timestamp' },
  ]
  await historicalFile(createDuckDBEngine({ threads: 2 }), {
    sources: [source],
    views: [view],
    lookups: [{ view: 'view', as: 'view', keys: ['k'], features: features.map(({ name }) => name) }],
    fullNames: false,
    spine: { path: path('spine'), fields: spineFields },
    time: 't',
    projectFolder: folder,
    outputPath: path('ours'),
  })
}

/** Tiles of a hop hold n, s, m; a window is its whole tiles and the rows of the open one, by range joins. */
async function handWritten(): Promise<void> {
  const statements = [
    `CREATE TABLE events AS SELECT k, epoch_us(e) AS e, v FROM '${path('events')}'`,
    `CREATE TABLE spine AS SELECT *, epoch_us(t) AS q FROM '${path('spine')}'`,
  ]
  for (const { name, micros, hopMicros } of windows) {
    statements.push(
      `CREATE TABLE tiles AS SELECT k, e // ${hopMicros} AS h, count(v) AS n, sum(v)::BIGINT AS s, max(v) AS m FROM events GROUP BY ALL`,
      `CREATE TABLE w_${name} AS SELECT id, sum(n)::BIGINT AS n, sum(s)::BIGINT AS s, max(m) AS m FROM (
        SELECT s.id, t.n, t.s, t.m FROM spine s JOIN tiles t ON s.k = t.k AND t.h >= (s.q - ${micros}) // ${hopMicros} AND t.h < s.q // ${hopMicros}
        UNION ALL SELECT s.id, 1, e.v, e.v FROM spine s JOIN events e ON s.k = e.k AND s.q // ${hopMicros} = e.e // ${hopMicros} AND e.e < s.q) GROUP BY id`,
      'DROP TABLE tiles',
    )
  }
  const columns = windows.map(
    ({ name }) =>
      `coalesce(w_${name}.n, 0)::BIGINT AS count_${name}, w_${name}.s AS sum_${name}, w_${name}.s::DOUBLE / w_${name}.n AS mean_${name}, w_${name}.m AS max_${name}`,
  )
  const joins = windows.map(({ name }) => `LEFT JOIN w_${name} USING (id)`).join(' ')
  statements.push(
    `COPY (SELECT id, k, t, ${columns.join(', ')} FROM spine ${joins} ORDER BY id) TO '${path('theirs')}' (${parquet})`,
  )
  await duckdb(statements)
}

async function compare(): Promise<void> {
  const [[rows, different] = []] = await duckdb([
    `SELECT (SELECT count(*) FROM '${path('ours')}'), count(*) FROM (FROM '${path('ours')}' EXCEPT ALL FROM '${path('theirs')}')`,
  ])
  if (different !== 0n || rows !== BigInt(spineRows)) throw new Error(`${different} of ${rows} rows differ`)
  console.log(`  ${rows} rows × ${features.length} windows equal to the hand-written SQL's`)
}

try {
  console.log(machine())
  console.log(`${spineRows} spine rows, ${events} events, ${keys} keys, ${rounds} rounds`)
  await makeData()
  const found = await interleaved(rounds, { ours: fettle, theirs: handWritten })
  if (!report('twelve windows over 15m, 24h, 30d; tile SQL', found, 1.5)) process.exitCode = 1
  await compare()
} finally {
  await rm(folder, { recursive: true, force: true })
}
