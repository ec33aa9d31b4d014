// Materializing an as-of view of 1 M keys x 25 float64 columns from Parquet into LMDB, against a bare loop: the same engine's
// scan, one packed buffer a row, batch puts into the same store. Targets: at least 0.5 of the rows a second, RSS at most
// 1 GiB. Each part runs in a process of its own. `--keys n` for fewer keys.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDuckDBEngine } from '../src/adapters/engines/duckdb/index.ts'
import { openLmdbStore } from '../src/adapters/online/lmdb/index.ts'
import type { SourceData } from '../src/definitions/model.ts'
import { materialize, type OnlineView } from '../src/features/index.ts'

const columns = 25
const chunk = 2_000
const now = 480_000n * 3_600_000_000n
const names = Array.from({ length: columns }, (_, i) => `f${i}`)
const source: SourceData = {
  kind: 'source',
  name: 'rows',
  from: { kind: 'parquet', path: 'rows.parquet' },
  columns: [
    { name: 'key', type: 'int64' },
    { name: 'at', type: 'timestamp' },
    ...names.map(name => ({ name, type: 'float64' as const })),
  ],
  eventTime: 'at',
  knownAt: { kind: 'event' },
}
const view: OnlineView = {
  kind: 'featureView',
  name: 'latest',
  entity: null,
  source: 'rows',
  keys: ['key'],
  at: 'at',
  knownTime: 'cutoff',
  version: 1,
  semanticHash: 'x',
  features: names.map(name => ({ kind: 'lookup', name, column: name, type: 'float64' })),
}

interface Measured {
  readonly seconds: number
  readonly rss: number
}

async function prepare(folder: string, keys: number): Promise<void> {
  const engine = createDuckDBEngine({ memoryLimit: '1GB', threads: 2 })
  const session = await engine.open({ projectFolder: folder })
  const values = names.map((name, i) => `((i * ${i + 3}) % 100003) / 8.0 AS ${name}`).join(', ')
  await session.writeParquet(
    `SELECT i AS key, make_timestamp(${now - 1_000_000n} - i) AS at, ${values} FROM range(${keys}) t(i)`,
    join(folder, 'rows.parquet'),
  )
  await session.close()
  await engine.close()
}

async function fettle(folder: string): Promise<void> {
  const engine = createDuckDBEngine({ memoryLimit: '400MB', threads: 2 })
  const store = openLmdbStore({ folder: join(folder, 'fettle') })
  const closure = { entities: [], sources: [source], views: [view] }
  await materialize(engine, store, closure, {
    now,
    projectFolder: folder,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  })
  await store.close()
  await engine.close()
}

async function bare(folder: string): Promise<void> {
  const engine = createDuckDBEngine({ memoryLimit: '400MB', threads: 2 })
  const store = openLmdbStore({ folder: join(folder, 'bare') })
  const scan = await engine.scanView({
    closure: { entities: [], sources: [source], views: [view] },
    view: 'latest',
    projectFolder: folder,
    knownAfter: null,
    knownUpTo: now,
    eventFrom: null,
  })
  const at = names.map(name => scan.fields.findIndex(field => field.name === name))
  let puts: { key: Buffer; next: () => Uint8Array }[] = []
  for await (const rows of scan.chunks) {
    for (let i = 0; i < (rows[0]?.length ?? 0); i++) {
      const key = Buffer.alloc(25)
      key.writeBigInt64BE((rows[0]?.[i] ?? 0n) as bigint, 17)
      const bytes = Buffer.alloc(columns * 8 + 33)
      for (const [j, column] of at.entries())
        bytes.writeDoubleLE((rows[column]?.[i] ?? 0) as number, 33 + j * 8)
      puts.push({ key, next: () => bytes })
      if (puts.length < chunk) continue
      await store.update(puts)
      puts = []
    }
  }
  await store.update(puts)
  await store.close()
  await engine.close()
}

function measure(part: string, folder: string): Measured {
  rmSync(join(folder, part), { recursive: true, force: true })
  const child = spawnSync(process.execPath, [process.argv[1] ?? '', part, folder], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(child.stdout.trim().split('\n').at(-1) ?? '') as Measured
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

async function main(keys: number, rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-bench-materialize-'))
  try {
    console.log(
      `node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}; ${keys} keys x ${columns} columns`,
    )
    await prepare(folder, keys)
    const measured: Record<'bare' | 'fettle', Measured[]> = { bare: [], fettle: [] }
    for (let round = 0; round < rounds; round++)
      for (const part of ['bare', 'fettle'] as const) measured[part].push(measure(part, folder))
    for (const part of ['bare', 'fettle'] as const) {
      const seconds = median(measured[part].map(each => each.seconds))
      const rss = Math.max(...measured[part].map(each => each.rss)) / 2 ** 20
      console.log(
        `${part.padEnd(6)} ${seconds.toFixed(1)} s, ${Math.round(keys / seconds)} rows/s, ${Math.round((keys * columns) / seconds)} values/s, RSS ${Math.round(rss)} MiB`,
      )
    }
    const seconds = (part: 'bare' | 'fettle'): number => median(measured[part].map(each => each.seconds))
    const rss = Math.max(...measured.fettle.map(each => each.rss)) / 2 ** 20
    const ratio = seconds('bare') / seconds('fettle')
    const values = (keys * columns) / seconds('fettle')
    console.log(
      `ratio ${ratio.toFixed(2)} (at least 0.5), ${Math.round(values)} values/s (at least 500 000), RSS ${Math.round(rss)} MiB (at most 1024)`,
    )
    process.exitCode = ratio >= 0.5 && rss <= 1024 && values >= 500_000 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const [role, folder = ''] = process.argv.slice(2)
if (role === 'bare' || role === 'fettle') {
  const started = performance.now()
  await (role === 'bare' ? bare : fettle)(folder)
  const result: Measured = {
    seconds: (performance.now() - started) / 1000,
    rss: process.resourceUsage().maxRSS * 1024,
  }
  console.log(JSON.stringify(result))
} else {
  const at = process.argv.indexOf('--keys')
  const keys = at === -1 ? 1_000_000 : Number(process.argv[at + 1])
  await main(keys, at === -1 ? 5 : 1)
}
