// Batches of 500 rows into the embedded online store, each synced, against bare batched puts of as many bytes with the same
// sync; and one hot key with 100 000 events in its window. Targets: at least 0.4 of the rows a second; milliseconds a batch.
// `hot` measures the hot key alone.
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLmdbStore } from '../src/adapters/online/lmdb/index.ts'
import type { SourceData } from '../src/definitions/model.ts'
import { type OnlineStore, type OnlineView, prepareFeatures, pushSource } from '../src/features/index.ts'
import type { Value } from '../src/kernel/values/index.ts'

const hour = 3_600_000_000n
const start = 480_000n * hour
const rounds = 5
const batchesARound = 20
const batchRows = 500
const keys = 50_000

const source: SourceData = {
  kind: 'source',
  name: 'events',
  from: { kind: 'push' },
  columns: [
    { name: 'key', type: 'int64' },
    { name: 'at', type: 'timestamp' },
    ...Array.from({ length: 10 }, (_, i) => ({ name: `f${i}`, type: 'float64' as const })),
  ],
  eventTime: 'at',
  knownAt: { kind: 'ingest' },
}
const base = {
  kind: 'featureView',
  entity: null,
  source: 'events',
  keys: ['key'],
  at: 'at',
  knownTime: 'cutoff',
  version: 1,
} as const
const latest: OnlineView = {
  ...base,
  name: 'latest',
  semanticHash: 'l',
  features: Array.from({ length: 10 }, (_, i) => ({
    kind: 'lookup',
    name: `f${i}`,
    column: `f${i}`,
    type: 'float64',
  })),
}
const windows: OnlineView = {
  ...base,
  name: 'windows',
  semanticHash: 'w',
  features: (['count', 'mean', 'max', 'stddev_samp'] as const).map(op => ({
    kind: 'window',
    name: op,
    op,
    column: 'f0',
    window: '1d',
    hop: '1h',
    type: op === 'count' ? 'int64' : 'float64',
  })),
}

let sequence = 0n
let clock = start

function batch(keyOf: (row: number) => bigint): { readonly rows: Value[][]; readonly sequences: bigint[] } {
  const rows = Array.from({ length: batchRows }, (_, i): Value[] => [
    keyOf(i),
    clock - BigInt(i),
    ...Array.from({ length: 10 }, (_, column) => (i * 7 + column) / 8),
  ])
  return { rows, sequences: rows.map(() => ++sequence) }
}

async function push(
  store: OnlineStore,
  view: OnlineView,
  keyOf: (row: number) => bigint,
  after = 1_000n,
): Promise<void> {
  clock += after
  await pushSource(store, { views: [view], source, now: clock, ...batch(keyOf) })
}

/** As many records of the same size, under keys of the same length. */
async function barePut(store: OnlineStore, bytes: Uint8Array, keyOf: (row: number) => bigint): Promise<void> {
  await store.update(
    Array.from({ length: batchRows }, (_, row) => {
      const key = Buffer.alloc(32)
      key[0] = 0x7f
      key.writeBigInt64BE(keyOf(row), 24)
      return { key, next: () => bytes }
    }),
  )
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
const shown = (values: readonly number[]): string =>
  `${Math.round(median(values))} rows/s (${Math.round(Math.min(...values))} to ${Math.round(Math.max(...values))})`

async function rowsPerSecond(work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  for (let i = 0; i < batchesARound; i++) await work()
  return (batchesARound * batchRows * 1000) / (performance.now() - started)
}

async function compare(store: OnlineStore, view: OnlineView, bytes: number): Promise<number> {
  let next = 0
  const spread = (row: number): bigint => BigInt((next + row * 101) % keys)
  const advance = (): void => {
    next += 7919
  }
  const body = new Uint8Array(bytes)
  const measured: { bare: number[]; pushed: number[] } = { bare: [], pushed: [] }
  for (let round = 0; round <= rounds; round++) {
    const bare = await rowsPerSecond(async () => {
      advance()
      await barePut(store, body, spread)
    })
    const pushed = await rowsPerSecond(async () => {
      advance()
      await push(store, view, spread)
    })
    if (round === 0) continue
    measured.bare.push(bare)
    measured.pushed.push(pushed)
  }
  const ratio = median(measured.pushed) / median(measured.bare)
  console.log(`${view.name}: bare ${shown(measured.bare)}, push ${shown(measured.pushed)}`)
  console.log(`${view.name}: ratio ${ratio.toFixed(2)} (target: at least 0.4)`)
  return ratio
}

/** 100 000 events of one key, over the day that its windows see: the slowest batch, one event afterwards, and a read. */
async function hot(store: OnlineStore): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < 200; i++) {
    const started = performance.now()
    await push(store, windows, () => -1n, 400_000_000n)
    times.push(performance.now() - started)
  }
  const ones: number[] = []
  for (let i = 0; i < 200; i++) {
    clock += 1_000n
    const started = performance.now()
    await pushSource(store, {
      views: [windows],
      source,
      now: clock,
      rows: [[-1n, clock, ...Array.from({ length: 10 }, () => 1)]],
      sequences: [++sequence],
    })
    ones.push(performance.now() - started)
  }
  const prepared = prepareFeatures(store, {
    request: [],
    lookups: [{ view: 'windows', as: 'windows', keys: ['key'], features: ['count', 'mean'] }],
    fullNames: false,
    views: [windows],
    sources: [source],
    onDemand: [],
  })
  const started = performance.now()
  const found = await prepared.read([{ key: -1n }], clock + 1n)
  const read = performance.now() - started
  if (found.values[0]?.[0] !== 100_200n) throw new Error(`the hot key counts ${found.values[0]?.[0]} events`)
  console.log(
    `hot key: batch of 500 ${median(times).toFixed(1)} ms, at worst ${Math.max(...times).toFixed(0)} ms; one event ${median(ones).toFixed(1)} ms, at worst ${Math.max(...ones).toFixed(0)} ms; read ${read.toFixed(1)} ms`,
  )
  return Math.max(...times, ...ones)
}

const folder = mkdtempSync(join(tmpdir(), 'fettle-bench-push-'))
const store = openLmdbStore({ folder })
try {
  console.log(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}`)
  const ratios = process.argv.includes('hot')
    ? [1]
    : [await compare(store, latest, 120), await compare(store, windows, 120)]
  const worst = await hot(store)
  process.exitCode = Math.min(...ratios) >= 0.4 && worst < 1_000 ? 0 : 1
} finally {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
}
