// POST /predict and /v2/…/infer against a bare node:http that parses the same body, log written.
//   node scripts/run.mjs bench/predict.ts [rounds] [seconds] [pattern of the cases]
// CPU time is quoted beside rates: on a machine that others use, it is the figure that holds.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runBare } from './predict/bare.ts'
import { writeFixture } from './predict/fixture.ts'
import { runBenchFront, runBenchScorer } from './predict/front.ts'
import { type Closed, line, measureClosed, measureOpen, ratios } from './predict/measure.ts'
import { type Asking, requestsOf } from './predict/requests.ts'
import { pinned, type Server, startRole } from './predict/servers.ts'
import { lookup3, lookup50, shadowed30, shapes, unlogged30, vector30, wide300 } from './predict/shapes.ts'

interface Case {
  readonly name: string
  readonly on: 'bare' | 'front'
  readonly asking: Asking
  readonly connections: number
}

const one = { dialect: 'native', rows: 1 } as const
const pairs: readonly [string, Asking, number][] = [
  ['30 features', { shape: vector30, ...one }, 32],
  ['30 features, 1 connection', { shape: vector30, ...one }, 1],
  ['30 features, 256 connections', { shape: vector30, ...one }, 256],
  ['30 features, OIP JSON', { shape: vector30, rows: 1, dialect: 'oip' }, 32],
  ['30 features, 16 rows', { shape: vector30, rows: 16, dialect: 'native' }, 32],
  ['30 features, 128 rows', { shape: vector30, rows: 128, dialect: 'native' }, 8],
  ['lookup of 50', { shape: lookup50, ...one }, 32],
  ['3 lookups of 8', { shape: lookup3, ...one }, 32],
]
const cases: readonly Case[] = [
  ...pairs.flatMap(([name, asking, connections]): Case[] => [
    { name: `bare: ${name}`, on: 'bare', asking, connections },
    { name: `predict: ${name}`, on: 'front', asking, connections },
  ]),
  { name: 'log off: 30 features', on: 'front', asking: { shape: unlogged30, ...one }, connections: 32 },
  { name: 'log off, alone', on: 'front', asking: { shape: unlogged30, ...one }, connections: 1 },
  { name: 'shadow: 30 features', on: 'front', asking: { shape: shadowed30, ...one }, connections: 32 },
  {
    name: 'JSON: 16 × 300',
    on: 'front',
    asking: { shape: wide300, rows: 16, dialect: 'oip' },
    connections: 8,
  },
  {
    name: 'binary: 16 × 300',
    on: 'front',
    asking: { shape: wide300, rows: 16, dialect: 'binary' },
    connections: 8,
  },
]

const script = process.argv[1] ?? ''
const [first = '5', second = '2', third = ''] = process.argv.slice(2)

if (first === 'scorer') {
  await runBenchScorer(second)
} else if (first === 'bare') {
  console.log(await runBare())
} else if (first === 'front') await runBenchFront(script, second)
else await main(Number(first), Number(second), third)

type Results = Map<string, Closed[]>

async function main(rounds: number, seconds: number, only: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-bench-'))
  const servers: Server[] = []
  try {
    await writeFixture(folder, shapes)
    const bare = await startRole(script, ['bare'])
    servers.push(bare)
    const front = await startRole(script, ['front', folder])
    servers.push(front)
    const wanted = cases.filter(({ name }) => new RegExp(only).test(name))
    const results: Results = new Map(wanted.map(({ name }) => [name, []]))
    const targets = new Map(
      wanted.map(each => [each, requestsOf((each.on === 'bare' ? bare : front).url, each.asking)]),
    )
    // The first round warms everything and is not counted.
    for (let round = 0; round <= rounds; round++) {
      for (const [{ name, on, connections }, target] of targets) {
        const server = on === 'bare' ? bare : front
        const result = await measureClosed(server, target, { seconds, connections })
        if (round > 0) results.get(name)?.push(result)
      }
    }
    printClosed(results)
    printRatios(results)
    if (only === '') await printOpen(front, results, { rounds, seconds })
    if ([...results.values()].flat().some(({ errors }) => errors > 0)) {
      console.log('these figures do not count: a request that fails is quick')
      process.exitCode = 1
    }
  } finally {
    await Promise.all(servers.map(server => server.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
}

function printClosed(results: Results): void {
  console.log(
    pinned
      ? 'server on core 0; load generator and scorer on core 1'
      : 'server, scorer and load generator share the cores of this machine',
  )
  console.log(`${'closed loop'.padEnd(68)} median   range`)
  for (const [name, values] of results) {
    console.log(
      line(
        `${name}: requests/s`,
        values.map(each => each.perSecond),
        0,
      ),
    )
    console.log(
      line(
        '    µs of CPU of the process that listens, per request',
        values.map(each => each.cpuMicros),
        1,
      ),
    )
    console.log(
      line(
        '    µs with its scorer',
        values.map(each => each.allMicros),
        1,
      ),
    )
  }
}

type Figure = (closed: Closed) => number
function rate(each: Closed): number {
  return each.perSecond
}
function cpuRate(each: Closed): number {
  return 1 / each.cpuMicros
}
function p50(each: Closed): number {
  return each.p50
}

/** Claims of serving.md §12: over, under, what of them, target. */
function claims(): readonly [string, string, string, Figure][] {
  return [
    ...pairs.flatMap(([name, { shape, rows }]): [string, string, string, Figure][] => {
      const target = rows > 1 ? '' : shape.lookups.length > 0 ? ' (≥ 0.30)' : ' (≥ 0.45)'
      return [
        [`${name}, per CPU second${target}`, `predict: ${name}`, `bare: ${name}`, cpuRate],
        [`${name}, per second`, `predict: ${name}`, `bare: ${name}`, rate],
      ]
    }),
    ['log on over off, throughput (≥ 0.85)', 'predict: 30 features', 'log off: 30 features', rate],
    ['log on over off, per CPU second', 'predict: 30 features', 'log off: 30 features', cpuRate],
    ['log on over off, p50 alone (≤ 1.10)', 'predict: 30 features, 1 connection', 'log off, alone', p50],
    ['shadow on over off, p50 saturated', 'shadow: 30 features', 'predict: 30 features', p50],
    ['binary over JSON, 16 × 300 (≥ 2)', 'binary: 16 × 300', 'JSON: 16 × 300', rate],
    ['binary over JSON, per CPU second', 'binary: 16 × 300', 'JSON: 16 × 300', cpuRate],
  ]
}

function printRatios(results: Results): void {
  console.log('ratios, round by round')
  for (const [name, over, under, figure] of claims()) {
    const [above, below] = [results.get(over), results.get(under)]
    if (above && below) console.log(line(`  ${name}`, ratios(above.map(figure), below.map(figure)), 2))
  }
}

/** Half of what the closed loop reached, from the intended time of sending; with and without a shadow. */
async function printOpen(
  { url }: Server,
  results: Results,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<void> {
  const rates = (results.get('predict: lookup of 50') ?? []).map(rate).toSorted((a, b) => a - b)
  const half = Math.round((rates[rates.length >> 1] ?? 2000) / 2)
  const looked = requestsOf(url, { shape: lookup50, ...one })
  const plain = requestsOf(url, { shape: vector30, ...one })
  const shadowed = requestsOf(url, { shape: shadowed30, ...one })
  const opened = { half: [] as Open[], plain: [] as Open[], shadowed: [] as Open[] }
  const load = { seconds, connections: 64 }
  for (let round = 0; round < rounds; round++) {
    opened.half.push(await measureOpen(looked, half, load))
    opened.plain.push(await measureOpen(plain, Math.round(half / 2), load))
    opened.shadowed.push(await measureOpen(shadowed, Math.round(half / 2), load))
  }
  console.log('open loop, ms from the intended time of sending')
  const show = (name: string, values: readonly number[]) => console.log(line(`  ${name}`, values, 3))
  const of = (which: keyof typeof opened, what: 'p50' | 'p99' | 'errors') =>
    opened[which].map(each => each[what])
  show(`lookup of 50 at half load, ${half}/s: p50`, of('half', 'p50'))
  show(`lookup of 50 at half load, ${half}/s: p99 (≤ 5)`, of('half', 'p99'))
  show('shadow on over off, p50 (≤ 1.05)', ratios(of('shadowed', 'p50'), of('plain', 'p50')))
  show('shadow on over off, p99 (≤ 1.10)', ratios(of('shadowed', 'p99'), of('plain', 'p99')))
  show('errors', [...of('half', 'errors'), ...of('plain', 'errors'), ...of('shadowed', 'errors')])
}

type Open = Awaited<ReturnType<typeof measureOpen>>
