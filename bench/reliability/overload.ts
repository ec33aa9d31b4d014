// Three times what can be served: node scripts/run.mjs bench/reliability/overload.ts [--seconds 5] [--rounds 3]
import { argument, isMain, openGround, sleep } from './ground.ts'
import { type LoadResults, quantile, startLoad, summary } from './load.ts'

interface Phase {
  readonly perSecond: number
  /** Of the rows that the scorer had time for, those that were answered. */
  readonly used: number
  /** Milliseconds, of what was accepted. */
  readonly p99: number
  readonly results: LoadResults
}

export interface Overloaded {
  /** At what it takes, and at three times that, one after the other, so that both see the same machine. */
  readonly peak: readonly Phase[]
  readonly over: readonly Phase[]
}

const batchRows = 4

/** The scorer takes 20 ms for a batch of four rows at most: it, not the machine, is what there is too little of. */
export async function measureOverload(seconds: number, rounds: number): Promise<Overloaded> {
  const ground = await openGround({
    standby: false,
    maxBatchRows: batchRows,
    release: { slowMillis: 20, deadline: '300ms' },
  })
  const batches = async () => (await ground.status()).deployments[0]?.scorer?.batches ?? 0
  async function phase(connections: number, pauseMillis: number): Promise<Phase> {
    const load = startLoad(ground.url(), { connections, pauseMillis })
    await sleep(1000)
    const [done, from, since] = [await batches(), load.results.ok, performance.now()]
    await sleep(seconds * 1000)
    const answered = load.results.ok - from
    const perSecond = (answered * 1000) / (performance.now() - since)
    const used = answered / ((await batches()) - done) / batchRows
    const results = await load.stop()
    const millis = results.latencies.filter(each => each.at > since).map(each => each.millis)
    return { perSecond, used, p99: quantile(millis, 0.99), results }
  }
  const peak: Phase[] = []
  const over: Phase[] = []
  try {
    for (let round = 0; round < rounds; round++) {
      peak.push(await phase(16, 0))
      // Whoever is refused comes again after 100 ms: 64 of them offer three times the peak.
      over.push(await phase(64, 100))
    }
    return { peak, over }
  } finally {
    await ground.close()
  }
}

if (isMain('overload')) {
  const { peak, over } = await measureOverload(argument('seconds', 5), argument('rounds', 3))
  const median = (phases: readonly Phase[], of: (phase: Phase) => number) => quantile(phases.map(of), 0.5)
  for (const { results } of over) console.log(summary(results))
  const [at, above] = [peak, over].map(phases => median(phases, each => each.perSecond))
  const ratios = over.map((each, i) => each.perSecond / (peak[i]?.perSecond ?? Number.NaN))
  console.log(
    `answers a second, medians: ${at?.toFixed(0)} at peak, ${above?.toFixed(0)} when overloaded; ratio by round: ${ratios.map(each => `${(each * 100).toFixed(0)} %`).join(', ')}`,
  )
  console.log(
    `of the rows the scorer had time for, answered: ${(median(peak, each => each.used) * 100).toFixed(0)} % at peak, ${(median(over, each => each.used) * 100).toFixed(0)} % when overloaded`,
  )
  console.log(
    `p99 of what was accepted: ${median(peak, each => each.p99).toFixed(0)} ms at peak, ${median(over, each => each.p99).toFixed(0)} ms when overloaded`,
  )
}
