import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDuckDBEngine } from '../src/adapters/engines/duckdb/index.ts'
import type {
  FeatureViewData,
  SourceData,
  TrainingSetData,
  WindowFeatureData,
} from '../src/definitions/model.ts'
import { buildTrainingSet } from '../src/features/index.ts'
import { duckdb, machine } from './offline/measure.ts'

/**
 * A training set of 1 M spine rows over 30 M source rows, ten looked-up doubles and five windows, built in a process of its
 * own with a memory limit of 1 GiB and without one (features.md §17): the same checksum, resident memory of at most the
 * limit and 512 MiB, at most three times the wall time, and no temporary file left.
 *
 *     node scripts/run.mjs bench/memory.ts [rows] [limit in MiB] [rounds]
 */
const [mode = '30000000'] = process.argv.slice(2)

function windowFeature(
  name: string,
  op: 'count' | 'sum' | 'mean' | 'max' | 'last',
  window: string,
): WindowFeatureData {
  const column = op === 'count' ? {} : { column: 'v0' }
  return {
    kind: 'window',
    name,
    op,
    window,
    hop: '1h',
    type: op === 'count' ? 'int64' : 'float64',
    ...column,
  }
}

function view(name: string, features: FeatureViewData['features']): FeatureViewData & { version: number } {
  const common = { entity: 'key', source: 'rows', keys: ['k'], at: 'at', knownTime: 'cutoff' } as const
  return { kind: 'featureView', name, version: 1, ...common, features }
}

const doubles = Array.from({ length: 10 }, (_, index) => `v${index}`)
const views = [
  view(
    'newest',
    doubles.map(name => ({ kind: 'lookup', name, column: name, type: 'float64' })),
  ),
  view('sums', [
    windowFeature('n', 'count', '24h'),
    windowFeature('total', 'sum', '24h'),
    windowFeature('mean', 'mean', '7d'),
    windowFeature('most', 'max', '7d'),
    windowFeature('last', 'last', '24h'),
  ]),
]

function sourceOf(name: string, columns: SourceData['columns'], known: SourceData['knownAt']): SourceData {
  return {
    kind: 'source',
    name,
    from: { kind: 'parquet', path: `${name}.parquet` },
    columns,
    eventTime: 'e',
    knownAt: known,
  }
}

const key = { name: 'k', type: 'int64' } as const
const times = { name: 'e', type: 'timestamp' } as const
const sources = [
  sourceOf(
    'rows',
    [
      key,
      times,
      { name: 'known', type: 'timestamp' },
      ...doubles.map(name => ({ name, type: 'float64' as const })),
    ],
    { kind: 'column', column: 'known' },
  ),
  sourceOf('spine', [{ name: 'id', type: 'int64' }, key, times, { name: 'y', type: 'bool' }], {
    kind: 'event',
  }),
]
const trainingSet: TrainingSetData = {
  kind: 'trainingSet',
  name: 'memory',
  spine: { source: 'spine', time: 'e' },
  columns: ['id', 'k', 'e'],
  request: [],
  lookups: views.map(each => ({
    view: each.name,
    as: each.name,
    keys: ['k'],
    features: each.features.map(({ name }) => name),
  })),
  onDemand: [],
  label: { kind: 'column', name: 'label', known: 'as-of', column: 'y', op: 'eq', value: true },
  labelMaturity: '1us',
  splits: [],
  embargo: true,
  fullNames: false,
  keepUnlabelled: false,
}

async function makeData(folder: string, rows: number): Promise<void> {
  const start = 1_704_067_200_000_000n
  const span = 90n * 86_400_000_000n
  const values = doubles
    .map((name, index) => `(hash(i * 31 + ${index}) % 1000003) / 100.0 AS ${name}`)
    .join(', ')
  const event = `make_timestamp(${start} + (i * ${span / BigInt(rows)})::BIGINT)`
  const time = `make_timestamp(${start} + (hash(i * 13 + 5) % ${span})::BIGINT)`
  const parquet = 'FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1'
  await duckdb([
    `COPY (SELECT (hash(i) % 50000)::BIGINT AS k, ${event} AS e, ${event} + to_seconds((hash(i * 17) % 7200)::BIGINT) AS known, ${values} FROM range(${rows}) t(i)) TO '${join(folder, 'rows.parquet')}' (${parquet})`,
    `COPY (SELECT i::BIGINT AS id, (hash(i * 7 + 1) % 50000)::BIGINT AS k, ${time} AS e, i % 3 = 0 AS y FROM range(${Math.min(rows, 1_000_000)}) t(i)) TO '${join(folder, 'spine.parquet')}' (${parquet})`,
  ])
}

interface Built {
  readonly checksum: string
  readonly wall: number
  readonly peakBytes: number
}

/** Runs in a process of its own: builds and writes what it measured as one line. */
async function build(folder: string, limit: string): Promise<void> {
  const now = 1_735_689_600_000_000n
  const started = performance.now()
  const limits = limit === 'none' ? { memoryLimit: '64GiB' } : { memoryLimit: `${limit}MiB` }
  let last = ''
  const manifest = await buildTrainingSet(
    createDuckDBEngine({ threads: 2, temporaryFolder: join(folder, 'spill'), ...limits }),
    { trainingSet, entities: [], sources, views, onDemand: [] },
    {
      asOf: now,
      projectFolder: folder,
      outputFolder: join(folder, 'set'),
      onProgress({ message }) {
        if (process.env['VERBOSE'] && message !== last)
          console.error(
            `${((performance.now() - started) / 1000).toFixed(1)} s ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB ${message}`,
          )
        last = message
      },
      signal: new AbortController().signal,
      now,
    },
  )
  const wall = (performance.now() - started) / 1000
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '')
  const peak = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? process.resourceUsage().maxRSS) * 1024
  console.log(JSON.stringify({ checksum: manifest.checksum, wall, peakBytes: peak } satisfies Built))
}

function inChild(folder: string, limit: string): Promise<Built> {
  return new Promise((settle, reject) => {
    const child = spawn(process.execPath, [process.argv[1] ?? '', 'build', folder, limit], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', piece => (output += String(piece)))
    child.on('exit', code =>
      code === 0
        ? settle(JSON.parse(output) as Built)
        : reject(new Error(`the build with limit ${limit} ended with ${code}`)),
    )
  })
}

async function compare(): Promise<void> {
  const rows = Number(mode)
  const limit = Number(process.argv[3] ?? 1024)
  const rounds = Number(process.argv[4] ?? 1)
  const folder = await mkdtemp(join(tmpdir(), 'fettle-bench-memory-'))
  try {
    console.log(machine())
    console.log(`${rows} source rows, limit ${limit} MiB, ${rounds} rounds`)
    await makeData(folder, rows)
    for (let round = 0; round < rounds; round++) {
      const limited = await inChild(folder, String(limit))
      const free = await inChild(folder, 'none')
      const peak = limited.peakBytes / 2 ** 20
      const line = (name: string, { wall, peakBytes, checksum }: Built): string =>
        `  ${name.padEnd(10)} wall ${wall.toFixed(1)} s, peak ${(peakBytes / 2 ** 20).toFixed(0)} MiB, ${checksum.slice(0, 23)}…`
      console.log(`${line('limited', limited)}\n${line('unlimited', free)}`)
      const left = await readdir(join(folder, 'spill'))
      const holds = {
        'same checksum': limited.checksum === free.checksum,
        [`peak ≤ ${limit} + 512 MiB`]: peak <= limit + 512,
        [`wall ${(limited.wall / free.wall).toFixed(2)} × ≤ 3 ×`]: limited.wall <= 3 * free.wall,
        'no temporary file left': left.length === 0,
      }
      for (const [name, met] of Object.entries(holds)) {
        console.log(`  ${name}: ${met ? 'met' : 'NOT met'}`)
        if (!met) process.exitCode = 1
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

if (mode === 'build') await build(process.argv[3] ?? '', process.argv[4] ?? 'none')
else await compare()
