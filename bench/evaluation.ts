import { compareModels, evaluateRows, type JudgedRows, type ModelOutputs } from '../src/evaluation/index.ts'
import { randomFrom } from '../src/kernel/statistics/index.ts'
import { machine } from './offline/measure.ts'

/**
 * Predictions by slice: a million rows, 200 cells of four columns, twenty metrics with their intervals on each; also with
 * overlapping slices, with entities that repeat, with the search for undeclared slices, and two models compared.
 *
 *     node scripts/run.mjs bench/evaluation.ts [rows, default 1000000]
 */
const rows = Number(process.argv[2] ?? 1_000_000)
const columns = 4
const cellsPerColumn = 50
const costs = { falsePositive: 1, falseNegative: 5 }

function sample(): { rows: JudgedRows; outputs: ModelOutputs; other: ModelOutputs } {
  const random = randomFrom('bench-evaluation')
  const dictionary = Array.from({ length: cellsPerColumn }, (_, code) => `value-${code}`)
  const coded = () => ({
    codes: Int32Array.from({ length: rows }, () => random.index(cellsPerColumn)),
    dictionary,
  })
  const scores = Float64Array.from({ length: rows }, () => random.unit())
  const nudged = scores.map(score => Math.min(1, Math.max(0, score + 0.2 * (random.unit() - 0.5))))
  const acting = (from: Float64Array) => Uint8Array.from(from, score => (score > 0.7 ? 1 : 0))
  return {
    rows: {
      ...{ task: 'binary', rows, hash: 'sha256:bench' },
      labels: scores.map(score => (random.unit() < score ? 1 : 0)),
      columns: Object.fromEntries(Array.from({ length: columns }, (_, index) => [`c${index}`, coded()])),
    },
    outputs: { scores, actions: acting(scores) },
    other: { scores: nudged, actions: acting(nudged) },
  }
}

const given = sample()
const slices = Object.keys(given.rows.columns).map(column => ({
  name: column,
  of: { kind: 'column' as const, column },
}))
const overlapping = Array.from({ length: cellsPerColumn * columns }, (_, index) => ({
  name: `p${index}`,
  of: {
    kind: 'predicate' as const,
    where: [{ column: `c${index % columns}`, op: 'ne' as const, value: `value-${index % cellsPerColumn}` }],
  },
}))
const entities = {
  codes: Int32Array.from({ length: rows }, (_, row) => row % (rows / 5)),
  dictionary: Array.from({ length: rows / 5 }, (_, entity) => `e${entity}`),
}

function timed(what: string, work: () => { readonly cells: number; readonly metrics: number }): void {
  const from = performance.now()
  const cpu = process.cpuUsage()
  const { cells, metrics } = work()
  const { user, system } = process.cpuUsage(cpu)
  const seconds = (performance.now() - from) / 1000
  console.log(
    `${what}: ${seconds.toFixed(2)} s (processor ${((user + system) / 1e6).toFixed(2)} s), ${cells} cells, ${metrics} metrics each`,
  )
}

function evaluated(report: ReturnType<typeof evaluateRows>): { cells: number; metrics: number } {
  const cells = report.slices.reduce((sum, slice) => sum + slice.values.length, 1)
  return { cells, metrics: Object.keys(report.all.intervals).length }
}

const { rows: judged, outputs } = given
console.log(machine())
timed('200 slices of 4 columns', () =>
  evaluated(evaluateRows(judged, outputs, { slices, costs, search: [] })),
)
console.log(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`)
timed('with search', () => evaluated(evaluateRows(judged, outputs, { slices, costs })))
timed('200 overlapping slices of 98 % of the rows', () =>
  evaluated(evaluateRows(judged, outputs, { slices: overlapping, costs, search: [] })),
)
timed('entities of 5 rows', () =>
  evaluated(evaluateRows({ ...judged, entities }, outputs, { slices, costs, search: [] })),
)
timed('champion against challenger', () => {
  const report = compareModels(judged, {
    champion: { name: 'old', ...outputs },
    challenger: { name: 'new', ...given.other },
    ...{ slices, costs },
  })
  return { cells: report.slices.length + 1, metrics: report.all.metrics.length }
})
console.log(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`)
