// Hot swaps and deaths of the scorer under load: node scripts/run.mjs bench/reliability/swaps.ts [--swaps 100] [--deaths 20] [--pause 50]
import { argument, isMain, openGround, sleep, until } from './ground.ts'
import { type LoadResults, quantile, startLoad, summary, totalOf } from './load.ts'

export interface Swapped {
  readonly load: LoadResults
  readonly swaps: number
  readonly deaths: number
  /** From the pointer's change to the first and the last answer of the release before. */
  readonly lastOldMillis: readonly number[]
}

/** `pauseMillis` after each death: three within a minute are the model's fault, and open the breaker. */
export async function measureSwaps(swaps: number, deaths: number, pauseMillis = 50): Promise<Swapped> {
  const ground = await openGround({ standby: true })
  try {
    const load = startLoad(ground.url())
    const serving = async () => (await ground.status()).deployments[0]
    const lastOldMillis: number[] = []
    for (let number = 2; number <= swaps + 1; number++) {
      const before = (await serving())?.release
      const at = performance.now()
      ground.swap(number)
      await until(async () => (await serving())?.release === number)
      await sleep(20)
      const old = load.results.latencies.findLast(each => each.release === String(before))
      if (old) lastOldMillis.push(Math.max(0, old.at - at))
    }
    for (let death = 0; death < deaths; death++) {
      await until(async () => (await serving())?.scorer?.standby === true)
      const [active] = (await serving())?.scorer?.pids ?? []
      if (active !== undefined) process.kill(active, 'SIGKILL')
      await sleep(pauseMillis)
    }
    await sleep(200)
    return { load: await load.stop(), swaps, deaths, lastOldMillis }
  } finally {
    await ground.close()
  }
}

if (isMain('swaps')) {
  const { load, swaps, deaths, lastOldMillis } = await measureSwaps(
    argument('swaps', 100),
    argument('deaths', 20),
    argument('pause', 50),
  )
  console.log(summary(load))
  console.log(
    `${swaps} swaps, ${deaths} deaths of the active scorer: ${totalOf(load.refused) + totalOf(load.broken)} failed, ${load.degraded} answered by the fallback`,
  )
  console.log(
    `last answer of the former release after the pointer changed (loading included): median ${Math.round(quantile(lastOldMillis, 0.5))} ms, longest ${Math.round(Math.max(...lastOldMillis))} ms`,
  )
}
