// Rolling restarts under keep-alive load: node scripts/run.mjs bench/reliability/rolling.ts [--restarts 8] [--fronts 2]
import { argument, isMain, openGround, sleep } from './ground.ts'
import { type LoadResults, startLoad, summary, totalOf } from './load.ts'

export interface Rolled {
  readonly load: LoadResults
  readonly millis: readonly number[]
  /** Of acknowledged predictions that are not in the log, and of ids that are twice in it. */
  readonly lost: number
  readonly twice: number
}

export async function measureRolling(restarts: number, fronts: number): Promise<Rolled> {
  const ground = await openGround({ fronts, standby: false })
  try {
    const load = startLoad(ground.url())
    const millis: number[] = []
    for (let i = 0; i < restarts; i++) {
      await sleep(200)
      const started = performance.now()
      await ground.fronts.restart()
      millis.push(performance.now() - started)
    }
    await sleep(200)
    const results = await load.stop()
    await ground.fronts.stop()
    const ids = await ground.logged()
    const logged = new Set(ids)
    return {
      load: results,
      millis,
      lost: results.ids.filter(id => !logged.has(id)).length,
      twice: ids.length - logged.size,
    }
  } finally {
    await ground.close()
  }
}

if (isMain('rolling')) {
  const restarts = argument('restarts', 8)
  const { load, millis, lost, twice } = await measureRolling(restarts, argument('fronts', 2))
  console.log(summary(load))
  console.log(`${restarts} rolling restarts: ${totalOf(load.broken)} resets, ${totalOf(load.refused)} failed`)
  console.log(`one took ${Math.round(Math.max(...millis))} ms at most; ${lost} lost, ${twice} ids twice`)
}
