import { noWorse } from '../src/definitions/contracts.ts'
import type { ContractData } from '../src/definitions/index.ts'
import {
  createEvidenceCollector,
  type JoinedLabel,
  type LookFacts,
  type TrafficRow,
} from '../src/deployments/index.ts'
import { randomFrom } from '../src/kernel/statistics/index.ts'
import { machine } from './offline/measure.ts'

/**
 * What a look at a rollout costs: pairs in shadow, judged by three contracts on every value of a slice, with labels.
 *
 *     node scripts/run.mjs bench/rollout-evidence.ts [pairs, default 1000000] [values of the slice, default 19]
 *
 * Prints CPU seconds of reading the log, of a first look, of one where nothing is new, and of one with 1 000 pairs more.
 */
const pairs = Number(process.argv[2] ?? 1_000_000)
const values = Number(process.argv[3] ?? 19)
const began = 1_800_000_000_000_000n
const more = 1_000

const contracts: readonly ContractData[] = (['fpr', 'recall', 'brier'] as const).map(
  metric =>
    noWorse(metric, { margin: 0.01 })
      .on('all', 'origin')
      .at('shadow')
      .named(metric === 'brier' ? 'rates' : metric).data,
)

function* traffic(): Generator<TrafficRow> {
  const random = randomFrom('bench/rollout-evidence')
  const vector = new Float64Array(0)
  for (let at = 0; at < pairs + more; at++) {
    const score = random.unit()
    const answer: TrafficRow = {
      ...{ predictionId: `01890a5d-ac96-774b-bcce-${String(at).padStart(12, '0')}-0`, kind: 'online' },
      ...{ shadowOf: null, arm: 'champion', armReason: 'bucket', release: 1, digest: 'old', seq: 1 },
      ...{ unit: `customer-${random.index(200_000)}`, bucket: 1, decidedAt: began + BigInt(at) * 1000n },
      ...{ score, acted: score > 0.9, degraded: false, latencyMicros: 900 + random.index(300), vector },
      fields: { origin: `O${random.index(values)}`, distance: random.index(3000) },
    }
    const own = Math.min(1, score + (random.unit() - 0.5) * 0.02)
    yield answer
    yield {
      ...answer,
      ...{ predictionId: `${answer.predictionId}s`, shadowOf: answer.predictionId, kind: 'shadow' },
      ...{ release: 2, digest: 'new', score: own, acted: own > 0.9 },
    }
  }
}

async function timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const [from, cpu] = [performance.now(), process.cpuUsage()]
  const result = await work()
  const { user, system } = process.cpuUsage(cpu)
  const seconds = (value: number) => value.toFixed(2).padStart(7)
  console.log(
    `${what.padEnd(38)} ${seconds((user + system) / 1e6)} s CPU ${seconds((performance.now() - from) / 1e3)} s`,
  )
  return result
}

const log = traffic()
let [read, limit] = [0, 2 * pairs]
const labels: JoinedLabel[] = []
const random = randomFrom('bench/labels')

const collector = createEvidenceCollector({
  traffic: {
    async read(request) {
      const rows: TrafficRow[] = []
      while (rows.length < request.limit && read < limit) {
        const row = log.next().value as TrafficRow
        read++
        rows.push(row)
        if (row.kind === 'online')
          labels.push({
            predictionId: row.predictionId,
            value: Number(random.unit() < row.score),
            eventTime: row.decidedAt,
            knownTime: row.decidedAt,
          })
      }
      return { rows, cursor: String(read), done: read >= limit }
    },
  },
  labels: { labels: async () => labels, delays: async () => new Float64Array(1000).fill(1) },
  counts: async () => null,
  history: async () => undefined,
  terms: async () => ({
    task: 'binary',
    contracts: contracts.map(each =>
      each.name === 'rates'
        ? { ...each, claim: { form: 'within', metric: 'action_rate', margin: 0.01 } }
        : each,
    ),
    slices: [{ name: 'origin', of: { kind: 'column', column: 'origin' } }],
    rollout: { shadow: '1h' },
    names: [],
    history: null,
  }),
})

const facts: LookFacts = {
  ...{ deployment: 'bench', rollout: 'rol_bench', stage: 'shadow', since: began, shadowSince: began },
  ...{ now: began + BigInt(pairs + more) * 1000n + 60_000_000n, weight: 0 },
  champion: { release: 1, digest: 'old' },
  challenger: { release: 2, digest: 'new' },
}

console.log(`Looks at a rollout, ${machine()}`)
const first = await timed('first look, with reading the log', () => collector.look(facts))
console.log(
  `  ${first.flips?.pairs} pairs, ${first.contracts?.cells.length} cells of contracts, ${first.harm.length} of harm`,
)
await timed('look, nothing new', () => collector.look(facts))
limit += 2 * more
await timed(`look, ${more} pairs more`, () => collector.look(facts))
console.log(`memory: ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`)
