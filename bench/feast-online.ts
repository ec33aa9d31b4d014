/**
 * CPU per online read of 50 features of one entity, of the server's processes alone: Fettle's front in the Feast dialect
 * and natively, and Feast's own Python feature server over SQLite, in one run. `node scripts/run.mjs bench/feast-online.ts`
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { openLmdbStore } from '../src/adapters/online/lmdb/index.ts'
import type { SourceData } from '../src/definitions/model.ts'
import {
  createFeatureService,
  featureCatalog,
  prepareFeatures,
  type ServedFeatures,
  writeFeatureCatalog,
} from '../src/features/index.ts'
import { systemClock } from '../src/kernel/clock.ts'
import { runFront } from '../src/serving/index.ts'

const names = Array.from({ length: 50 }, (_, index) => `f${index}`)
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
const rounds = 5
const environment = resolve('.cache/python/feast/bin')

async function serve(folder: string): Promise<void> {
  const source: SourceData = {
    kind: 'source',
    name: 'rows',
    from: { kind: 'push' },
    columns: [
      { name: 'id', type: 'int64' },
      { name: 'event_timestamp', type: 'timestamp' },
      ...names.map(name => ({ name, type: 'float64' as const })),
    ],
    eventTime: 'event_timestamp',
    knownAt: { kind: 'ingest' },
  }
  const view = {
    kind: 'featureView' as const,
    name: 'wide',
    entity: 'thing',
    source: 'rows',
    keys: ['id'],
    at: 'at' as const,
    knownTime: 'cutoff' as const,
    maxAge: '1d',
    features: names.map(name => ({ kind: 'lookup' as const, name, column: name, type: 'float64' as const })),
    version: 1,
    semanticHash: 'wide',
  }
  const catalogFile = join(folder, 'catalog.json')
  const entities = [{ kind: 'entity' as const, name: 'thing', key: [{ name: 'id', type: 'int64' as const }] }]
  const content = { entities, sources: [source], views: [view], onDemand: [], services: {} }
  await writeFeatureCatalog(catalogFile, featureCatalog(content))
  const store = openLmdbStore({ folder: join(folder, 'online') })
  const prepare = (features: ServedFeatures) => prepareFeatures(store, features)
  const journalFolder = join(folder, 'journal')
  const features = await createFeatureService({
    store,
    prepareFeatures: prepare,
    catalogFile,
    journalFolder,
    clock: systemClock,
  })
  const front = await runFront({
    servingFolder: join(folder, 'serving'),
    prepareFeatures: prepare,
    features,
    startScorer: () => {
      throw new Error('nothing is deployed')
    },
    dataPort: 0,
    adminPort: 0,
  })
  process.stdout.write(`${front.dataUrl}\n`)
}

function post(url: string, body: unknown): Promise<{ status: number; text: string }> {
  return new Promise((done, fail) => {
    const sent = request(
      url,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      answer => {
        const chunks: Buffer[] = []
        answer.on('data', chunk => chunks.push(chunk as Buffer))
        answer.on('end', () =>
          done({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        )
      },
    )
    sent.on('error', fail)
    sent.end(JSON.stringify(body))
  })
}

/** CPU of a process and all below it, milliseconds. */
function cpuMillis(pid: number): number {
  const ticks = 1000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
  const stats = readdirSync('/proc').flatMap(name => {
    if (!/^\d+$/.test(name)) return []
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ')
      const cpu = Number(fields[11]) + Number(fields[12])
      return [{ pid: Number(name), parent: Number(fields[1]), cpu }]
    } catch {
      return []
    }
  })
  const below = new Set([pid])
  for (const each of stats.sort((a, b) => a.pid - b.pid)) if (below.has(each.parent)) below.add(each.pid)
  return stats.filter(each => below.has(each.pid)).reduce((sum, each) => sum + each.cpu * ticks, 0)
}

interface Read {
  readonly child: ChildProcess
  readonly url: string
  readonly body: unknown
  readonly count: number
}

/** CPU milliseconds per request. */
async function measure({ child, url, body, count }: Read): Promise<number> {
  const { status, text } = await post(url, body)
  if (status !== 200 || !text.includes('0.5')) throw new Error(`${url}: ${status} ${text.slice(0, 200)}`)
  const before = cpuMillis(child.pid ?? 0)
  for (let sent = 0; sent < count; sent++) await post(url, body)
  return (cpuMillis(child.pid ?? 0) - before) / count
}

/** Median of rounds in turns, so that what else the machine does hits all alike; the first round warms up. */
async function inTurns(reads: readonly Read[]): Promise<readonly number[]> {
  const found = reads.map((): number[] => [])
  for (let round = 0; round <= rounds; round++)
    for (const [index, read] of reads.entries()) {
      const millis = await measure(read)
      if (round > 0) found[index]?.push(millis)
    }
  return found.map(each => each.sort((left, right) => left - right)[rounds >> 1] ?? Number.NaN)
}

async function startFettle(folder: string): Promise<{ child: ChildProcess; base: string }> {
  const child = spawn(process.execPath, [process.argv[1] ?? '', 'serve', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const base = await new Promise<string>(done =>
    child.stdout?.once('data', data => done(String(data).trim())),
  )
  const df = {
    id: [1],
    event_timestamp: [new Date().toISOString()],
    ...Object.fromEntries(names.map(name => [name, [0.5]])),
  }
  await post(`${base}/feast/push`, { push_source_name: 'rows', df, to: 'online' })
  return { child, base }
}

async function startFeast(folder: string): Promise<{ child: ChildProcess; base: string }> {
  execFileSync(join(environment, 'python'), [resolve('test/services/feast_bench.py'), folder], {
    stdio: 'inherit',
  })
  const port = await freePort()
  const words = ['-c', folder, 'serve', '-h', '127.0.0.1', '-p', String(port), '--no-access-log']
  const child = spawn(join(environment, 'feast'), words, {
    stdio: 'ignore',
    env: { ...process.env, FEAST_USAGE: 'False' },
  })
  const base = `http://127.0.0.1:${port}`
  for (let tries = 0; tries < 300; tries++) {
    const healthy = await fetch(`${base}/health`).then(
      answer => answer.ok,
      () => false,
    )
    if (healthy) return { child, base }
    await new Promise(wake => setTimeout(wake, 200))
  }
  throw new Error('the Feast server did not start')
}

function freePort(): Promise<number> {
  return new Promise(done => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => done(port))
    })
  })
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-bench-feast-'))
  const children: ChildProcess[] = []
  try {
    const features = names.map(name => `wide:${name}`)
    const body = { features, entities: { id: [1] } }
    const fettle = await startFettle(join(folder, 'fettle'))
    children.push(fettle.child)
    const feast = await startFeast(join(folder, 'feast'))
    children.push(feast.child)
    const [dialect = 0, native = 0, python = 0] = await inTurns([
      { ...fettle, url: `${fettle.base}/feast/get-online-features`, body, count: 1500 },
      { ...fettle, url: `${fettle.base}/features/read`, body, count: 1500 },
      { ...feast, url: `${feast.base}/get-online-features`, body, count: 150 },
    ])
    const line = (name: string, millis: number): string =>
      `${name.padEnd(24)} ${millis.toFixed(3)} CPU ms per request, Feast's server needs ${(python / millis).toFixed(1)}x\n`
    process.stdout.write(
      line('Fettle, Feast dialect', dialect) + line('Fettle, native', native) + line('Feast, SQLite', python),
    )
    process.exitCode = python / dialect >= 20 ? 0 : 1
  } finally {
    for (const child of children) child.kill('SIGTERM')
    agent.destroy()
    rmSync(folder, { recursive: true, force: true })
  }
}

await (process.argv[2] === 'serve' ? serve(process.argv[3] ?? '') : main())
