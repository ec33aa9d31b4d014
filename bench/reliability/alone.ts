// The control plane and its database killed under load: node scripts/run.mjs bench/reliability/alone.ts [--seconds 600]
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { projectFiles } from '../../src/cli/template/project-files.ts'
import { appendKill, type KillLevel } from '../../src/serving/index.ts'
import { argument, bundleProgram, groundFolder, isMain, openGround, sleep, until } from './ground.ts'
import { type LoadResults, startLoad, summary, totalOf } from './load.ts'

export interface Alone {
  readonly load: LoadResults
  /** From a turn of the kill switch until the fallback alone answers, and back; milliseconds. */
  readonly killMillis: number
  readonly liftMillis: number
  /** Answers that were not in a file when the control plane came back, and those still in none at the end. */
  readonly backlog: number
  readonly left: number
  /** Acknowledged predictions that are not in the log. */
  readonly lost: number
}

/** A front over the folder of a control plane that is killed, is gone for so long, and is started again. */
export async function measureAlone(seconds: number): Promise<Alone> {
  const project = groundFolder()
  for (const [path, text] of Object.entries(projectFiles('parcels'))) {
    mkdirSync(dirname(join(project, path)), { recursive: true })
    writeFileSync(join(project, path), text)
  }
  const script = await bundleProgram(project, 'control-program')
  const startControl = async () => {
    const started = fork(script, [project])
    await once(started, 'message')
    return started
  }
  let control = await startControl()
  const servingFolder = join(project, '.fettle', 'serving')
  const ground = await openGround({ servingFolder, standby: false, segmentMillis: 500 })
  const shipped = () => shippedRows(join(project, '.fettle', 'decisions', 'manifest.json'))
  try {
    const load = startLoad(ground.url(), { pauseMillis: 10 })
    await until(() => load.results.ok > 50)
    const gone = once(control, 'exit')
    control.kill('SIGKILL')
    await gone
    const turn = async (level: KillLevel | 'lift') => {
      const at = performance.now()
      await appendKill(servingFolder, {
        at: new Date().toISOString(),
        deployment: 'late',
        level,
        by: 'bench',
      })
      await until(() => {
        const last = load.results.latencies.slice(-8)
        return last.every(each => each.at > at && each.degraded === (level === 'model'))
      })
      return performance.now() - at
    }
    await sleep(seconds * 500)
    const killMillis = await turn('model')
    const liftMillis = await turn('lift')
    await sleep(seconds * 500)
    const backlog = load.results.ok - shipped()
    control = await startControl()
    const results = await load.stop()
    // What is in the segment that is open is shipped when that is sealed.
    await ground.fronts.stop()
    const ids = await ground.logged()
    await until(() => shipped() === ids.length, 60_000).catch(() => undefined)
    const logged = new Set(ids)
    return {
      ...{ load: results, killMillis, liftMillis, backlog, left: ids.length - shipped() },
      lost: results.ids.filter(id => !logged.has(id)).length,
    }
  } finally {
    control.kill('SIGKILL')
    await ground.close()
    rmSync(project, { recursive: true, force: true })
  }
}

function shippedRows(manifest: string): number {
  if (!existsSync(manifest)) return 0
  const { files } = JSON.parse(readFileSync(manifest, 'utf8')) as { files: readonly { rows: number }[] }
  return files.reduce((sum, { rows }) => sum + rows, 0)
}

if (isMain('alone')) {
  const seconds = argument('seconds', 600)
  const { load, killMillis, liftMillis, backlog, left, lost } = await measureAlone(seconds)
  console.log(summary(load))
  console.log(
    `control plane and database gone for ${seconds} s: ${totalOf(load.refused) + totalOf(load.broken)} failed, ${lost} lost; kill switch after ${Math.round(killMillis)} ms, lifted after ${Math.round(liftMillis)} ms; ${backlog} rows waited, ${left} of them are in no file`,
  )
}
