/**
 * Historical features of 100 000 spine rows from 1 M rows of 10 doubles over 10 000 keys, within one day, from Parquet to
 * Parquet: Fettle and Feast's default offline store, in turns in one run. Fettle must answer every spine row; what Feast
 * answers is counted and compared. The target is for the time until the answer; CPU seconds are told beside it.
 *
 *     node scripts/run.mjs bench/feast-offline.ts [rounds] [source rows] [spine rows]
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { createDuckDBEngine } from '../src/adapters/engines/duckdb/index.ts'
import type { FeatureViewData, SourceData } from '../src/definitions/model.ts'
import { historicalFile } from '../src/features/index.ts'
import type { Field } from '../src/kernel/values/index.ts'
import { duckdb, type Measured, machine, measure, median } from './offline/measure.ts'

const rounds = Number(process.argv[2] ?? 3)
const sourceRows = Number(process.argv[3] ?? 1_000_000)
const spineRows = Number(process.argv[4] ?? 100_000)
const target = 20
const keys = 10_000
const names = Array.from({ length: 10 }, (_, index) => `v${index}`)
const folder = mkdtempSync(join(tmpdir(), 'fettle-bench-feast-offline-'))
const path = (name: string): string => join(folder, `${name}.parquet`)

/** Thirty days of events on a key a few times a day; every spine row looks back into them from within the same days. */
async function makeData(): Promise<void> {
  const at = (i: string): string =>
    `make_timestamptz((1704067200000000 + hash(${i}) % (30 * 86400000000))::BIGINT)`
  const values = names.map((name, index) => `(hash(i * 31 + ${index}) % 1000003) / 97.0 AS ${name}`)
  const source = `(hash(i) % ${keys})::BIGINT AS id, ${at('i * 13 + 5')} AS event_timestamp, event_timestamp AS created`
  await duckdb([
    `COPY (SELECT ${source}, ${values.join(', ')} FROM range(${sourceRows}) t(i)) TO '${path('source')}' (FORMAT parquet)`,
    `COPY (SELECT i::BIGINT AS row, (hash(i * 7 + 1) % ${keys})::BIGINT AS id, ${at('i * 17 + 3')} AS event_timestamp FROM range(${spineRows}) t(i)) TO '${path('spine')}' (FORMAT parquet)`,
  ])
}

const source: SourceData = {
  kind: 'source',
  name: 'rows',
  from: { kind: 'parquet', path: path('source') },
  columns: [
    { name: 'id', type: 'int64' },
    { name: 'event_timestamp', type: 'timestamp' },
    ...names.map((name): Field => ({ name, type: 'float64' })),
  ],
  eventTime: 'event_timestamp',
  knownAt: { kind: 'event' },
}
const view: FeatureViewData = {
  kind: 'featureView',
  name: 'wide',
  entity: 'thing',
  source: 'rows',
  keys: ['id'],
  at: 'at',
  knownTime: 'cutoff',
  lookback: '1d',
  features: names.map(name => ({ kind: 'lookup', name, column: name, type: 'float64' })),
}

async function fettle(): Promise<void> {
  const { rows } = await historicalFile(createDuckDBEngine(), {
    sources: [source],
    views: [view],
    lookups: [{ view: 'wide', as: 'wide', keys: ['id'], features: names }],
    fullNames: false,
    spine: {
      path: path('spine'),
      fields: [
        { name: 'row', type: 'int64' },
        { name: 'id', type: 'int64' },
        { name: 'event_timestamp', type: 'timestamp' },
      ],
    },
    time: 'event_timestamp',
    projectFolder: folder,
    outputPath: path('ours'),
  })
  if (rows !== spineRows) throw new Error(`Fettle answered ${rows} of ${spineRows} rows`)
}

interface FeastAnswer extends Measured {
  readonly rows: number
}

/** Feast in a process that stays, so that neither its start nor its imports are counted. */
async function startFeast(): Promise<{ store: string; read(): Promise<FeastAnswer>; close(): void }> {
  const words = [resolve('bench/offline/feast_historical.py'), folder, String(names.length)]
  const child = spawn(resolve('.cache/python/feast/bin/python'), words, {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, FEAST_USAGE: 'False', PYTHONWARNINGS: 'ignore' },
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<unknown> => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done) throw new Error('the Feast process ended')
      if (String(value).startsWith('{')) return JSON.parse(String(value))
    }
  }
  const { store } = (await next()) as { readonly store: string }
  return {
    store,
    async read() {
      child.stdin.write('\n')
      return (await next()) as FeastAnswer
    },
    close: () => child.stdin.end(),
  }
}

/** What Feast left out of the spine, and whether the rows it did answer are Fettle's to the bit. */
async function compare(): Promise<void> {
  const shown = `"row", ${names.join(', ')}`
  const some = names.map(name => `${name} IS NOT NULL`).join(' OR ')
  const ours = `SELECT ${shown} FROM '${path('ours')}'`
  const theirs = `SELECT ${shown} FROM '${path('theirs')}'`
  const missing = `${ours} WHERE "row" NOT IN (SELECT "row" FROM '${path('theirs')}')`
  const [[oursRows, theirsRows, left, leftWithValues, different] = []] = await duckdb([
    `SELECT (SELECT count(*) FROM (${ours})), (SELECT count(*) FROM (${theirs})), (SELECT count(*) FROM (${missing})),
       (SELECT count(*) FROM (${missing}) WHERE ${some}), (SELECT count(*) FROM (${theirs} EXCEPT ALL ${ours}))`,
  ])
  console.log(`  Fettle: ${oursRows} of ${spineRows} spine rows`)
  console.log(
    `  Feast: ${theirsRows} of ${spineRows}; it leaves out ${left}, of which ${leftWithValues} have a value within the day; ${different} of its rows differ from Fettle's`,
  )
  if (different !== 0n || leftWithValues !== 0n || oursRows !== BigInt(spineRows)) process.exitCode = 1
}

async function main(): Promise<void> {
  console.log(machine())
  await makeData()
  const feast = await startFeast()
  console.log(
    `${spineRows} spine rows, ${sourceRows} source rows, ${rounds} rounds; Feast with ${feast.store}`,
  )
  const found: { ours: Measured[]; theirs: Measured[] } = { ours: [], theirs: [] }
  try {
    // The first of each warms up.
    for (let round = 0; round <= rounds; round++) {
      const ours = await measure(fettle)
      const theirs = await feast.read()
      if (round > 0) found.ours.push(ours)
      if (round > 0) found.theirs.push(theirs)
    }
  } finally {
    feast.close()
  }
  for (const key of ['wall', 'cpu'] as const) {
    const [ours, theirs] = [
      median(found.ours.map(each => each[key])),
      median(found.theirs.map(each => each[key])),
    ]
    const ratio = theirs / ours
    const verdict = key === 'cpu' ? '' : `, target ≥ ${target} ×: ${ratio >= target ? 'met' : 'NOT met'}`
    if (key === 'wall' && ratio < target) process.exitCode = 1
    console.log(
      `  ${key.padEnd(4)} fettle ${ours.toFixed(2)} s, feast ${theirs.toFixed(2)} s: ${ratio.toFixed(1)} ×${verdict}`,
    )
  }
  await compare()
}

try {
  await main()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
