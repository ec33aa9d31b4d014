import { cpus } from 'node:os'
import type { ThresholdRuleData, ThresholdTarget } from '../src/definitions/index.ts'
import { chooseThresholds, type JudgedRows } from '../src/evaluation/index.ts'
import { randomFrom } from '../src/kernel/statistics/index.ts'
import { type Simulation, simulateThresholds } from '../test/support/simulate-thresholds.ts'

/**
 * Thresholds by segment (releases.md §6 and §17): (a) 500 segments on 10 M scores, half of which choose, with the effect
 * shown on the other half: time and memory; (b) 1 000 simulated segments whose true false-positive rate is known.
 *
 *     node scripts/run.mjs bench/thresholds.ts [rows, default 10000000]
 */
const [rowsWanted = '10000000'] = process.argv.slice(2)
const segments = 500
const mebibyte = 2 ** 20

/** Sizes of segments fall from 1 to 1/50 of the largest; one row in a hundred has no segment. */
function sampleRows(count: number): { readonly rows: JudgedRows; readonly scores: Float64Array } {
  const random = randomFrom('bench-thresholds')
  const labels = new Float64Array(count)
  const scores = new Float64Array(count)
  const times = new Float64Array(count)
  const codes = new Int32Array(count)
  const states = new Int32Array(count)
  for (let row = 0; row < count; row++) {
    const draw = random.unit()
    const code = draw < 0.01 ? -1 : Math.floor(segments * random.unit() ** 1.7)
    codes[row] = code
    states[row] = code < 0 ? -1 : code % 50
    labels[row] = random.unit() < 0.2 ? 1 : 0
    scores[row] = labels[row] === 1 ? Math.sqrt(random.unit()) : random.unit() ** 2
    times[row] = 1e15 + (row / count) * 28 * 86_400e6
  }
  const texts = (length: number) => Array.from({ length }, (_, at) => `v${at}`)
  return {
    rows: {
      ...{ task: 'binary', rows: count, hash: 'bench', labels, times },
      columns: {
        airport: { codes, dictionary: texts(segments) },
        state: { codes: states, dictionary: texts(50) },
      },
    },
    scores,
  }
}

interface Timed<Result> {
  readonly result: Result
  /** In seconds; of the processor: on a busy machine it says more than the clock. */
  readonly wall: number
  readonly cpu: number
}

function timed<Result>(work: () => Result): Timed<Result> {
  const [start, usage] = [performance.now(), process.cpuUsage()]
  const result = work()
  const { user, system } = process.cpuUsage(usage)
  return { result, wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 }
}

function seconds({ wall, cpu }: Timed<unknown>): string {
  return `${wall.toFixed(2)} s (processor ${cpu.toFixed(2)} s)`
}

function measureTargets(count: number): boolean {
  const sample = sampleRows(count)
  const choose = new Int32Array(count / 2).map((_, at) => 2 * at)
  const judge = choose.map(row => row + 1)
  const targets: readonly ThresholdTarget[] = [
    { kind: 'fpr', rate: 0.05, delta: 0.05 },
    { kind: 'actionRate', rate: 0.05, atMost: true, delta: 0.05 },
    { kind: 'precision', precision: 0.4, delta: 0.05 },
    { kind: 'capacity', perDay: 40, delta: 0.05 },
  ]
  let met = true
  for (const target of targets) {
    const rule: ThresholdRuleData = { target, per: 'airport', within: ['state'] }
    const request = { ...sample, choose, judge, rule, action: 'act', start: 0.5 }
    const before = process.memoryUsage().rss
    const first = timed(() => chooseThresholds({ ...request, former: null }))
    const again = timed(() => chooseThresholds({ ...request, former: first.result.set }))
    const peak = process.resourceUsage().maxRSS * 1024
    met &&= first.wall <= 10
    console.log(
      `  ${target.kind.padEnd(10)} ${seconds(first)}; again with a former set ${seconds(again)}; memory ${(before / mebibyte).toFixed(0)} MiB before, peak ${(peak / mebibyte).toFixed(0)} MiB; ${JSON.stringify(first.result.changes)} then ${JSON.stringify(again.result.changes)}`,
    )
  }
  return met
}

const simulations: readonly (Omit<Simulation, 'seed' | 'segments'> & { readonly recall: boolean })[] = [
  { n: 500, rate: 0.05, delta: 0.05, recall: false },
  { n: 2000, rate: 0.01, delta: 0.05, recall: false },
  { n: 2000, rate: 0.1, delta: 0.05, recall: false },
  { n: 20_000, rate: 0.01, delta: 0.05, recall: true },
  { n: 20_000, rate: 0.05, delta: 0.05, recall: true },
  { n: 2000, rate: 0.05, delta: 0.05, cycles: 6, recall: false },
]

function simulateAll(): boolean {
  let met = true
  for (const [at, simulation] of simulations.entries()) {
    const found = simulateThresholds({ ...simulation, segments: 1000, seed: `bench-thresholds-${at}` })
    const holds = found.violated <= found.limit && (!simulation.recall || found.recallCost <= 0.1)
    met &&= holds
    console.log(
      `  n ${simulation.n}, FPR ≤ ${simulation.rate}, δ ${simulation.delta}, cycles ${simulation.cycles ?? 1}: violated ${(100 * found.violated).toFixed(1)} % (limit ${(100 * found.limit).toFixed(2)} %; plain quantile ${(100 * found.violatedByQuantile).toFixed(1)} %), recall cost ${(100 * found.recallCost).toFixed(2)} %: ${holds ? 'met' : 'NOT met'}`,
    )
  }
  return met
}

console.log(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}`)
console.log(`(a) ${segments} segments, ${rowsWanted} scores; target ≤ 10 s at 10 M`)
const fast = measureTargets(Number(rowsWanted))
console.log('(b) 1 000 simulated segments each')
const sound = simulateAll()
process.exitCode = fast && sound ? 0 : 1
