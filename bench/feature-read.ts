// Features over HTTP: POST /features/read of the front (50 features in 5 views) against a bare node:http server that does
// the same LMDB reads and writes the same bytes. Servers run in processes of their own; CPU is that of the server.
// Targets: 1 entity at most 3 x the CPU, 100 entities columnar and Arrow at most 2 x; 100 x 50 p99 at most 5 ms at 100/s.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, createServer, request } from 'node:http'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLmdbStore } from '../src/adapters/online/lmdb/index.ts'
import type { SourceData } from '../src/definitions/model.ts'
import {
  type Bytes,
  createFeatureService,
  featureCatalog,
  type OnlineStore,
  type OnlineView,
  prepareFeatures,
  pushRows,
  writeFeatureCatalog,
} from '../src/features/index.ts'
import type { Value } from '../src/kernel/values/index.ts'
import { runFront } from '../src/serving/index.ts'

const now = 1_772_366_400_000_000n
const entities = 2_000
const rounds = 5
const clock = { nowMicros: () => now }
const groups = ['a', 'b', 'c', 'd', 'e']

const source = (name: string): SourceData => ({
  kind: 'source',
  name,
  from: { kind: 'push' },
  eventTime: 'at',
  knownAt: { kind: 'ingest' },
  columns: [
    { name: 'id', type: 'int64' },
    { name: 'at', type: 'timestamp' },
    ...Array.from({ length: 10 }, (_, i) => ({
      name: `${name}_${i}`,
      type: i < 3 ? ('int64' as const) : ('float64' as const),
    })),
  ],
})

function view(name: string): OnlineView {
  const columns = source(name).columns.slice(2)
  return {
    kind: 'featureView',
    name: `view_${name}`,
    entity: null,
    source: name,
    keys: ['id'],
    at: 'at',
    knownTime: 'cutoff',
    features: columns.map(({ name: column, type }) => ({ kind: 'lookup', name: column, column, type })),
    version: 1,
    semanticHash: name,
  }
}

const views = groups.map(view)
const catalog = featureCatalog({
  entities: [],
  sources: groups.map(source),
  views,
  onDemand: [],
  services: {},
})
const features = views.flatMap(each => each.features.map(feature => `${each.name}:${feature.name}`))

async function fill(folder: string): Promise<void> {
  const store = openLmdbStore({ folder: join(folder, 'online') })
  for (const [g, each] of views.entries()) {
    const rows = Array.from({ length: entities }, (_, id): Value[] => [
      BigInt(id),
      now - BigInt(1 + ((id * 37 + g) % 3600)) * 1_000_000n,
      ...Array.from({ length: 10 }, (_, i) =>
        i < 3 ? BigInt(id * (i + 1)) : ((id * 31 + i * 7 + g) % 10_000) / 16,
      ),
    ])
    await pushRows(store, { view: each, source: source(groups[g] ?? ''), rows, now })
  }
  await store.close()
  await writeFeatureCatalog(join(folder, 'features.json'), catalog)
}

const bodyOf = (index: number, rows: number): string =>
  JSON.stringify({
    features,
    entities: { id: Array.from({ length: rows }, (_, i) => (index * 97 + i * 13) % entities) },
  })

async function front(folder: string): Promise<void> {
  const store = openLmdbStore({ folder: join(folder, 'online') })
  const service = await serviceOn(store, folder)
  const { dataUrl } = await runFront({
    servingFolder: folder,
    prepareFeatures: served => prepareFeatures(store, served),
    features: service,
    startScorer: () => {
      throw new Error('no model')
    },
    dataPort: 0,
    adminPort: 0,
    systemClock: clock,
  })
  process.stdout.write(`${new URL(dataUrl).port}\n`)
}

function serviceOn(store: OnlineStore, folder: string) {
  return createFeatureService({
    store,
    prepareFeatures: served => prepareFeatures(store, served),
    catalogFile: join(folder, 'features.json'),
    journalFolder: join(folder, 'journal'),
    clock,
  })
}

/** Takes the body, does the reads this request needs and sends the bytes the front sends. */
async function bare(folder: string, frontPort: number): Promise<void> {
  const store = openLmdbStore({ folder: join(folder, 'online') })
  const reads: Bytes[][] = []
  const watched: OnlineStore = {
    ...store,
    readMany: keys => {
      reads.push([...keys])
      return store.readMany(keys)
    },
  }
  const service = await serviceOn(watched, folder)
  const known = new Map<string, { readonly keys: readonly Bytes[][]; readonly body: Buffer }>()
  for (const [rows, accept] of shapes)
    for (let index = 0; index < distinct; index++) {
      const ids = JSON.parse(bodyOf(index, rows)).entities
      reads.length = 0
      await service.read({ features, entities: ids, decode: value => BigInt(value as number), asOf: now })
      const { bytes } = await post(frontPort, { body: bodyOf(index, rows), accept, path: '/features/read' })
      known.set(`${rows} ${accept} ${index}`, { keys: reads.map(each => [...each]), body: bytes })
    }
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', chunk => chunks.push(chunk as Buffer))
    req.on('end', () => {
      Buffer.concat(chunks)
      const found = known.get(decodeURIComponent((req.url ?? '').slice(1)))
      for (const keys of found?.keys ?? []) void store.readMany(keys)
      const body = found?.body ?? Buffer.alloc(0)
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
      res.end(body)
    })
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`)
  })
}

const distinct = 40
const arrow = 'application/vnd.apache.arrow.stream'
const json = 'application/json'
const shapes: readonly (readonly [rows: number, accept: string, perRound: number, target: number])[] = [
  [1, json, 4000, 3],
  [100, json, 500, 2],
  [100, arrow, 500, 2],
]

const agent = new Agent({ keepAlive: true, maxSockets: 8 })
interface Sent {
  readonly path: string
  readonly body: string
  readonly accept: string
}

function post(
  port: number,
  { path, body, accept }: Sent,
): Promise<{ readonly status: number; readonly bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': json, accept, 'content-length': Buffer.byteLength(body) }
    const req = request({ port, host: '127.0.0.1', path, method: 'POST', agent, headers }, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk as Buffer))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, bytes: Buffer.concat(chunks) }))
    })
    req.on('error', reject)
    req.end(body)
  })
}

/** µs of CPU of a process so far, in ticks of 10 ms. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

interface Server {
  readonly child: ChildProcess
  readonly port: number
}

async function start(...argv: string[]): Promise<Server> {
  const child = spawn(process.execPath, ['--no-warnings', process.argv[1] ?? '', ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const port = await new Promise<number>(resolve =>
    child.stdout?.once('data', data => resolve(Number(String(data)))),
  )
  return { child, port }
}

async function closedLoop(server: Server, shape: (typeof shapes)[number], path: (index: number) => string) {
  const [rows, accept, count] = shape
  const before = cpuOf(server.child.pid ?? 0)
  let next = 0
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (next < count) {
        const index = next++ % distinct
        const { status } = await post(server.port, { path: path(index), body: bodyOf(index, rows), accept })
        if (status !== 200) throw new Error(`status ${status}`)
      }
    }),
  )
  return (cpuOf(server.child.pid ?? 0) - before) / count
}

/** Latencies of requests begun at a steady rate, in ms, sorted. */
async function openLoop(port: number, rate: number, seconds: number): Promise<readonly number[]> {
  const times: number[] = []
  const begun = performance.now()
  await Promise.all(
    Array.from({ length: rate * seconds }, async (_, i) => {
      const due = begun + (i * 1000) / rate
      await new Promise(resolve => setTimeout(resolve, due - performance.now()))
      await post(port, { path: '/features/read', body: bodyOf(i % distinct, 100), accept: json })
      times.push(performance.now() - due)
    }),
  )
  return times.sort((a, b) => a - b)
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
const shown = (values: readonly number[]): string =>
  `${median(values).toFixed(0)} µs (${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)})`

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-bench-features-'))
  const servers: Server[] = []
  try {
    console.log(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}`)
    await fill(folder)
    const fettle = await start('front', folder)
    servers.push(fettle)
    const other = await start('bare', folder, String(fettle.port))
    servers.push(other)
    for (const shape of shapes) {
      const [rows, accept, , target] = shape
      const measured = { fettle: [] as number[], bare: [] as number[] }
      for (let round = 0; round <= rounds; round++) {
        const floor = await closedLoop(
          other,
          shape,
          index => `/${encodeURIComponent(`${rows} ${accept} ${index}`)}`,
        )
        const ours = await closedLoop(fettle, shape, () => '/features/read')
        if (round === 0) continue
        measured.bare.push(floor)
        measured.fettle.push(ours)
      }
      const ratio = median(measured.fettle) / median(measured.bare)
      console.log(
        `${rows} x 50 ${accept === json ? 'columnar' : 'arrow'}: fettle ${shown(measured.fettle)}, bare ${shown(measured.bare)} of CPU a request; ratio ${ratio.toFixed(2)} (target ${target})`,
      )
      if (ratio > target) process.exitCode = 1
    }
    const times = await openLoop(fettle.port, 100, 10)
    const at = (share: number): string => (times[Math.floor(times.length * share)] ?? Number.NaN).toFixed(2)
    console.log(`100 x 50 columnar at 100/s: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms (target 5)`)
  } finally {
    for (const { child } of servers) child.kill()
    agent.destroy()
    rmSync(folder, { recursive: true, force: true })
  }
}

const [role, folder = '', port = ''] = process.argv.slice(2)
if (role === 'front') await front(folder)
else if (role === 'bare') await bare(folder, Number(port))
else await main()
