// Sketches over one column of numbers against a loop that adds it, and performance without labels against sorting the
// scores; medians of the CPU time of alternating rounds. Targets: frozen histogram at least 1/10 of the loop and 10 × KLL; all sketches at
// least 1/8 of the histogram and 5 million values a second; CBPE with AUC at most 3 × sorting.
import { cpus } from 'node:os'
import { countNumbers, type NumberBins } from '../src/kernel/statistics/drift/frozen-numbers.ts'
import { estimatePerformance } from '../src/kernel/statistics/performance/estimated-confusion.ts'
import { randomFrom } from '../src/kernel/statistics/random.ts'
import { createSketchHasher } from '../src/kernel/statistics/sketches/hash.ts'
import { addHash, emptyHyperLogLog } from '../src/kernel/statistics/sketches/hyper-log-log.ts'
import { emptyKll, openKll } from '../src/kernel/statistics/sketches/kll.ts'
import { mergeMoments, momentsOf, noMoments } from '../src/kernel/statistics/sketches/moments.ts'

const rows = 1_000_000
const batchRows = 4096
const rounds = 9

const random = randomFrom('bench/statistics')
const column = Float64Array.from({ length: rows }, () => Math.exp(random.unit() * 6 - 3))
const batches = Array.from({ length: Math.ceil(rows / batchRows) }, (_, index) =>
  column.subarray(index * batchRows, (index + 1) * batchRows),
)
const sorted = column.slice(0, 50_000).sort()
/** Twenty edges of equal count. */
const bins: NumberBins = {
  kind: 'numeric',
  cuts: Array.from({ length: 20 }, (_, index) => sorted[Math.floor(((index + 1) * sorted.length) / 21)] ?? 0),
  masses: [],
}

const scores = Float64Array.from({ length: rows }, () => random.unit())
const calibrated = scores.map(score => score * score)
const actions = Uint8Array.from(scores, score => (score > 0.7 ? 1 : 0))

function addColumn(): number {
  let sum = 0
  for (let row = 0; row < column.length; row++) sum += column[row] ?? 0
  return sum
}

function histogram(): number {
  const counter = countNumbers(bins)
  for (const batch of batches) counter.add(batch)
  return counter.counts()[0] ?? 0
}

function quantileSketch(): number {
  const sketch = openKll(emptyKll(), randomFrom('kll/bench'))
  for (const batch of batches) sketch.add(batch)
  return sketch.state().n
}

function distinctSketch(): number {
  const sketch = emptyHyperLogLog()
  const hasher = createSketchHasher()
  for (let row = 0; row < column.length; row++) addHash(sketch, hasher.float(column[row] ?? 0))
  return sketch.registers[0] ?? 0
}

function moments(): number {
  return batches.map(batch => momentsOf(batch)).reduce(mergeMoments, noMoments).m2
}

function profile(): number {
  return histogram() + quantileSketch() + distinctSketch() + moments()
}

function sortScores(): number {
  return scores.slice().sort()[0] ?? 0
}

function estimate(): number {
  return estimatePerformance({ calibrated, actions, scores }).tp
}

const tasks = { addColumn, histogram, moments, distinctSketch, quantileSketch, profile, sortScores, estimate }
type Task = keyof typeof tasks
/** Short tasks run often enough for the clock of CPU time. */
const repeats: Partial<Record<Task, number>> = { addColumn: 40, histogram: 6, moments: 10 }
const times = new Map<Task, number[]>()
let kept = 0
for (let round = 0; round < rounds + 2; round++) {
  for (const [name, run] of Object.entries(tasks) as [Task, () => number][]) {
    const often = repeats[name] ?? 1
    const begun = process.cpuUsage().user
    for (let time = 0; time < often; time++) kept += run()
    const ms = (process.cpuUsage().user - begun) / 1e3 / often
    // The first rounds are for the compiler.
    if (round >= 2) times.set(name, [...(times.get(name) ?? []), ms])
  }
}

function median(task: Task): number {
  const sorted = (times.get(task) ?? []).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

console.log(
  `${rows} values, ${rounds} rounds, ${cpus()[0]?.model ?? 'unknown processor'} (check ${kept > 0})`,
)
for (const name of Object.keys(tasks) as Task[]) {
  const ms = median(name)
  console.log(
    `  ${name.padEnd(15)} ${ms.toFixed(1).padStart(7)} ms  ${(rows / ms / 1e3).toFixed(1).padStart(7)} M values/s`,
  )
}
const ratios: readonly [string, number, string][] = [
  ['histogram / adding the column, rate', median('addColumn') / median('histogram'), '≥ 0.1'],
  ['histogram / KLL, rate', median('quantileSketch') / median('histogram'), '≥ 10'],
  ['all sketches / histogram, rate', median('histogram') / median('profile'), '≥ 0.125'],
  ['estimated performance / sorting, time', median('estimate') / median('sortScores'), '≤ 3'],
]
for (const [name, value, target] of ratios)
  console.log(`  ${name.padEnd(38)} ${value.toFixed(3).padStart(7)}  target ${target}`)
