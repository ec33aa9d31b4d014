// MLServer, MLflow and BentoML beside Fettle: the same LightGBM model, the same rows, one worker on one core.
//   node scripts/run.mjs bench/serving.ts [rounds] [seconds]
// Each needs an environment under .cache/python (bench/serving/environments.sh); one without is left out, and said so.
// Fettle is asked in MLflow's dialect, with the bytes that MLflow gets, and in its own; its log is written.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeFixture } from './predict/fixture.ts'
import { runBenchFront, runBenchScorer } from './predict/front.ts'
import type { Target } from './predict/generator.ts'
import { type Closed, line, measureClosed, ratios } from './predict/measure.ts'
import { targetOf } from './predict/requests.ts'
import { pinned, type Server, startRole } from './predict/servers.ts'
import { vector30 } from './predict/shapes.ts'
import { binOf, others, splitBody, startOther } from './serving/others.ts'

const script = process.argv[1] ?? ''
const [first = '5', second = '3'] = process.argv.slice(2)
if (first === 'scorer') await runBenchScorer(second)
else if (first === 'front') await runBenchFront(script, second)
else await main(Number(first), Number(second))

interface Contestant {
  readonly name: string
  readonly server: Server
  readonly target: (rows: number) => Target
  readonly results: Map<number, Closed[]>
}

async function main(rounds: number, seconds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-serving-'))
  const contestants: Contestant[] = []
  try {
    const port = 20_000 + (process.pid % 20_000)
    execFileSync(join(binOf('mlflow3'), 'python'), ['bench/serving/train.py', folder, String(port)], {
      stdio: ['ignore', 'inherit', 'ignore'],
    })
    const known = JSON.parse(readFileSync(join(folder, 'rows.json'), 'utf8')) as Known
    contestants.push(...(await startFettle(folder, known)))
    for (const [at, other] of others.entries()) {
      const server = await startOther(other, folder, port + at * 10)
      if (!server) {
        console.log(`${other.name} is not installed: not measured`)
        continue
      }
      contestants.push({
        ...{ name: other.name, server, results: new Map() },
        target: rows => targetOf(server.url, other.path, bodies(known.rows, rows, other.body)),
      })
      const answer = await post(server.url + other.path, other.body(known.rows))
      requireScores(other.name, other.scores(answer), known.scores)
    }
    for (let round = 0; round <= rounds; round++) await measureAll(contestants, seconds, round > 0)
    print(contestants)
  } finally {
    await Promise.all([...new Set(contestants.map(({ server }) => server))].map(server => server.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Known {
  readonly rows: readonly (readonly number[])[]
  readonly scores: readonly number[]
}

/** The same front under two names: in MLflow's dialect, and in its own. */
async function startFettle(folder: string, { rows, scores }: Known): Promise<readonly Contestant[]> {
  const trees = readFileSync(join(folder, 'trees.json'), 'utf8')
  await writeFixture(folder, [vector30], { trees })
  const server = await startRole(script, ['front', folder])
  const answer = (await post(`${server.url}/invocations`, splitBody(rows))) as {
    predictions: readonly { score: number }[]
  }
  requireScores(
    'Fettle',
    answer.predictions.map(({ score }) => score),
    scores,
  )
  const path = `/predict/${vector30.deployment}`
  return [
    {
      ...{ name: 'Fettle, MLflow’s dialect', server, results: new Map() },
      target: each => targetOf(server.url, '/invocations', bodies(rows, each, splitBody)),
    },
    {
      ...{ name: 'Fettle', server, results: new Map() },
      target: each => targetOf(server.url, path, bodies(rows, each, nativeBody)),
    },
  ]
}

function nativeBody(rows: Known['rows']): unknown {
  const objects = rows.map(row => Object.fromEntries(row.map((value, i) => [`f${i}`, value])))
  return objects.length === 1 ? objects[0] : { rows: objects }
}

function bodies(rows: Known['rows'], size: number, body: (rows: Known['rows']) => unknown) {
  return Array.from({ length: rows.length / size }, (_, i) => ({
    bytes: Buffer.from(JSON.stringify(body(rows.slice(i * size, (i + 1) * size)))),
  }))
}

async function post(url: string, body: unknown): Promise<unknown> {
  const reply = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!reply.ok) throw new Error(`${url} answered ${reply.status}: ${await reply.text()}`)
  return reply.json()
}

function requireScores(name: string, scores: readonly number[], expected: readonly number[]): void {
  const wrong = expected.findIndex((score, i) => !(Math.abs(score - (scores[i] ?? Number.NaN)) < 1e-6))
  if (wrong >= 0)
    throw new Error(`${name} scores row ${wrong} ${scores[wrong]}, the model gives ${expected[wrong]}`)
}

async function measureAll(
  contestants: readonly Contestant[],
  seconds: number,
  counts: boolean,
): Promise<void> {
  for (const rows of [1, 128])
    for (const { server, target, results } of contestants) {
      const result = await measureClosed(server, target(rows), { seconds, connections: 16 })
      if (result.errors > 0)
        throw new Error(`${result.errors} errors: what fails is quick, and does not count`)
      if (counts) results.set(rows, [...(results.get(rows) ?? []), result])
    }
}

function connections(rows: number): number {
  return rows > 1 ? 4 : 16
}

function print(contestants: readonly Contestant[]): void {
  console.log(
    pinned ? 'each server on core 0 in its turn; load and Fettle’s scorer on core 1' : 'shared cores',
  )
  console.log('requests/s as found; µs of CPU of all processes of the server per request, median and range')
  const [dialect, fettle] = contestants
  for (const rows of [1, 128]) {
    console.log(
      `${rows} row${rows > 1 ? 's' : ''} × 30 features, 100 trees, ${connections(rows)} connections`,
    )
    for (const { name, results } of contestants) {
      const of = results.get(rows) ?? []
      const show = (what: string, values: readonly number[], digits: number) =>
        console.log(line(`  ${name}: ${what}`, values, digits))
      show(
        'requests/s',
        of.map(each => each.perSecond),
        0,
      )
      show(
        'µs CPU, all processes',
        of.map(each => each.allMicros),
        1,
      )
      show(
        'p99 ms',
        of.map(each => each.p99),
        1,
      )
      const errors = of.reduce((sum, each) => sum + each.errors, 0)
      if (errors > 0)
        console.log(`  ${name}: ${errors} errors; its figures do not count, what fails is quick`)
      for (const [ours, target] of [
        [fettle, rows === 1 ? ' (≥ 10)' : ''],
        [dialect, ''],
      ] as const) {
        if (!ours || name.startsWith('Fettle')) continue
        const cpu = ratios(
          of.map(each => each.allMicros),
          (ours.results.get(rows) ?? []).map(each => each.allMicros),
        )
        show(`CPU over that of ${ours.name}${target}`, cpu, 1)
      }
    }
  }
}
