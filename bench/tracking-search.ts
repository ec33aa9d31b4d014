// Searches of runs over a store of 10 k and 100 k runs (10 metrics, 10 params, 5 tags each), through the service, in SQLite.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toSortable } from '../src/adapters/metadata/columns.ts'
import { openMetadata } from '../src/adapters/metadata/index.ts'
import { loadSqlite, type SqliteDatabase, type SqliteValue } from '../src/adapters/metadata/sqlite/engine.ts'
import { openFilesystemObjects } from '../src/adapters/objects/filesystem/index.ts'
import { createTrackingService, trackingParts } from '../src/experiments/index.ts'
import { systemClock } from '../src/kernel/clock.ts'

const sizes = (process.env.RUNS ?? '10000,100000').split(',').map(Number)
const rounds = Number(process.env.ROUNDS ?? 60)
/** Only what has this in its name. */
const only = process.env.ONLY ?? ''
const begun = 1_700_000_000_000_000n
const documentBytes = 2_900

/** A reproducible sequence of numbers in [0, 1). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return state / 4_294_967_296
  }
}

function insert(database: SqliteDatabase, table: string, columns: string): (...row: SqliteValue[]) => void {
  const marks = columns.split(',').map(() => '?')
  const statement = database.prepare(`insert into ${table} (${columns}) values (${marks.join()})`)
  return (...row) => statement.run(...row)
}

const seriesColumns =
  'run,key,experiment,points,tail,chunks,max_step,max_at,first_step,first_at,first_nan,first_value,' +
  'latest_step,latest_at,latest_nan,latest_value,least_step,least_at,least_value,greatest_step,greatest_at,greatest_value'

/** Rows as the service leaves them, written past it: the search is what is measured. */
function fill(database: SqliteDatabase, runs: number): void {
  const next = numbers(runs)
  const run = insert(
    database,
    'tracking_runs',
    'id,run_id,experiment,name,user_name,status,started_at,ended_at,newest,deleted,deleted_with,artifact_location,' +
      'created_at,seen_at,beats,revision',
  )
  const key = insert(database, 'tracking_keys', 'id,name')
  const series = insert(database, 'metric_series', seriesColumns)
  const param = insert(database, 'tracking_params', 'run,key,experiment,value')
  const tag = insert(database, 'tracking_tags', 'run,key,experiment,value')
  const document = insert(database, 'run_documents', 'run,revision,body')
  database.exec('begin')
  database.exec(`insert into tracking_experiments (id,name,artifact_location,owner,deleted,created_at,updated_at)
    values (1,'bench','mlflow-artifacts:/1','local',0,0,0)`)
  for (let i = 0; i < 10; i++) {
    key(100 + i, `metric_${i}`)
    key(200 + i, `param_${i}`)
    key(300 + i, `tag_${i}`)
  }
  for (let ref = 1; ref <= runs; ref++) {
    const id = ref.toString(16).padStart(32, '0')
    const at = begun + BigInt(ref) * 1_000_000n
    run(
      ref,
      id,
      1,
      `run-${ref}`,
      'ann',
      'finished',
      at,
      at,
      -at,
      0,
      0,
      `mlflow-artifacts:/1/${id}/artifacts`,
      at,
      at,
      0,
      1,
    )
    for (let i = 0; i < 10; i++) {
      // Every run has metric 0; metric 9 is the same everywhere.
      if (i > 0 && next() < 0.1) continue
      const value = i === 9 ? toSortable(10) : toSortable(Math.round(next() * 1e6) / 1e6)
      series(ref, 100 + i, 1, 1, 1, 0, 0, at, 0, at, 0, value, 0, at, 0, value, 0, at, value, 0, at, value)
    }
    for (let i = 0; i < 10; i++) param(ref, 200 + i, 1, String(Math.floor(next() * 10 ** (i % 4))))
    for (let i = 0; i < 5; i++) tag(ref, 300 + i, 1, `value-${Math.floor(next() * 20)}`)
    document(ref, 1, `{"info":{"run_id":"${id}"},"data":"${'x'.repeat(documentBytes)}"}`)
  }
  database.exec('commit')
}

async function measure(name: string, work: () => Promise<unknown>): Promise<void> {
  if (!name.includes(only)) return
  for (let i = 0; i < 3; i++) await work()
  const times: number[] = []
  const before = process.cpuUsage()
  for (let i = 0; i < rounds; i++) {
    const start = performance.now()
    await work()
    times.push(performance.now() - start)
  }
  // What is left when the machine does other things too.
  const { user, system } = process.cpuUsage(before)
  const cpu = ((user + system) / 1000 / rounds).toFixed(2).padStart(8)
  times.sort((a, b) => a - b)
  const at = (share: number) => (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(2).padStart(8)
  console.log(`${name.padEnd(54)} p50 ${at(0.5)} ms   p95 ${at(0.95)} ms ${cpu} ms cpu`)
}

async function bench(runs: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-search-'))
  const path = join(folder, 'meta.sqlite')
  const database = await openMetadata({ kind: 'sqlite', path })
  await database.migrate()
  const { DatabaseSync } = await loadSqlite()
  const raw = new DatabaseSync(path)
  raw.exec('pragma synchronous = off')
  fill(raw, runs)
  raw.close()
  const tracking = createTrackingService({
    uow: database,
    clock: systemClock,
    format: () => {
      throw new Error('every document is stored')
    },
    parts: trackingParts({
      uow: database,
      clock: systemClock,
      objects: await openFilesystemObjects(join(folder, 'objects')),
    }),
  })
  const scope = { experiments: ['1'], view: 'active', limit: 100 } as const
  const search = (query: object) => tracking.runs.search({ ...scope, ...query })

  console.log(`\n${runs} runs`)
  await measure('newest 100, whole documents', () => search({}))
  await measure('by a metric, descending', () => search({ orderBy: ['metrics.metric_1 DESC'] }))
  await measure('by a metric, ascending', () => search({ orderBy: ['metrics.metric_1'] }))
  await measure('by a metric that is the same everywhere', () => search({ orderBy: ['metrics.metric_9'] }))
  await measure('oldest first', () => search({ orderBy: ['start_time'] }))
  const deepOrder = await cursorAt(0.9, ['metrics.metric_1'])
  const deepNewest = await cursorAt(0.9, [])
  const deepTied = await cursorAt(0.8, ['metrics.metric_9'])
  const absent = await cursorAt(0.95, ['metrics.metric_1'])
  await measure('newest, at 90 % depth', () => search({ cursor: deepNewest }))
  await measure('by a metric, at 90 % depth', () =>
    search({ orderBy: ['metrics.metric_1'], cursor: deepOrder }),
  )
  await measure('by a metric, among those without it', () =>
    search({ orderBy: ['metrics.metric_1'], cursor: absent }),
  )
  await measure('by a metric of equal values, at 80 % depth', () =>
    search({ orderBy: ['metrics.metric_9'], cursor: deepTied }),
  )
  const selective = "metrics.metric_0 > 0.99 AND params.param_2 = '42'"
  await measure('filter by metric and param: 1 in 10 000', () => search({ filter: selective }))
  await measure('filter by metric and param: 1 in 20', () =>
    search({ filter: "metrics.metric_0 > 0.5 AND params.param_1 = '4'" }),
  )
  await measure('filter by metric and param, by a metric', () =>
    search({ filter: "metrics.metric_0 > 0.5 AND params.param_1 = '4'", orderBy: ['metrics.metric_2 DESC'] }),
  )
  await measure('filter by a param as a number', () => search({ filter: 'params.param_3 > 500' }))
  await measure('filter by a tag, regular expression', () => search({ filter: "tags.tag_0 ~ '-1[0-3]$'" }))
  await measure('by a param (sorted)', () => search({ orderBy: ['params.param_3'] }))
  await measure('1 000 runs in a page', () => search({ limit: 1_000 }))
  const columns = [...Array(10).keys()].flatMap(i => [`metrics.metric_${i}`, `params.param_${i}`])
  await measure('20 columns of 100 runs', () => tracking.runs.select({ ...scope, columns }))
  await measure('count with a filter, about', () =>
    tracking.runs.count({ ...scope, filter: 'metrics.metric_0 > 0.5', precision: 'about' }),
  )

  async function cursorAt(depth: number, orderBy: readonly string[]): Promise<string> {
    let cursor: string | undefined
    const pages = Math.floor((runs * depth) / 1_000)
    for (let page = 0; page < pages; page++) {
      const found = await tracking.runs.search({
        ...scope,
        limit: 1_000,
        orderBy,
        ...(cursor ? { cursor } : {}),
      })
      cursor = found.next
    }
    return cursor ?? ''
  }

  await database.close()
  rmSync(folder, { recursive: true })
}

for (const runs of sizes) await bench(runs)
