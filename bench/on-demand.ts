// On-demand features run in a thread apart. What that costs against the same function called in process: one row, and
// ten thousand rows at a time. Prints medians over interleaved rounds; the answers are compared in the run.
import { cpus } from 'node:os'
import type { OnDemandData } from '../src/definitions/model.ts'
import { inProcessRunner, type OnDemandRunner, workerRunner } from '../src/features/index.ts'

const rounds = Number(process.argv[2] ?? 7)
const definition: OnDemandData = {
  kind: 'onDemand',
  name: 'five',
  inputs: ['a', 'b', 'c'].map(name => ({ name, from: 'request', type: 'float64' as const })),
  outputs: ['sum', 'difference', 'ratio', 'product', 'square'].map(name => ({
    name,
    type: 'float64' as const,
  })),
  compute: `({ a, b, c }) => ({ sum: a + b, difference: a - b, ratio: b === 0 ? null : a / b, product: a * c, square: c * c })`,
}
const rowsOf = (count: number) =>
  Array.from({ length: count }, (_, row) => ({ a: row * 1.5, b: row % 7, c: Math.sqrt(row) }))
const one = rowsOf(2000).map(row => [row])
const many = rowsOf(10_000)

const runners = { 'in process': inProcessRunner(), 'in a thread': workerRunner() }
const calls = Object.entries(runners).map(([name, runner]) => ({ name, call: runner.prepare(definition) }))
const single: Record<string, number[]> = {}
const batch: Record<string, number[]> = {}
const answers: string[] = []

for (let round = 0; round < rounds; round++) {
  for (const { name, call } of calls) {
    const times: number[] = []
    for (const row of one) {
      const started = performance.now()
      await call(row)
      times.push((performance.now() - started) * 1000)
    }
    add(single, name, median(times))
    const started = performance.now()
    const out = await call(many)
    add(batch, name, performance.now() - started)
    if (round === 0) answers.push(JSON.stringify(out))
  }
}
if (answers[0] !== answers[1]) throw new Error('the runners disagree')
await Promise.all(Object.values<OnDemandRunner>(runners).map(runner => runner.close()))

const of = (times: Record<string, number[]>, name: string): number => median(times[name] ?? [])
console.log(
  `on-demand, 5 arithmetic features; Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}, ${rounds} rounds`,
)
console.log(
  `1 row       in process ${of(single, 'in process').toFixed(1)} µs, in a thread ${of(single, 'in a thread').toFixed(1)} µs: + ${(of(single, 'in a thread') - of(single, 'in process')).toFixed(1)} µs p50 (target + 100)`,
)
console.log(
  `10 000 rows in process ${of(batch, 'in process').toFixed(1)} ms, in a thread ${of(batch, 'in a thread').toFixed(1)} ms: ${(of(batch, 'in a thread') / of(batch, 'in process')).toFixed(2)} × (target 2)`,
)

function add(times: Record<string, number[]>, name: string, value: number): void {
  times[name] = [...(times[name] ?? []), value]
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
