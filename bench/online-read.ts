// One entity's features over HTTP: prepareFeatures behind a bare node:http handler, against a bare node:http server that
// does the same LMDB reads and writes as many bytes. Roles run in processes of their own; target: at most 3 x the CPU.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, createServer, get } from 'node:http'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLmdbStore } from '../src/adapters/online/lmdb/index.ts'
import type { FeatureViewData, SourceData } from '../src/definitions/model.ts'
import {
  type Bytes,
  materialize,
  memoryScan,
  type OnlineStore,
  prepareFeatures,
  type ServedFeatures,
} from '../src/features/index.ts'
import type { Value } from '../src/kernel/values/index.ts'

const hour = 3_600_000_000n
const now = 1_000_000n * hour
const airports = 200
const rounds = 7
const perRound = 6_000

const source: SourceData = {
  kind: 'source',
  name: 'flights',
  from: { kind: 'parquet', path: 'none' },
  eventTime: 'event',
  knownAt: { kind: 'column', column: 'known' },
  columns: [
    { name: 'origin', type: 'string' },
    { name: 'destination', type: 'string' },
    { name: 'event', type: 'timestamp' },
    { name: 'known', type: 'timestamp' },
    { name: 'delay', type: 'int64' },
    { name: 'late', type: 'float64' },
  ],
}

function view(
  name: string,
  keys: readonly string[],
  features: readonly (readonly [name: string, op: 'count' | 'mean' | 'max', window: string, hop: string])[],
): ServedFeatures['views'][number] {
  const base: FeatureViewData = {
    kind: 'featureView',
    name,
    entity: null,
    source: 'flights',
    keys,
    at: 'at',
    knownTime: 'cutoff',
    features: features.map(([feature, op, window, hop]) => ({
      kind: 'window',
      name: feature,
      op,
      window,
      hop,
      type: op === 'mean' ? 'float64' : 'int64',
      ...(op === 'count' ? {} : { column: op === 'max' ? 'delay' : 'late' }),
    })),
  }
  return { ...base, version: 1, semanticHash: name }
}

const views = [
  view(
    'origin_landings',
    ['origin'],
    [
      ['landed_3h', 'count', '3h', '5m'],
      ['late_3h', 'mean', '3h', '5m'],
      ['late_24h', 'mean', '1d', '1h'],
      ['worst_3h', 'max', '3h', '5m'],
    ],
  ),
  view(
    'destination_landings',
    ['destination'],
    [
      ['into_3h', 'count', '3h', '5m'],
      ['into_late_3h', 'mean', '3h', '5m'],
    ],
  ),
  view(
    'route_landings',
    ['origin', 'destination'],
    [
      ['route_7d', 'count', '7d', '1h'],
      ['route_late_7d', 'mean', '7d', '1h'],
    ],
  ),
]
const features: ServedFeatures = {
  request: [
    { name: 'origin', type: 'string' },
    { name: 'destination', type: 'string' },
  ],
  lookups: views.map(each => ({
    view: each.name,
    as: each.name,
    keys: each.keys,
    features: each.features.map(feature => feature.name),
  })),
  fullNames: false,
  views,
  sources: [source],
  onDemand: [],
}

function airport(index: number): string {
  return `A${String(index % airports).padStart(3, '0')}`
}
const row = (index: number): Record<string, Value> => ({
  origin: airport(index * 7),
  destination: airport(index * 11 + 3),
})

async function fill(folder: string): Promise<void> {
  const rows = Array.from({ length: 120_000 }, (_, i): Value[] => {
    const { origin = null, destination = null } = row(i)
    const event = now - (BigInt(i * 5_039_999) % (7n * 24n * hour))
    return [
      origin,
      destination,
      event,
      event + hour / 2n,
      BigInt((i * 31) % 90) - 10n,
      (i * 31) % 90 > 25 ? 1 : 0,
    ]
  })
  const store = openLmdbStore({ folder })
  const report = await materialize(
    memoryScan({ fields: source.columns, rows }),
    store,
    { entities: [], sources: [source], views },
    {
      now,
      projectFolder: '.',
      onProgress: () => {},
      signal: new AbortController().signal,
    },
  )
  for (const each of report.views)
    console.log(
      `${each.view}: ${each.keys} keys, ${Math.round(each.bytes / Math.max(1, each.keys))} bytes each, ${each.milliseconds} ms`,
    )
  await store.close()
}

/** Remembers which keys each row needs and how long its answer is, for the bare server. */
function recorded(store: OnlineStore): { readonly store: OnlineStore; readonly reads: Bytes[][] } {
  const reads: Bytes[][] = []
  return {
    reads,
    store: {
      ...store,
      readMany: keys => {
        reads.push([...keys])
        return store.readMany(keys)
      },
    },
  }
}

const distinct = 4_000

async function serve(folder: string, kind: string): Promise<void> {
  const store = openLmdbStore({ folder })
  const answers = kind === 'bare' ? await bareAnswers(store) : featureAnswers(store)
  const server = createServer((request, response) => {
    if (request.url === '/cpu') {
      const { user, system } = process.cpuUsage()
      response.end(String(user + system))
      return
    }
    const body = answers(Number(request.url?.slice(1)) % distinct)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
    response.end(body)
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`)
  })
}

function featureAnswers(store: OnlineStore): (index: number) => string {
  const prepared = prepareFeatures(store, features)
  const names = prepared.names.map(name => JSON.stringify(name))
  return index => {
    const found = prepared.read([row(index)], now)
    if (found instanceof Promise) throw new TypeError('LMDB reads at once')
    const values = found.values[0] ?? []
    let body = '{'
    for (let i = 0; i < names.length; i++) body += `${i === 0 ? '' : ','}${names[i]}:${values[i]}`
    return `${body}}`
  }
}

async function bareAnswers(store: OnlineStore): Promise<(index: number) => string> {
  const { store: watched, reads } = recorded(store)
  const answer = featureAnswers(watched)
  const known = Array.from({ length: distinct }, (_, index) => {
    reads.length = 0
    const length = Buffer.byteLength(answer(index))
    return { keys: reads.map(keys => [...keys]), body: 'x'.repeat(length) }
  })
  return index => {
    const { keys = [], body = '' } = known[index] ?? {}
    for (const each of keys) void store.readMany(each)
    return body
  }
}

/** Sends `count` requests over keep-alive connections, eight at a time; prints µs of wall and of the server's CPU per request. */
async function load(port: number, count: number, first: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const fetchText = (path: string) =>
    new Promise<string>((resolve, reject) => {
      get({ port, host: '127.0.0.1', path, agent }, response => {
        let text = ''
        response
          .setEncoding('latin1')
          .on('data', chunk => {
            text += chunk
          })
          .on('end', () => resolve(text))
      }).on('error', reject)
    })
  const before = Number(await fetchText('/cpu'))
  const started = process.hrtime.bigint()
  let next = 0
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (next < count) await fetchText(`/${first + next++}`)
    }),
  )
  const wall = Number(process.hrtime.bigint() - started) / 1000 / count
  const cpu = (Number(await fetchText('/cpu')) - before) / count
  process.stdout.write(`${JSON.stringify({ wall, cpu })}\n`)
  agent.destroy()
}

const children: ChildProcess[] = []
function start(...argv: string[]): { readonly child: ChildProcess; readonly line: Promise<string> } {
  const child = spawn(process.execPath, [process.argv[1] ?? '', ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  return {
    child,
    line: new Promise(resolve => child.stdout?.once('data', data => resolve(String(data).trim()))),
  }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
const shown = (values: readonly number[]): string =>
  `${median(values).toFixed(1)} µs (${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)})`

async function inProcess(folder: string): Promise<void> {
  const store = openLmdbStore({ folder })
  const answer = featureAnswers(store)
  const times: number[] = []
  for (let round = 0; round < 20; round++) {
    const started = performance.now()
    for (let i = 0; i < 2000; i++) answer(round * 2000 + i)
    times.push(((performance.now() - started) * 1000) / 2000)
  }
  console.log(`in process, keys to JSON text: ${shown(times.slice(5))}`)
  await store.close()
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-bench-online-'))
  try {
    console.log(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}`)
    await fill(folder)
    await inProcess(folder)
    const ports = {
      features: await start('serve', folder, 'features').line,
      bare: await start('serve', folder, 'bare').line,
    }
    const measured: Record<'features' | 'bare', { wall: number; cpu: number }[]> = { features: [], bare: [] }
    for (let round = 0; round <= rounds; round++) {
      for (const kind of ['bare', 'features'] as const) {
        const result = JSON.parse(
          await start('load', ports[kind], String(perRound), String(round * perRound)).line,
        ) as { wall: number; cpu: number }
        if (round > 0) measured[kind].push(result)
      }
    }
    for (const kind of ['bare', 'features'] as const) {
      console.log(
        `${kind.padEnd(8)}  wall ${shown(measured[kind].map(each => each.wall))}   server CPU ${shown(measured[kind].map(each => each.cpu))}`,
      )
    }
    const ratio = (of: 'wall' | 'cpu'): number =>
      median(measured.features.map(each => each[of])) / median(measured.bare.map(each => each[of]))
    console.log(`ratio: wall ${ratio('wall').toFixed(2)}, CPU ${ratio('cpu').toFixed(2)} (target: at most 3)`)
    process.exitCode = ratio('cpu') <= 3 ? 0 : 1
  } finally {
    for (const child of children) child.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

const [role, ...rest] = process.argv.slice(2)
if (role === 'serve') await serve(rest[0] ?? '', rest[1] ?? '')
else if (role === 'load') await load(Number(rest[0]), Number(rest[1]), Number(rest[2]))
else await main()
