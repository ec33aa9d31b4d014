/**
 * MLflow's own server (one worker, SQLite) beside ours, same machine, same HTTP client, same runs with the same ids; reads
 * are checked for equal answers first; order ABBA; medians, p95 and spread. `RUNS=10000 ROUNDS=4 node scripts/run.mjs
 * bench/tracking-mlflow.ts`. Needs .cache/python/mlflow3, made by scripts/services.sh; without it the ratio is not measured.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { makeSameRuns, type SameRuns } from './tracking/same-runs.ts'
import { type Side, startOurs, startTheirs } from './tracking/sides.ts'

const runs = Number(process.env['RUNS'] ?? 10_000)
const rounds = Number(process.env['ROUNDS'] ?? 2)
/** A round of a side that is slow ends with the calls that were under way then. */
const patienceMs = 10_000
const api = '/api/2.0/mlflow'

interface Case {
  readonly name: string
  /** What a rate counts; a case without it is told in milliseconds. */
  readonly unit?: string
  /** Values that one call writes. */
  readonly amount?: number
  readonly inFlight?: number
  readonly calls: number
  /** What must be equal on both sides before anything is measured. */
  readonly same?: (answer: string) => unknown
  /** Makes the calls of a round; `index` runs on over all rounds, so that no write is a repetition. */
  prepare(side: Side): Promise<(index: number) => Promise<string>>
}

function writing({ experiment }: SameRuns): readonly Case[] {
  const newRun = async (side: Side) => {
    const answer = await side.send('POST', `${api}/runs/create`, { experiment_id: experiment, start_time: 1 })
    return (JSON.parse(answer) as { run: { info: { run_id: string } } }).run.info.run_id
  }
  const point = (key: string, step: number) => ({
    key,
    value: Math.sin(step),
    timestamp: 1_700_000_000_000 + step,
    step,
  })
  const metric = (count: number) => async (side: Side) => {
    const ids: string[] = []
    // One after another: MLflow's pool has no connections for all at once.
    while (ids.length < count) ids.push(await newRun(side))
    return (index: number) =>
      side.send('POST', `${api}/runs/log-metric`, { run_id: ids[index % count], ...point('loss', index) })
  }
  const batch = (keys: number) => async (side: Side) => {
    const id = await newRun(side)
    return (index: number) => {
      const metrics = Array.from({ length: 1_000 }, (_, at) =>
        point(`k${at % keys}`, Math.floor((index * 1_000 + at) / keys)),
      )
      return side.send('POST', `${api}/runs/log-batch`, { run_id: id, metrics })
    }
  }
  return [
    { name: 'log-metric, 32 in flight', unit: 'requests/s', inFlight: 32, calls: 640, prepare: metric(32) },
    { name: 'log-metric, alone', unit: 'requests/s', calls: 100, prepare: metric(1) },
    { name: 'log-batch of 1 000, one key', unit: 'rows/s', amount: 1_000, calls: 10, prepare: batch(1) },
    { name: 'log-batch of 1 000, 50 keys', unit: 'rows/s', amount: 1_000, calls: 10, prepare: batch(50) },
  ]
}

function reading({ experiment, longRun }: SameRuns): readonly Case[] {
  const search = (body: object) => async (side: Side) => () =>
    side.send('POST', `${api}/runs/search`, { experiment_ids: [experiment], ...body })
  const newest = { max_results: 100, filter: "tags.t1 != ''" }
  const filter = "metrics.m1 > 0.9 AND params.p1 = '7'"
  const history = `${api}/metrics/get-history?run_id=${longRun}&metric_key=long&max_results=25000`
  return [
    { name: 'newest 100', calls: 20, same: runIds, prepare: search({ max_results: 100 }) },
    { name: 'newest 100 with a tag', calls: 20, same: runIds, prepare: search(newest) },
    {
      name: 'first 100 by a metric',
      calls: 10,
      same: runIds,
      prepare: search({ max_results: 100, order_by: ['metrics.m3 DESC'] }),
    },
    {
      name: 'metric and param filter',
      calls: 10,
      same: runIds,
      prepare: search({ max_results: 100, filter }),
    },
    { name: 'page at 90 % depth', calls: 10, same: runIds, prepare: side => deepPage(side, experiment) },
    { name: '1 000 in a page', calls: 5, same: runIds, prepare: search({ max_results: 1_000 }) },
    {
      name: 'history of 20 000 points',
      calls: 5,
      same: answer => (JSON.parse(answer) as { metrics: readonly object[] }).metrics.length,
      prepare: async side => () => side.send('GET', history),
    },
  ]
}

const runIds = (answer: string) =>
  ((JSON.parse(answer) as { runs?: readonly { info: { run_id: string } }[] }).runs ?? []).map(
    run => run.info.run_id,
  )

/** Goes there once by the tokens of large pages; the page itself is what is measured. */
async function deepPage(side: Side, experiment: string): Promise<() => Promise<string>> {
  const ask = (body: object) =>
    side.send('POST', `${api}/runs/search`, { experiment_ids: [experiment], ...body })
  let token: string | undefined
  for (let seen = 0; seen < runs * 0.9; ) {
    const max_results = Math.min(5_000, Math.ceil(runs * 0.9) - seen)
    const answer = await ask({ max_results, ...(token === undefined ? {} : { page_token: token }) })
    token = (JSON.parse(answer) as { next_page_token?: string }).next_page_token
    seen += max_results
  }
  return () => ask({ max_results: 100, ...(token === undefined ? {} : { page_token: token }) })
}

interface Sample {
  readonly times: number[]
  /** Values a second, one per round. */
  readonly rates: number[]
}

async function measure(it: Case, sides: readonly Side[]): Promise<ReadonlyMap<Side, Sample>> {
  const calls = new Map<Side, (index: number) => Promise<string>>()
  for (const side of sides) calls.set(side, await it.prepare(side))
  if (it.same !== undefined) {
    const answers = await Promise.all(
      [...calls.values()].map(async call => JSON.stringify(it.same?.(await call(0)))),
    )
    if (new Set(answers).size > 1)
      throw new Error(`${it.name}: the answers differ\n${answers.join('\n').slice(0, 2_000)}`)
  }
  const samples = new Map(sides.map(side => [side, { times: [], rates: [] } as Sample]))
  const next = new Map<Side, number>(sides.map(side => [side, 1]))
  for (let round = 0; round < rounds; round++)
    for (const side of [...sides, ...[...sides].reverse()]) {
      const [call, sample, first] = [calls.get(side), samples.get(side), next.get(side) ?? 0]
      if (call === undefined || sample === undefined) continue
      await oneRound(it, { call, sample, first })
      next.set(side, first + it.calls)
    }
  return samples
}

async function oneRound(
  { calls, inFlight = 1, amount = 1 }: Case,
  {
    call,
    sample,
    first,
  }: { readonly call: (index: number) => Promise<string>; readonly sample: Sample; readonly first: number },
): Promise<void> {
  let index = first
  const began = performance.now()
  const worker = async () => {
    while (index < first + calls && performance.now() - began < patienceMs) {
      const at = performance.now()
      await call(index++)
      sample.times.push(performance.now() - at)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  sample.rates.push(((index - first) * amount) / ((performance.now() - began) / 1_000))
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

function print(it: Case, samples: ReadonlyMap<Side, Sample>): void {
  const told = [...samples].map(([{ name }, { times, rates }]) => {
    const middle = it.unit === undefined ? quantile(times, 0.5) : quantile(rates, 0.5)
    const spread = it.unit === undefined ? times : rates
    const words = `${middle.toFixed(it.unit === undefined ? 1 : 0)} ${it.unit ?? 'ms'} (${Math.min(...spread).toFixed(1)}–${Math.max(...spread).toFixed(1)}, p95 ${quantile(times, 0.95).toFixed(1)} ms)`
    return { middle, words: `${name} ${words}` }
  })
  const [ours, theirs] = told.map(({ middle }) => middle)
  const ratio = it.unit === undefined ? (theirs ?? 0) / (ours ?? 1) : (ours ?? 0) / (theirs ?? 1)
  console.log(`${it.name}: ${told.map(({ words }) => words).join(' · ')} · ratio ${ratio.toFixed(1)}`)
}

const folder = mkdtempSync(join(process.env['FOLDER'] ?? tmpdir(), 'fettle-bench-mlflow-'))
try {
  console.log(
    `${cpus().length} cores ${cpus()[0]?.model} · Node ${process.version} · ${runs} runs · ${rounds} × ABBA`,
  )
  console.log(
    'durability: MLflow SQLite default (journal=delete, synchronous=full), Fettle WAL, synchronous=full',
  )
  const same = await makeSameRuns(folder, runs)
  const sides = [await startOurs(join(folder, 'ours')), await startTheirs(join(folder, 'theirs'))]
  try {
    for (const { name, startedMs, memory } of sides)
      console.log(`${name}: first answer after ${startedMs.toFixed(0)} ms, ${memory().toFixed(0)} MiB idle`)
    for (const it of [...reading(same), ...writing(same)]) print(it, await measure(it, sides))
    for (const { name, memory } of sides) console.log(`${name}: ${memory().toFixed(0)} MiB after all`)
  } finally {
    for (const side of sides) await side.stop()
  }
} finally {
  rmSync(resolve(folder), { recursive: true, force: true })
}
