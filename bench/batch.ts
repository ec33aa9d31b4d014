// Batch scoring against the raw scorer over in-memory columns with the same number of processes, and against row-wise HTTP.
//   node scripts/run.mjs bench/batch.ts [rounds] [rows] [processes]
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openOnnx, openTrees } from '../src/adapters/scorers/index.ts'
import { batchRole } from '../src/platform/batch/batch-role.ts'
import { fileRows } from '../src/platform/batch/prepare.ts'
import { startBatchWorker } from '../src/platform/batch/start-worker.ts'
import type { WorkerJob } from '../src/platform/batch/worker-job.ts'
import {
  defaultPartitionRows,
  partitionsOf,
  runFront,
  runPartitions,
  runScorer,
  type ScorerFactory,
  type ScorerRequest,
  startProcess,
} from '../src/serving/index.ts'
import { fakeFeatures, noFeatures } from '../src/serving/testing/fake-platform.ts'
import { scoreRows } from '../src/training/index.ts'
import { type BenchModel, writeModel, writeRows } from './batch/fixture.ts'
import { random } from './predict/fixture.ts'
import { closedLoop } from './predict/generator.ts'

const script = process.argv[1] ?? ''
const [role = '3', argument = '', more = ''] = process.argv.slice(2)

if (role === 'scorer') {
  await runScorer(JSON.parse(argument) as ScorerRequest, scorersOf('trees'))
  process.exit(0)
} else if (role === 'worker') await batchRole(JSON.parse(argument) as WorkerJob, scorersOf(more))
else if (role === 'raw') await runRaw(JSON.parse(argument) as RawWork)
else await main(Number(role), Number(argument || 400_000), Number(more || 2))

function scorersOf(kind: string): ScorerFactory {
  return { open: kind === 'onnx' ? openOnnx : openTrees }
}

interface RawWork {
  readonly kind: string
  readonly folder: string
  readonly columns: number
  readonly rows: number
}

/** Columns of distinct rows in memory, scored as evaluations score them: nothing is read and nothing is kept. */
async function runRaw({ kind, folder, columns, rows }: RawWork): Promise<void> {
  setPriority(10)
  const open = kind === 'onnx' ? openOnnx : openTrees
  const scorer = await open({ folder, format: 'onnx', inputs: columns })
  const held = Math.min(rows, defaultPartitionRows)
  const table = Array.from({ length: columns }, (_, at) =>
    Float64Array.from({ length: held }, (_, row) => Math.abs(Math.sin(row * (at + 1.37))) * 100),
  )
  const options = { rows: held, progress: () => undefined }
  await scoreRows(scorer, table, { ...options, rows: Math.min(held, 16_384) })
  process.send?.('ready')
  await new Promise(resolve => process.once('message', resolve))
  const cpu = process.cpuUsage()
  for (let done = 0; done < rows; done += held)
    await scoreRows(scorer, table, { ...options, rows: Math.min(held, rows - done) })
  const { user, system } = process.cpuUsage(cpu)
  process.send?.((user + system) / 1e6)
}

interface Measured {
  /** Rows a second, by the clock. */
  readonly perSecond: number
  /** CPU seconds of a million rows, all processes together. */
  readonly cpuPerMillion: number
}

async function raw(work: RawWork, processes: number): Promise<Measured> {
  const share = Math.ceil(work.rows / processes)
  const children = Array.from({ length: processes }, () =>
    spawn(process.execPath, [script, 'raw', JSON.stringify({ ...work, rows: share })], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    }),
  )
  await Promise.all(children.map(message))
  const started = performance.now()
  const ends = children.map(child => {
    const end = message(child)
    child.send('go')
    return end
  })
  const cpu = (await Promise.all(ends)).reduce<number>((sum, each) => sum + Number(each), 0)
  const seconds = (performance.now() - started) / 1000
  for (const child of children) child.kill()
  return { perSecond: (share * processes) / seconds, cpuPerMillion: (cpu * 1e6) / (share * processes) }
}

function message(child: ChildProcess): Promise<unknown> {
  return new Promise(resolve => child.once('message', resolve))
}

async function batch(
  job: WorkerJob,
  { kind, rows, processes }: { readonly kind: string; readonly rows: number; readonly processes: number },
): Promise<Measured> {
  rmSync(job.folder, { recursive: true, force: true })
  mkdirSync(job.folder, { recursive: true })
  const { signal } = new AbortController()
  const ready = await Promise.all(
    Array.from({ length: processes }, () =>
      startBatchWorker({ command: [process.execPath, script, 'worker', JSON.stringify(job), kind], signal }),
    ),
  )
  // The first partition of a process pays for the compilation of what it runs: raw is warm, too.
  await Promise.all(ready.map((worker, at) => worker.score({ partition: 1_000 + at, from: 0, to: 8_192 })))
  const waiting = [...ready]
  let cpuMicros = 0
  const started = performance.now()
  await runPartitions({
    partitions: partitionsOf(rows, Math.min(defaultPartitionRows, Math.ceil(rows / processes))),
    workers: processes,
    startWorker: async () => {
      const worker = waiting.shift()
      if (!worker) throw new Error('a worker ended')
      return { score: worker.score, close: async () => undefined }
    },
    commit: async () => true,
    onScored: scored => {
      cpuMicros += scored.cpuMicros
    },
    signal,
  })
  const seconds = (performance.now() - started) / 1000
  await Promise.all(ready.map(worker => worker.close()))
  return { perSecond: rows / seconds, cpuPerMillion: cpuMicros / rows }
}

/** One row a request over HTTP, 32 connections, log on. */
async function http(model: BenchModel): Promise<number> {
  const front = await runFront({
    servingFolder: model.serving,
    prepareFeatures: fakeFeatures,
    features: noFeatures,
    startScorer: request => startProcess(process.execPath, [script, 'scorer', JSON.stringify(request)]),
    dataPort: 0,
    adminPort: 0,
    standby: false,
  })
  const url = new URL(`${front.dataUrl}/predict/late`)
  const asked = Array.from({ length: 512 }, (_, row) => {
    const body = JSON.stringify(
      Object.fromEntries(model.columns.map((name, i) => [name, random(row * 31 + i) * 100])),
    )
    return Buffer.from(
      `POST ${url.pathname} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
  })
  const target = { host: url.hostname, port: Number(url.port), requests: asked }
  await closedLoop(target, { seconds: 1, connections: 32 })
  const { requests, seconds, errors } = await closedLoop(target, { seconds: 3, connections: 32 })
  await front.drain()
  if (errors > 0) throw new Error(`${errors} requests failed`)
  return requests / seconds
}

async function main(rounds: number, rows: number, processes: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-bench-batch-'))
  const path = join(folder, 'rows.parquet')
  try {
    await writeRows(path, rows)
    console.log(`${rows} rows of 30 columns in Parquet, 100 trees of depth 6, ${processes} processes`)
    for (const kind of ['trees', 'onnx'])
      await compare({ folder: join(folder, kind), path, kind, rounds, rows, processes })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Comparison {
  readonly folder: string
  readonly path: string
  readonly kind: string
  readonly rounds: number
  readonly rows: number
  readonly processes: number
}

async function compare({ folder, path, kind, rounds, rows, processes }: Comparison): Promise<void> {
  const model = await writeModel(folder, scorersOf(kind))
  const relation = await fileRows(model.release.features, { path, keep: [] })
  const job: WorkerJob = {
    ...{ job: 'bj-bench', kind: 'batch', releaseFolder: model.folder, relation, keep: [], assignment: null },
    ...{ folder: join(folder, 'files'), log: false, createdAt: '0', asOf: '0' },
  }
  const work = { kind, folder: model.folder, columns: model.columns.length, rows }
  const found: { raw: Measured; batch: Measured; logged: Measured }[] = []
  for (let round = 0; round < rounds; round++)
    found.push({
      raw: await raw(work, processes),
      batch: await batch(job, { kind, rows, processes }),
      logged: await batch({ ...job, log: true }, { kind, rows, processes }),
    })
  const perSecond = (of: (typeof found)[number]) => [of.raw, of.batch, of.logged].map(each => each.perSecond)
  const line = (name: string, values: readonly number[], digits = 0) => {
    const [lowest = 0, middle = 0, highest = 0] = [0, values.length >> 1, values.length - 1].map(
      at => values.toSorted((a, b) => a - b)[at] ?? 0,
    )
    const text = [middle, lowest, highest].map(value => value.toFixed(digits))
    console.log(`${kind}: ${name.padEnd(44)} ${text[0]} (${text[1]} – ${text[2]})`)
  }
  line(
    'raw scorer over columns in memory, rows/s',
    found.map(of => perSecond(of)[0] ?? 0),
  )
  line(
    'batch, rows/s',
    found.map(of => perSecond(of)[1] ?? 0),
  )
  line(
    'batch with decision records, rows/s',
    found.map(of => perSecond(of)[2] ?? 0),
  )
  line(
    'batch / raw, by the clock',
    found.map(of => of.batch.perSecond / of.raw.perSecond),
    2,
  )
  line(
    'raw / batch, by CPU',
    found.map(of => of.raw.cpuPerMillion / of.batch.cpuPerMillion),
    2,
  )
  line(
    'raw / batch with records, by CPU',
    found.map(of => of.raw.cpuPerMillion / of.logged.cpuPerMillion),
    2,
  )
  line(
    'batch, CPU-s per million rows',
    found.map(of => of.batch.cpuPerMillion),
    2,
  )
  if (kind !== 'trees') return
  const single = await http(model)
  line('one row a request over HTTP, rows/s', [single])
  line(
    'batch / HTTP',
    found.map(of => of.batch.perSecond / single),
    1,
  )
}
