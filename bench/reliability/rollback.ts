// Back to the former champion, which is warm: node scripts/run.mjs bench/reliability/rollback.ts [--times 20]
import { deploy, writeRelease } from '../../src/serving/testing/release-fixture.ts'
import { argument, isMain, openGround, sleep, until } from './ground.ts'
import { type LoadResults, quantile, startLoad, summary, totalOf } from './load.ts'

export interface RolledBack {
  readonly load: LoadResults
  /** From the change of the pointer to the last answer of the release it pointed at before. */
  readonly millis: readonly number[]
}

export async function measureRollback(times: number): Promise<RolledBack> {
  const ground = await openGround({ standby: false })
  try {
    const digests = [1, 2].map(number => writeRelease(ground.servingFolder, { number }).digest)
    const champion = (at: number) => {
      const [digest = '', other = ''] = at === 0 ? digests : digests.toReversed()
      const unused = { arms: [], shadows: [], pins: [], exclude: [], unit: [] }
      deploy(ground.servingFolder, {
        name: 'late',
        digest,
        routing: { seq: 1 + rolled++, salt: 'late-1', ...unused, warm: [other] },
      })
    }
    let rolled = 0
    champion(1)
    const serves = async (number: number) => (await ground.status()).deployments[0]?.release === number
    await until(() => serves(2))
    const load = startLoad(ground.url())
    const millis: number[] = []
    for (let i = 0; i < times; i++) {
      // The release that goes must be loaded, as it is while it is the champion's standby.
      await sleep(300)
      const at = performance.now()
      champion(i % 2)
      await sleep(1500)
      const old = load.results.latencies.findLast(each => each.release === String(2 - (i % 2)))
      millis.push(Math.max(0, (old?.at ?? at) - at))
    }
    return { load: await load.stop(), millis }
  } finally {
    await ground.close()
  }
}

if (isMain('rollback')) {
  const times = argument('times', 20)
  const { load, millis } = await measureRollback(times)
  console.log(summary(load))
  console.log(
    `${times} rollbacks under load: ${totalOf(load.refused) + totalOf(load.broken)} failed; last answer of the former release after ${Math.round(quantile(millis, 0.5))} ms (median), ${Math.round(Math.max(...millis))} ms at most`,
  )
}
