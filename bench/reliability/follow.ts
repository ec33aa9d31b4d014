// A copy of what a control plane hands out, which is killed under load: node scripts/run.mjs bench/reliability/follow.ts [--seconds 20]
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { followCopy } from '../../src/platform/follow-copy.ts'
import { deploy, writeRelease } from '../../src/serving/testing/release-fixture.ts'
import { argument, bundleProgram, isMain, openGround, sleep, until } from './ground.ts'
import { type LoadResults, startLoad, summary, totalOf } from './load.ts'

export interface Followed {
  readonly load: LoadResults
  /** From a release that the control plane points at to the last answer of the former one. */
  readonly followMillis: number
  readonly lines: readonly string[]
}

export async function measureFollowing(seconds: number): Promise<Followed> {
  const ground = await openGround({ standby: false })
  const handedOut = join(ground.servingFolder, '..', 'control', 'serving')
  mkdirSync(handedOut, { recursive: true })
  const point = (number: number) =>
    deploy(handedOut, { name: 'late', digest: writeRelease(handedOut, { number }).digest })
  const script = await bundleProgram(join(handedOut, '..'), 'copy-program')
  const start = async (port: number) => {
    const control = fork(script, [JSON.stringify({ servingFolder: handedOut, port })])
    const [{ url }] = (await once(control, 'message')) as [{ url: string }]
    return { control, url }
  }
  point(2)
  let { control, url } = await start(0)
  const lines: string[] = []
  const { servingFolder } = ground
  const follower = followCopy({ url, token: 'none', servingFolder, onLine: line => lines.push(line) })
  const serves = async (number: number) => (await ground.status()).deployments[0]?.release === number
  try {
    follower.start()
    const load = startLoad(ground.url())
    await until(() => serves(2))
    const gone = once(control, 'exit')
    control.kill('SIGKILL')
    await gone
    await sleep(seconds * 1000)
    control = (await start(Number(new URL(url).port))).control
    const at = performance.now()
    point(3)
    await until(() => serves(3))
    await sleep(50)
    const old = load.results.latencies.findLast(each => each.release === '2')
    return { load: await load.stop(), followMillis: (old?.at ?? at) - at, lines }
  } finally {
    follower.stop()
    control.kill('SIGKILL')
    await ground.close()
  }
}

if (isMain('follow')) {
  const seconds = argument('seconds', 20)
  const { load, followMillis, lines } = await measureFollowing(seconds)
  console.log(summary(load))
  console.log(
    `control plane gone for ${seconds} s: ${totalOf(load.refused) + totalOf(load.broken)} failed; when it was back, its next release answered alone after ${Math.round(followMillis)} ms`,
  )
  console.log(lines.join('\n'))
}
