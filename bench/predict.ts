// Requests per second and latency of POST /predict with lookup, model and log, against bare node:http.
//   node scripts/run.mjs bench/predict.ts [rounds]
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { openTrees } from '../src/adapters/scorers/index.ts'
import { runFront, runScorer, type ScorerRequest, startProcess } from '../src/serving/index.ts'
import { noFeatures } from '../src/serving/testing/fake-platform.ts'
import { runBare } from './predict/bare.ts'
import { openFeatures } from './predict/features.ts'
import { requestBytes, writeFixture } from './predict/fixture.ts'
import { closedLoop, openLoop } from './predict/generator.ts'

const script = process.argv[1] ?? ''
const [role = '5', argument = ''] = process.argv.slice(2)
const seconds = 3

if (role === 'scorer') {
  await runScorer(JSON.parse(argument) as ScorerRequest, { open: openTrees })
  process.exit(0)
} else if (role === 'bare') {
  console.log(await runBare())
} else if (role === 'front') {
  const front = await runFront({
    servingFolder: join(argument, 'serving'),
    prepareFeatures: openFeatures(argument),
    features: noFeatures,
    startScorer: request => startProcess(process.execPath, [script, 'scorer', JSON.stringify(request)]),
    dataPort: 0,
    adminPort: 0,
    standby: false,
    report: line => console.error(line),
  })
  process.on('SIGTERM', () => void front.drain().then(() => process.exit(0)))
  console.log(`${front.dataUrl}/predict/late`)
} else await main(Number(role))

async function main(rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-bench-'))
  const children: ChildProcess[] = []
  try {
    await writeFixture(folder)
    const bare = await start('bare', '', children)
    const front = await start('front', folder, children)
    const results: Round[] = []
    for (let round = 0; round <= rounds; round++) {
      const result = {
        bare: await measure(bare),
        fettle: await measure(front),
        open: await openLoop(requestBytes(front.url), { rate: 1000, seconds, connections: 32 }),
      }
      // The first round warms both.
      if (round > 0) results.push(result)
    }
    print(results)
  } finally {
    await Promise.all(children.map(stop))
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Server {
  readonly url: string
  readonly pid: number
}
interface Closed {
  readonly perSecond: number
  /** Requests per second of CPU time of the serving process. */
  readonly perCpuSecond: number
  readonly errors: number
}
interface Round {
  readonly bare: Closed
  readonly fettle: Closed
  readonly open: Awaited<ReturnType<typeof openLoop>>
}

function start(name: string, folder: string, children: ChildProcess[]): Promise<Server> {
  const child = spawn(process.execPath, [...process.execArgv, script, name, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  return new Promise((resolve, reject) => {
    child.once('exit', code => reject(new Error(`${name} ended with ${code}`)))
    createInterface({ input: child.stdout }).once('line', url => resolve({ url, pid: child.pid ?? 0 }))
  })
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}

async function measure(server: Server): Promise<Closed> {
  const before = cpuSeconds(server.pid)
  const {
    requests,
    errors,
    seconds: took,
  } = await closedLoop(requestBytes(server.url), { seconds, connections: 32 })
  return { perSecond: requests / took, perCpuSecond: requests / (cpuSeconds(server.pid) - before), errors }
}

/** User and system time of a process and its threads, from the kernel's clock of ten milliseconds. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function print(rounds: readonly Round[]): void {
  const line = (name: string, values: readonly number[], digits: number) => {
    const sorted = values.toSorted((a, b) => a - b)
    const text = [sorted[sorted.length >> 1], sorted[0], sorted.at(-1)].map(value =>
      (value ?? Number.NaN).toFixed(digits),
    )
    console.log(`${name.padEnd(58)} ${text[0]?.padStart(9)}   ${text[1]} … ${text[2]}`)
  }
  console.log(
    `${'one row, 3 lookups × 8 features, 100 trees × depth 6, log written'.padEnd(68)} median   range of ${rounds.length} rounds`,
  )
  line(
    'bare node:http, closed loop, requests/s',
    rounds.map(each => each.bare.perSecond),
    0,
  )
  line(
    'fettle predict, closed loop, requests/s',
    rounds.map(each => each.fettle.perSecond),
    0,
  )
  line(
    'bare node:http, requests per CPU second',
    rounds.map(each => each.bare.perCpuSecond),
    0,
  )
  line(
    'fettle front, requests per CPU second',
    rounds.map(each => each.fettle.perCpuSecond),
    0,
  )
  line(
    'ratio per wall second (target ≥ 0.30)',
    rounds.map(each => each.fettle.perSecond / each.bare.perSecond),
    2,
  )
  line(
    'ratio per CPU second',
    rounds.map(each => each.fettle.perCpuSecond / each.bare.perCpuSecond),
    2,
  )
  line(
    'open loop 1 000/s, p50 ms (target < 2)',
    rounds.map(each => each.open.p50),
    2,
  )
  line(
    'open loop 1 000/s, p99 ms',
    rounds.map(each => each.open.p99),
    2,
  )
  line(
    'errors',
    rounds.map(each => each.bare.errors + each.fettle.errors + each.open.errors),
    0,
  )
  console.log('server, scorer and load generator share the cores of this machine')
  const errors = rounds.reduce(
    (sum, each) => sum + each.bare.errors + each.fettle.errors + each.open.errors,
    0,
  )
  if (errors > 0) {
    console.log('these figures do not count: a request that fails is quick')
    process.exitCode = 1
  }
}
