import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDuckDBEngine } from '../src/adapters/engines/duckdb/index.ts'
import type { FeatureViewData, SourceData } from '../src/definitions/model.ts'
import { historicalFile } from '../src/features/index.ts'
import type { Field } from '../src/kernel/values/index.ts'
import { duckdb, interleaved, machine, report } from './offline/measure.ts'

/**
 * Point-in-time joins of 1 M spine rows to 10 M rows with 10 doubles over 50 000 keys, from Parquet to Parquet, with a
 * look-back, against hand-written DuckDB SQL (features.md §17): a plain ASOF JOIN where (key, event time) is unique and rows are known
 * when they happen; and the ranked form of §3.8 where there are ties, late rows and a cutoff. Both must write the same rows.
 *
 *     node scripts/run.mjs bench/asof-join.ts [rounds] [source rows] [spine rows]
 */
const rounds = Number(process.argv[2] ?? 5)
const sourceRows = Number(process.argv[3] ?? 10_000_000)
const spineRows = Number(process.argv[4] ?? 1_000_000)
const keys = 50_000
const lookback = '1d'
const columns = Array.from({ length: 10 }, (_, index) => `v${index}`)
const folder = await mkdtemp(join(tmpdir(), 'fettle-bench-asof-'))
const path = (name: string): string => join(folder, `${name}.parquet`)
const parquet = 'FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1'
const start = 1_704_067_200_000_000n
const step = 3_181n

/** Event times of `plain` are unique; those of `late` fall on whole minutes (ties), and rows are known up to a day later. */
async function makeData(): Promise<void> {
  const values = columns
    .map((name, index) => `(hash(i * 31 + ${index}) % 1000003) / 97.0 AS ${name}`)
    .join(', ')
  const key = `(hash(i) % ${keys})::BIGINT AS k`
  const event = `make_timestamp(${start} + i::BIGINT * ${step})`
  const minute = `date_trunc('minute', ${event})`
  const delay = `CASE WHEN i % 3 = 0 THEN INTERVAL 0 SECOND ELSE to_seconds((hash(i * 17) % 86400)::BIGINT) END`
  const time = `make_timestamp(${start} + (hash(i * 13 + 5) % ${BigInt(sourceRows) * step})::BIGINT)`
  await duckdb([
    `COPY (SELECT ${key}, ${event} AS e, ${values} FROM range(${sourceRows}) t(i)) TO '${path('plain')}' (${parquet})`,
    `COPY (SELECT ${key}, ${minute} AS e, ${minute} + ${delay} AS known, ${values} FROM range(${sourceRows}) t(i)) TO '${path('late')}' (${parquet})`,
    `COPY (SELECT i::BIGINT AS id, (hash(i * 7 + 1) % ${keys})::BIGINT AS k, ${time} AS t FROM range(${spineRows}) t(i)) TO '${path('spine')}' (${parquet})`,
  ])
}

const doubles: Field[] = columns.map(name => ({ name, type: 'float64' }))
const keyAndTime: Field[] = [
  { name: 'k', type: 'int64' },
  { name: 'e', type: 'timestamp' },
]
const sources: Readonly<Record<'plain' | 'late', SourceData>> = {
  plain: {
    kind: 'source',
    name: 'plain',
    from: { kind: 'parquet', path: path('plain') },
    columns: [...keyAndTime, ...doubles],
    eventTime: 'e',
    knownAt: { kind: 'event' },
  },
  late: {
    kind: 'source',
    name: 'late',
    from: { kind: 'parquet', path: path('late') },
    columns: [...keyAndTime, { name: 'known', type: 'timestamp' }, ...doubles],
    eventTime: 'e',
    knownAt: { kind: 'column', column: 'known' },
  },
}

async function fettle(kind: 'plain' | 'late'): Promise<void> {
  const view: FeatureViewData = {
    kind: 'featureView',
    name: 'view',
    entity: 'key',
    source: kind,
    keys: ['k'],
    at: 'at',
    knownTime: 'cutoff',
    lookback,
    features: columns.map(name => ({ kind: 'lookup', name, column: name, type: 'float64' })),
  }
  const spineFields: Field[] = [
    { name: 'id', type: 'int64' },
    { name: 'k', type: 'int64' },
    { name: 't', type: 'timestamp' },
  ]
  await historicalFile(createDuckDBEngine({ threads: 2 }), {
    sources: [sources[kind]],
    views: [view],
    lookups: [{ view: 'view', as: 'view', keys: ['k'], features: columns }],
    fullNames: false,
    spine: { path: path('spine'), fields: spineFields },
    time: 't',
    projectFolder: folder,
    outputPath: path('ours'),
  })
}

const within = columns
  .map(name => `CASE WHEN r.e >= s.t - INTERVAL 1 DAY THEN r.${name} END AS ${name}`)
  .join(', ')

/** The output is in the spine's order on both sides. */
async function handWritten(kind: 'plain' | 'late'): Promise<void> {
  if (kind === 'plain') {
    const joined = `'${path('spine')}' s ASOF LEFT JOIN '${path('plain')}' r ON s.k = r.k AND s.t >= r.e`
    await duckdb([
      `COPY (SELECT s.id, s.k, s.t, ${within} FROM ${joined} ORDER BY s.id) TO '${path('theirs')}' (${parquet})`,
    ])
    return
  }
  await duckdb([
    `CREATE TABLE ranked AS SELECT *, greatest(e, known) AS v, row_number() OVER (ORDER BY e, known, k, ${columns.join(', ')}) AS rank FROM '${path('late')}'`,
    'CREATE TABLE visible AS SELECT k, v, max(rank) OVER (PARTITION BY k ORDER BY v) AS rank FROM ranked',
    `CREATE TABLE found AS SELECT s.*, m.rank FROM '${path('spine')}' s ASOF LEFT JOIN visible m ON s.k = m.k AND s.t >= m.v`,
    `COPY (SELECT s.id, s.k, s.t, ${within} FROM found s LEFT JOIN ranked r ON s.rank = r.rank ORDER BY s.id) TO '${path('theirs')}' (${parquet})`,
  ])
}

async function compare(): Promise<void> {
  const [[rows, different] = []] = await duckdb([
    `SELECT (SELECT count(*) FROM '${path('ours')}'), count(*) FROM (FROM '${path('ours')}' EXCEPT ALL FROM '${path('theirs')}')`,
  ])
  if (different !== 0n || rows !== BigInt(spineRows)) throw new Error(`${different} of ${rows} rows differ`)
  console.log(`  ${rows} rows equal to the hand-written SQL's`)
}

try {
  console.log(machine())
  console.log(`${spineRows} spine rows, ${sourceRows} rows of 10 doubles, ${keys} keys, ${rounds} rounds`)
  await makeData()
  for (const [kind, title, target] of [
    ['plain', 'unique (key, event time), known when it happens; plain ASOF JOIN', 1.5],
    ['late', 'ties, late rows, cutoff; ranked SQL', 1.2],
  ] as const) {
    const found = await interleaved(rounds, { ours: () => fettle(kind), theirs: () => handWritten(kind) })
    if (!report(title, found, target)) process.exitCode = 1
    await compare()
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
