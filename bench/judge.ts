/**
 * The step that judges a release, on rows that are read and scored already: 650 000 rows with 16 features, 60 cells and 5
 * contracts, of which one, `better('roc_auc')`, is decided by 2000 replicates of all judging rows. Processor and wall seconds
 * of each part, and memory.
 *
 *     node scripts/run.mjs bench/judge.ts [rows, default 650000]
 */
import {
  atMost,
  better,
  byColumn,
  byMonth,
  noWorse,
  targetFpr,
  threshold,
  within,
} from '../src/definitions/index.ts'
import type { JudgeRequest } from '../src/deployments/index.ts'
import { judgeParts } from '../src/deployments/judging/judge-parts.ts'
import type { HeldOutRows } from '../src/deployments/judging/read-rows.ts'
import type { ScoredModel } from '../src/deployments/judging/score-model.ts'
import { type Explainer, resolveSlices } from '../src/evaluation/index.ts'
import { randomFrom } from '../src/kernel/statistics/index.ts'
import { machine } from './offline/measure.ts'

const rows = Number(process.argv[2] ?? 650_000)
const features = Array.from({ length: 16 }, (_, feature) => `x${feature}`)
const places = Array.from({ length: 50 }, (_, place) => `p${place}`)
const kinds = Array.from({ length: 6 }, (_, kind) => `k${kind}`)
const random = randomFrom('bench-judge')
const numbers = (value: (row: number) => number) =>
  Float64Array.from({ length: rows }, (_, row) => value(row))
const coded = (dictionary: readonly string[]) => ({
  codes: Int32Array.from({ length: rows }, () => random.index(dictionary.length)),
  dictionary,
})

/** Sum of four uniform numbers, about normal. */
const noise = () => random.unit() + random.unit() + random.unit() + random.unit() - 2
const chance = (logit: number) => 1 / (1 + Math.exp(-logit))

const inputs = Object.fromEntries(features.map(name => [name, numbers(noise)]))
const columns = features.map(name => inputs[name] ?? new Float64Array())
const weights = features.map((_, feature) => 1.2 / (1 + feature))
const truth = numbers(row =>
  columns.reduce((sum, column, feature) => sum + (column[row] ?? 0) * (weights[feature] ?? 0), -1.2),
)

function held(): HeldOutRows {
  // April and May, in the order of time; later rows all judge.
  const times = numbers(row => 986_083_200_000_000 + Math.floor((row * 5_184_000_000_000) / rows))
  const place = coded(places)
  return {
    rows: {
      ...{ task: 'binary', rows, hash: 'sha256:0123456789abcdef', times },
      labels: numbers(row => Number(random.unit() < chance(truth[row] ?? 0))),
      columns: { place, kind: coded(kinds), at: times, ...inputs },
    },
    inputs,
    names: ['place', 'at'],
    choosable: Math.floor(rows * 0.75),
  }
}

const explainer: Explainer = {
  variant: 'linear',
  background: null,
  explain: vector => ({
    baseline: -1.2,
    contributions: vector.map((value, feature) => value * (weights[feature] ?? 0)),
    rawScore: vector.reduce((sum, value, feature) => sum + value * (weights[feature] ?? 0), -1.2),
  }),
  explainRows: async vectors => vectors.map((value, at) => value * (weights[at % features.length] ?? 0)),
}

/** A model that knows the truth up to an error; scores are floats, as a scorer gives them. */
function scored(error: number): ScoredModel {
  const scores = numbers(row => Math.fround(chance((truth[row] ?? 0) + error * noise())))
  return { scores, scorer: { kind: 'trees', build: 'bench' }, explainer, columns, inputs: features }
}

function requested(): JudgeRequest {
  const action = threshold('warn', { start: 0.4, target: targetFpr(0.1), per: 'place' })
  const model = {
    ...{ model: 'bench', digest: 'sha256:0', format: 'trees', files: [], thresholdSet: null },
    signature: { inputs: [], outputs: [] },
    action: { name: 'warn', threshold: 0.4 },
  }
  const terms = {
    action,
    slices: [byColumn('place', places), byColumn('kind', kinds), byMonth()],
    contracts: [
      atMost('fpr', 0.15).on('place'),
      better('roc_auc'),
      noWorse('recall', { margin: 0.1 }).on('place'),
      noWorse('fpr', { margin: 0.04 }).on('place'),
      within('action_rate', { margin: 0.05 }).on('kind'),
    ].map(each => each.data),
    costs: { falsePositive: 1, falseNegative: 5 },
    fairness: { columns: ['kind'] },
  }
  return {
    ...{ schema: 1, deployment: 'bench', task: 'binary', set: null, terms, thresholds: 'choose' },
    candidate: { ...model, version: 2 },
    champion: { ...model, version: 1, release: 1, releaseDigest: 'sha256:1' },
    ...{ contractSet: null, history: null, observed: {}, unresolved: [] },
  } as unknown as JudgeRequest
}

const rss = () => `${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`

function stopwatch(): (what: string) => void {
  let [begun, used] = [performance.now(), process.cpuUsage()]
  return what => {
    const { user, system } = process.cpuUsage(used)
    const [cpu, wall] = [(user + system) / 1e6, (performance.now() - begun) / 1000]
    console.log(`${what.padEnd(24)} processor ${cpu.toFixed(2)} s, wall ${wall.toFixed(2)} s, ${rss()}`)
    begun = performance.now()
    used = process.cpuUsage()
  }
}

console.log(machine())
const given = { held: held(), challenger: scored(0.5), champion: scored(0.6), request: requested() }
console.log(`${rows} rows × ${features.length} features, ${rss()}`)
const whole = stopwatch()
const part = stopwatch()
const cells = resolveSlices(given.held.rows, given.request.terms.slices ?? [])
part(`${cells.length} cells resolved`)
let open = ''
const begin = (message: string) => {
  if (open !== '') part(open)
  open = message
}
const { contracts } = await judgeParts({
  ...given,
  cells,
  context: {
    log: () => undefined,
    progress: ({ message = '' }) => begin(message),
    signal: new AbortController().signal,
  },
})
begin('')
whole('all')
const judged = contracts?.cells.find(cell => cell.metric === 'roc_auc')
console.log(
  `${contracts?.cells.length} verdicts: ${contracts?.verdict}; ${judged?.rows} rows judge roc_auc: ${judged?.verdict}`,
)
console.log(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`)
