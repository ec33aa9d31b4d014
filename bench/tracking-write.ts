// Durable writes of tracking at the level of the service, against plain SQLite with a narrow table and the same fsync:
// log-metric with 32 in flight and alone, batches of 1 000 points with one key and with many. Targets: at least 5 000
// log-metric a second with 32 in flight, 0.8 of the fsync rate alone, 100 000 rows a second in batches and a quarter of raw.
// Then reads of long series: 20 000 points in 40 ms, a curve of 100 000 in 50 ms.
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openMetadata } from '../src/adapters/metadata/index.ts'
import { execute } from '../src/adapters/metadata/sqlite/driver.ts'
import { loadSqlite } from '../src/adapters/metadata/sqlite/engine.ts'
import { openFilesystemObjects } from '../src/adapters/objects/filesystem/index.ts'
import type { LoggedPoint, Tracking } from '../src/experiments/index.ts'
import { systemClock } from '../src/kernel/clock.ts'
import { openTracking } from '../src/platform/tracking.ts'

const rounds = 5
const seconds = 1.5
const rowsPerBatch = 1_000
const local = { name: 'local' }

interface Measured {
  /** Values a second. */
  readonly rate: number
}

/** Repeats until the time is over; each call answers how many values it wrote. */
async function rate(work: (index: number) => Promise<number> | number): Promise<Measured> {
  const started = performance.now()
  let written = 0
  for (let index = 0; performance.now() - started < seconds * 1000; index++) written += await work(index)
  return { rate: written / ((performance.now() - started) / 1000) }
}

const point = (key: string, step: number): LoggedPoint => ({
  key,
  step,
  at: 1_700_000_000_000_000n + BigInt(step) * 1_000n,
  value: Math.sin(step),
})

/** What the service is measured with. */
function subjects(runs: Tracking['runs'], experiment: string) {
  const start = async () => (await runs.create({ experiment }, local)).id
  return {
    'log-metric, 32 in flight, 32 runs': async () => {
      const ids = await Promise.all(Array.from({ length: 32 }, start))
      return rate(async step => {
        await Promise.all(ids.map(id => runs.log(id, { metrics: [point('loss', step)] }, local)))
        return ids.length
      })
    },
    'log-metric, 32 in flight, one run': async () => {
      const id = await start()
      return rate(async index => {
        const steps = Array.from({ length: 32 }, (_, i) => index * 32 + i)
        await Promise.all(steps.map(step => runs.log(id, { metrics: [point('loss', step)] }, local)))
        return 32
      })
    },
    'log-metric, alone': async () => {
      const id = await start()
      return rate(async step => {
        await runs.log(id, { metrics: [point('loss', step)] }, local)
        return 1
      })
    },
    'log-batch, 1 000 points, one key': async () => {
      const id = await start()
      return rate(async index => {
        const metrics = Array.from({ length: rowsPerBatch }, (_, i) =>
          point('loss', index * rowsPerBatch + i),
        )
        await runs.log(id, { metrics }, local)
        return rowsPerBatch
      })
    },
    'log-batch, 1 000 points, 10 keys': async () => {
      const id = await start()
      return rate(async index => {
        const metrics = Array.from({ length: rowsPerBatch }, (_, i) =>
          point(`loss_${i % 10}`, index * 100 + Math.floor(i / 10)),
        )
        await runs.log(id, { metrics }, local)
        return rowsPerBatch
      })
    },
    'log-batch, 1 000 points, 1 000 keys': async () => {
      const id = await start()
      return rate(async index => {
        const metrics = Array.from({ length: rowsPerBatch }, (_, i) => point(`loss_${i}`, index))
        await runs.log(id, { metrics }, local)
        return rowsPerBatch
      })
    },
  }
}

/** Milliseconds of reads of series of so many points. */
function readSubjects(runs: Tracking['runs'], experiment: string) {
  const filled = async (points: number) => {
    const { id } = await runs.create({ experiment }, local)
    for (let from = 0; from < points; from += rowsPerBatch) {
      const metrics = Array.from({ length: rowsPerBatch }, (_, i) => point('loss', from + i))
      await runs.log(id, { metrics }, local)
    }
    return id
  }
  const curve = (points: number) => async () => {
    const run = await filled(points)
    return () => runs.curve({ run, key: 'loss', axis: 'step', pixels: 320 })
  }
  return {
    'history of 20 000 points': async () => {
      const run = await filled(20_000)
      return () => runs.history({ run, key: 'loss', limit: 20_000 })
    },
    'curve of 100 000 points': curve(100_000),
    'curve of 1 000 000 points': curve(1_000_000),
  }
}

/** Plain SQLite: a narrow table, write-ahead log, fsync with each commit. */
async function rawSubjects(path: string) {
  const { DatabaseSync } = await loadSqlite()
  const database = new DatabaseSync(path)
  execute(database, [
    'pragma journal_mode = wal',
    'pragma synchronous = full',
    'create table points (run integer, key integer, at integer, step integer, value integer)',
  ])
  const insert = database.prepare('insert into points values (?, ?, ?, ?, ?)')
  const write = (count: number, index: number) => {
    database.exec('begin')
    for (let i = 0; i < count; i++) insert.run(1, i % 10, 1_700_000_000_000_000n, index, BigInt(index) << 32n)
    database.exec('commit')
    return count
  }
  return {
    'raw: one row a commit': () => rate(index => write(1, index)),
    'raw: 1 000 rows a commit': () => rate(index => write(rowsPerBatch, index)),
  }
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const folder = mkdtempSync(join(tmpdir(), 'fettle-bench-'))
const database = await openMetadata({ kind: 'sqlite', path: join(folder, 'meta.sqlite') })
await database.migrate()
const objects = await openFilesystemObjects(join(folder, 'objects'))
const { tracking } = openTracking({ database, objects, clock: systemClock })
const { id: experiment } = await tracking.experiments.ensure('bench', local)
const all = { ...(await rawSubjects(join(folder, 'raw.sqlite'))), ...subjects(tracking.runs, experiment) }
const only = process.argv[2]
const results = new Map<string, number[]>()
for (let round = 0; round < rounds; round++)
  for (const [name, measure] of Object.entries(all)) {
    if (only !== undefined && !name.includes(only)) continue
    results.set(name, [...(results.get(name) ?? []), (await measure()).rate])
  }
console.log(
  `${cpus().length} cores, ${cpus()[0]?.model}, Node ${process.version}, medians of ${rounds} (least to greatest)`,
)
for (const [name, rates] of results) {
  const shown = [median(rates), Math.min(...rates), Math.max(...rates)].map(each =>
    Math.round(each).toLocaleString('en'),
  )
  console.log(`${name.padEnd(42)} ${shown[0]?.padStart(9)} values/s  (${shown[1]} to ${shown[2]})`)
}
for (const [name, prepare] of Object.entries(readSubjects(tracking.runs, experiment))) {
  if (only !== undefined && !name.includes(only)) continue
  const read = await prepare()
  const took: number[] = []
  for (let index = 0; index < rounds * 4; index++) {
    const started = performance.now()
    await read()
    took.push(performance.now() - started)
  }
  console.log(`${name.padEnd(42)} ${median(took).toFixed(1).padStart(9)} ms`)
}
console.log(`resident: ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`)
await database.close()
rmSync(folder, { recursive: true, force: true })
