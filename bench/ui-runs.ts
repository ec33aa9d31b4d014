// Pages of experiments over 100 k runs with 10 k metric keys in SQLite: what their API calls take and weigh, and how long a
// browser takes until rows can be read. Targets: p95 of a call at most 150 ms and 1 MB, of a page at most 500 ms.
import { existsSync, mkdirSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { toSortable } from '../src/adapters/metadata/columns.ts'
import { openMetadata } from '../src/adapters/metadata/index.ts'
import { loadSqlite, type SqliteDatabase, type SqliteValue } from '../src/adapters/metadata/sqlite/engine.ts'
import { localPrincipal } from '../src/governance/index.ts'
import { launchBrowser } from '../test/e2e/browser.ts'
import { buildUi } from '../test/e2e/build-ui.ts'
import { startTrackingServer, type TrackingServer } from '../test/support/tracking-server.ts'

const runs = Number(process.env['RUNS'] ?? 100_000)
const keys = Number(process.env['KEYS'] ?? 10_000)
const rounds = Number(process.env['ROUNDS'] ?? 40)
/** Only what has this in its name. */
const only = process.env['ONLY'] ?? ''
const longSeries = Number(process.env['POINTS'] ?? 1_000_000)
/** Filling takes minutes: the store is kept for the next time. */
const folder = process.env['STORE'] ?? join(tmpdir(), `fettle-ui-runs-${runs}-${keys}-${longSeries}`)
const begun = 1_700_000_000_000_000n
const commonKeys = Number(process.env['COMMON'] ?? 10)
const rareKeys = Number(process.env['RARE'] ?? 10)
const params = Number(process.env['PARAMS'] ?? 10)
const tags = Number(process.env['TAGS'] ?? 5)

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

const idOf = (ref: number) => ref.toString(16).padStart(32, '0')
const metricName = (index: number) => `metric_${String(index).padStart(5, '0')}`

/** Rows as the service leaves them, written past it: the pages are what is measured. */
function fill(database: SqliteDatabase): void {
  const next = numbers(runs)
  const run = insert(
    database,
    'tracking_runs',
    'id,run_id,experiment,name,user_name,status,started_at,ended_at,newest,deleted,deleted_with,artifact_location,' +
      'created_at,seen_at,beats,revision',
  )
  const key = insert(database, 'tracking_keys', 'id,name')
  const series = insert(
    database,
    'metric_series',
    'run,key,experiment,points,tail,chunks,max_step,max_at,first_step,first_at,first_nan,first_value,' +
      'latest_step,latest_at,latest_nan,latest_value,least_step,least_at,least_value,greatest_step,greatest_at,greatest_value',
  )
  const param = insert(database, 'tracking_params', 'run,key,experiment,value')
  const tag = insert(database, 'tracking_tags', 'run,key,experiment,value')
  database.exec('begin')
  database.exec(`insert into tracking_experiments (id,name,artifact_location,owner,deleted,created_at,updated_at)
    values (1,'bench','mlflow-artifacts:/1','local',0,0,0)`)
  for (let i = 0; i < keys; i++) key(1_000 + i, metricName(i))
  for (let i = 0; i < 10; i++) {
    key(100 + i, `param_${i}`)
    key(200 + i, `tag_${i}`)
  }
  for (let ref = 1; ref <= runs; ref++) {
    const at = begun + BigInt(ref) * 1_000_000n
    const id = idOf(ref)
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
    const rare = new Set<number>()
    while (rare.size < rareKeys) rare.add(commonKeys + Math.floor(next() * (keys - commonKeys)))
    for (const index of [...Array(commonKeys).keys(), ...rare]) {
      const value = toSortable(Math.round(next() * 1e6) / 1e6)
      series(
        ref,
        1_000 + index,
        1,
        1,
        1,
        0,
        0,
        at,
        0,
        at,
        0,
        value,
        0,
        at,
        0,
        value,
        0,
        at,
        value,
        0,
        at,
        value,
      )
    }
    for (let i = 0; i < params; i++) param(ref, 100 + i, 1, String(Math.floor(next() * 10 ** (i % 4))))
    for (let i = 0; i < tags; i++) tag(ref, 200 + i, 1, `value-${Math.floor(next() * 20)}`)
  }
  database.exec('commit')
}

/** A run with all metric keys, and one with a long series: their pages are the heaviest. */
async function fillLarge({
  tracking,
}: TrackingServer): Promise<{ readonly wide: string; readonly long: string }> {
  const scope = { experiments: ['1'], view: 'active', columns: [], limit: 1 } as const
  const found = async (name: string) =>
    (await tracking.runs.select({ ...scope, filter: `attributes.run_name = '${name}'` })).items[0]?.id
  const [wide, long] = [await found('wide'), await found('long')]
  if (wide !== undefined && long !== undefined) return { wide, long }
  const make = async (name: string) =>
    (await tracking.runs.create({ experiment: '1', name, startedAt: begun }, localPrincipal)).id
  const made = { wide: await make('wide'), long: await make('long') }
  const log = (id: string, points: readonly [string, number][]) =>
    tracking.runs.log(
      id,
      {
        metrics: points.map(([key, step]) => ({
          key,
          step,
          value: Math.sin(step / 500),
          at: begun + BigInt(step) * 1000n,
        })),
      },
      localPrincipal,
    )
  for (let at = 0; at < keys; at += 1_000)
    await log(
      made.wide,
      Array.from({ length: Math.min(1_000, keys - at) }, (_, i) => [metricName(at + i), 1]),
    )
  for (let at = 0; at < longSeries; at += 1_000)
    await log(
      made.long,
      Array.from({ length: 1_000 }, (_, i) => ['loss', at + i]),
    )
  for (const id of Object.values(made))
    await tracking.runs.update(id, { status: 'finished', endedAt: begun }, localPrincipal)
  return made
}

const at = (times: readonly number[], share: number) =>
  (times.toSorted((a, b) => a - b)[Math.ceil(share * times.length) - 1] ?? 0).toFixed(1).padStart(8)

async function timed(name: string, work: () => Promise<number | undefined>): Promise<void> {
  if (!name.includes(only)) return
  await work()
  const times: number[] = []
  let bytes = 0
  const before = process.cpuUsage()
  for (let i = 0; i < rounds; i++) {
    const start = performance.now()
    bytes = Math.max(bytes, (await work()) ?? 0)
    times.push(performance.now() - start)
  }
  // Of server and client together: what is left when the machine does other things too.
  const { user, system } = process.cpuUsage(before)
  const cpu = `${((user + system) / 1000 / rounds).toFixed(1).padStart(8)} ms cpu`
  const weight = bytes > 0 ? `${(bytes / 1000).toFixed(1).padStart(8)} kB` : ''
  console.log(`${name.padEnd(52)} p50 ${at(times, 0.5)} ms  p95 ${at(times, 0.95)} ms ${cpu} ${weight}`)
}

async function benchCalls(url: string, { wide, long }: { wide: string; long: string }): Promise<void> {
  const call = async (path: string, body?: object) => {
    const response = await fetch(`${url}/api/v1/tracking${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json' },
    })
    const text = await response.text()
    if (!response.ok) throw new Error(text)
    return text
  }
  const ask = (path: string, body?: object) => async () => (await call(path, body)).length
  const columns = Array.from({ length: 20 }, (_, i) => `metrics.${metricName(i < 10 ? i : i * 7)}`)
  const select = (more: object = {}) =>
    ask('/runs/select', { experiments: ['1'], columns, limit: 100, ...more })
  const rare = metricName(4_242 % keys)
  await timed('experiments', ask('/experiments'))
  await timed('newest 100 runs, 20 columns', select())
  await timed('ordered by a metric', select({ orderBy: [`metrics.${metricName(1)} DESC`] }))
  await timed('ordered by the least of a metric', select({ orderBy: [`metrics.${metricName(1)}.min ASC`] }))
  await timed('ordered by a metric few runs have', select({ orderBy: [`metrics.${rare} DESC`] }))
  await timed('ordered by a param', select({ orderBy: ['params.param_3 DESC'] }))
  await timed(
    'filter metric and param',
    select({ filter: `metrics.${metricName(0)} > 0.99 AND params.param_2 = '42'` }),
  )
  await timed(
    'filter metric and param, by a metric',
    select({
      filter: `metrics.${metricName(0)} > 0.5 AND params.param_1 = '4'`,
      orderBy: [`metrics.${metricName(2)} DESC`],
    }),
  )
  await timed('filter that few runs pass', select({ filter: `metrics.${rare} > 0.5` }))
  await timed('filter that none passes', select({ filter: "tags.tag_0 = 'nothing'" }))
  let cursor: string | undefined
  for (let page = 0; page < 100; page++)
    cursor = (
      JSON.parse(await call('/runs/select', { experiments: ['1'], columns, limit: 500, cursor })) as {
        next?: string
      }
    ).next
  await timed('100 runs after 50 000', select({ cursor }))
  await timed('count, about', ask('/runs/count', { experiments: ['1'] }))
  await timed(
    'count, exactly, filtered',
    ask('/runs/count', { experiments: ['1'], precision: 'exact', filter: `metrics.${metricName(0)} > 0.5` }),
  )
  await timed('names of metrics by part', ask('/runs/keys?experiments=1&kind=metrics&contains=42&limit=100'))
  await timed(
    'compare 50 runs',
    ask('/runs/compare', { runs: Array.from({ length: 50 }, (_, i) => idOf(i * 97 + 1)) }),
  )
  await timed('run page, 10 k metrics', ask(`/runs/${wide}`))
  await timed('its first 100 metrics', ask(`/runs/${wide}/metrics`))
  await timed('its metrics by part of the name', ask(`/runs/${wide}/metrics?contains=42`))
  await timed('curve of 1 M points, 600 pixels', ask(`/runs/${long}/curve?key=loss&pixels=600`))
  await timed(
    'curve of 1 M points, zoomed to 1 %',
    ask(`/runs/${long}/curve?key=loss&pixels=600&from=500000&to=510000`),
  )
}

async function benchPages(url: string, { long }: { long: string }): Promise<void> {
  const browser = await launchBrowser({ width: 1440, height: 900 })
  const { page } = await browser.newPage()
  const grid = page.getByRole('grid', { name: 'Runs' })
  const reads = (text: string) => grid.getByText(text, { exact: true }).first().waitFor()
  const columns = Array.from({ length: 20 }, (_, i) => `metrics.${metricName(i)}`).join(',')
  const open = async () => {
    await page.goto(`${url}/experiments`)
    await page.getByRole('link', { name: 'bench' }).waitFor()
  }
  await open()
  await inPage(page, 'from the list into 100 k runs', {
    before: open,
    work: async () => {
      await page.getByRole('link', { name: 'bench' }).click()
      await reads(`run-${runs}`)
    },
  })
  const table = () =>
    page.goto(`${url}/experiments/bench?columns=${columns}`).then(() => reads(`run-${runs}`))
  await inPage(page, 'order by a metric, 20 columns', {
    before: table,
    work: async () => {
      await grid.getByRole('button', { name: metricName(1) }).click()
      await grid.getByText(`run-${runs}`, { exact: true }).waitFor({ state: 'detached' })
    },
  })
  await inPage(page, 'filter, 20 columns', {
    before: table,
    work: async () => {
      await page.getByRole('combobox', { name: 'Filter runs' }).fill(`metrics.${metricName(0)} > 0.99`)
      await page.keyboard.press('Enter')
      await grid.getByText(`run-${runs}`, { exact: true }).waitFor({ state: 'detached' })
    },
  })
  await inPage(page, 'open the charts of 1 M points', {
    before: () =>
      page
        .goto(`${url}/experiments/runs/${long}`)
        .then(() => page.getByRole('cell', { name: 'loss' }).waitFor()),
    work: async () => {
      await page.getByRole('link', { name: 'Charts' }).first().click()
      await page.getByText('sampled:').waitFor()
    },
  })
  await table()
  await page.evaluate(watchFrames)
  await grid.hover()
  for (let i = 0; i < 120; i++) {
    await page.mouse.wheel(i % 3 === 0 ? 160 : 0, 400)
    await page.waitForTimeout(16)
  }
  console.log(`scrolling both ways, 120 wheel steps: ${await page.evaluate('JSON.stringify(frameTimes())')}`)
  await browser.close()
}

const watchFrames = `(() => {
  const frames = []
  let last = performance.now()
  const tick = now => { frames.push(now - last); last = now; requestAnimationFrame(tick) }
  requestAnimationFrame(tick)
  window.frameTimes = () => {
    const sorted = [...frames].sort((a, b) => a - b)
    return { frames: frames.length, p95ms: Math.round(sorted[Math.floor(sorted.length * 0.95)]), longestMs: Math.round(sorted.at(-1)), over50ms: frames.filter(each => each > 50).length }
  }
})()`

interface InPage {
  before(): Promise<unknown>
  work(): Promise<unknown>
}

async function inPage(_page: Page, name: string, { before, work }: InPage): Promise<void> {
  if (!name.includes(only)) return
  const times: number[] = []
  for (let i = 0; i < Math.min(rounds, 15); i++) {
    await before()
    const start = performance.now()
    await work()
    times.push(performance.now() - start)
  }
  console.log(`${name.padEnd(52)} p50 ${at(times, 0.5)} ms  p95 ${at(times, 0.95)} ms (browser)`)
}

if (!existsSync(join(folder, 'metadata.db'))) {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'metadata.db')
  const database = await openMetadata({ kind: 'sqlite', path })
  await database.migrate()
  await database.close()
  const { DatabaseSync } = await loadSqlite()
  const raw = new DatabaseSync(path)
  raw.exec('pragma synchronous = off')
  const start = performance.now()
  fill(raw)
  raw.close()
  console.log(`filled ${runs} runs in ${((performance.now() - start) / 1000).toFixed(0)} s`)
}
const server = await startTrackingServer({ folder, uiFolder: await buildUi() })
console.log(
  `${runs} runs, ${keys} metric keys, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}, store ${folder}`,
)
const large = await fillLarge(server)
await benchCalls(server.url, large)
if (process.env['PAGES'] !== 'no') await benchPages(server.url, large)
for (const fault of server.faults) console.log(JSON.stringify(fault))
await server.close()
