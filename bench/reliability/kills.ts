// The front killed at random moments under load: node scripts/run.mjs bench/reliability/kills.ts [--kills 20 | --full]
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { FrontAddress } from '../../src/adapters/data-plane/http/index.ts'
import { bundleScorer } from '../../src/serving/testing/bundle.ts'
import { deploy, writeRelease } from '../../src/serving/testing/release-fixture.ts'
import { argument, bundleProgram, groundFolder, isMain, loggedIds, sleep, until } from './ground.ts'
import { quantile, startLoad, totalOf } from './load.ts'

export interface Killed {
  readonly acknowledged: number
  /** In the log at the end: acknowledged, and written while the reply was on its way. */
  readonly logged: number
  readonly lost: number
  readonly twice: number
  /** Answered otherwise than 200 while a front was up. */
  readonly refused: number
  /** From the start of a process to the first answer it can give. */
  readonly restartMillis: readonly number[]
  /** Of processor time of the front alone until then; on Linux. */
  readonly restartCpuMillis: readonly number[]
}

/** `afterKill` is called while no front runs. */
export async function measureKills(
  kills: number,
  afterKill: (servingFolder: string) => Promise<void> = async () => undefined,
): Promise<Killed> {
  const folder = groundFolder()
  const servingFolder = join(folder, 'serving')
  mkdirSync(servingFolder)
  deploy(servingFolder, { name: 'late', digest: writeRelease(servingFolder).digest })
  const script = await bundleProgram(folder)
  const program = JSON.stringify({ servingFolder, port: 0, standby: false, scorer: bundleScorer() })
  const restartMillis: number[] = []
  const restartCpuMillis: number[] = []
  const acknowledged: string[] = []
  let refused = 0
  let front: ChildProcess | undefined
  try {
    for (let kill = 0; kill < kills; kill++) {
      const started = performance.now()
      front = fork(script, [program])
      const [address] = (await once(front, 'message')) as [FrontAddress]
      restartMillis.push(performance.now() - started)
      restartCpuMillis.push(cpuMillis(front.pid))
      const load = startLoad(address.dataUrl, { pauseMillis: 0 })
      await until(() => load.results.ok > 10)
      await sleep(Math.random() * 100)
      const gone = once(front, 'exit')
      front.kill('SIGKILL')
      await gone
      const results = await load.stop()
      acknowledged.push(...results.ids)
      refused += totalOf(results.refused)
      await afterKill(servingFolder)
    }
    const ids = await loggedIds(servingFolder)
    const logged = new Set(ids)
    return {
      acknowledged: acknowledged.length,
      logged: ids.length,
      lost: acknowledged.filter(id => !logged.has(id)).length,
      twice: ids.length - logged.size,
      refused,
      ...{ restartMillis, restartCpuMillis },
    }
  } finally {
    front?.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

function cpuMillis(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

if (isMain('kills')) {
  const kills = process.argv.includes('--full') ? 1000 : argument('kills', 20)
  const { acknowledged, lost, twice, refused, restartMillis, restartCpuMillis } = await measureKills(kills)
  console.log(`${kills} × kill -9 of the front under load: ${acknowledged} predictions acknowledged`)
  console.log(`lost ${lost}, ids twice ${twice}, refused while it was up ${refused}`)
  console.log(
    `restart: median ${Math.round(quantile(restartMillis, 0.5))} ms, longest ${Math.round(Math.max(...restartMillis))} ms; processor time of the front ${quantile(restartCpuMillis, 0.5)} ms`,
  )
}
