import { type ChildProcess, execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findSpools } from '../../src/cli/spool/read-spool.ts'
import { sendSpool } from '../../src/cli/spool/send-spool.ts'
import { connect } from '../../src/client/index.ts'
import { buildProgram, type Program, readLines } from '../support/child-program.ts'
import { freePort } from '../support/free-port.ts'
import { ended, startPython } from '../support/python-client.ts'
import { startTrackingServer } from '../support/tracking-server.ts'

let program: Program
let folder: string
let spool: string
beforeAll(async () => {
  program = await buildProgram(join(import.meta.dirname, 'sync-server.ts'))
  folder = mkdtempSync(join(tmpdir(), 'fettle-sync-kill-'))
  spool = mkdtempSync(join(tmpdir(), 'fettle-sync-spool-'))
})
afterAll(() => {
  program.remove()
  for (const each of [folder, spool]) rmSync(each, { recursive: true, force: true })
})

async function serve(port: number): Promise<ChildProcess> {
  const child = program.start(folder, String(port))
  await new Promise<void>(resolve => void readLines(child, () => resolve()))
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** Everything a run has, as it must be after any number of deaths. */
async function expectWhole(port: number, runs: readonly { readonly id: string; readonly points: number }[]) {
  const server = await startTrackingServer({ folder, port })
  try {
    const client = connect({ url: server.url })
    for (const each of await findSpools(spool).catch(() => [])) await sendSpool(each, { client })
    for (const { id, points } of runs) {
      const { items } = await server.tracking.runs.history({ run: id, key: 'loss', limit: 25_000 })
      expect(items.map(({ step }) => step)).toEqual(Array.from({ length: points }, (_, step) => step))
      const [summary] = await server.tracking.runs.summaries(id, ['loss'])
      expect(summary).toMatchObject({ count: points, latest: { step: points - 1 } })
      const files = await server.tracking.artifacts.all({ kind: 'run', id })
      expect(files.map(({ path }) => path)).toEqual(['0.txt', '1.txt', '2.txt', '3.txt'])
    }
  } finally {
    await server.close()
  }
}

const training = (steps: number, folderOfFiles: string) => `
import fettle, os, sys, time
run = fettle.init_run(experiment='late')
print(run.id, flush=True)
for step in range(${steps}):
    run.log_metric('loss', 1 / (step + 1))
    if step % 1000 == 999 and step < 4000:
        path = os.path.join('${folderOfFiles}', f'{step // 1000}.txt')
        open(path, 'w').write('x' * 100_000 + str(step))
        run.log_artifact(path)
    if step % 20 == 0: time.sleep(0.01)
run.flush(timeout=60)
run.finish()
`

describe('sync', { timeout: 120_000 }, () => {
  it('loses nothing and doubles nothing when the server dies again and again while a run is logged', async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    let server = await serve(port)
    const python = startPython(training(6_000, spool), { url, spool })
    const end = ended(python)
    const exited = once(python, 'close')
    let running = true
    void exited.then(() => {
      running = false
    })
    for (let death = 0; death < 6 && running; death++) {
      await new Promise(resolve => setTimeout(resolve, 150 + 137 * death))
      await kill(server)
      server = await serve(port)
    }
    const { code, out, err } = await end
    await kill(server)
    expect([code, err]).toEqual([0, expect.stringMatching(/^$|does not answer/)])
    await expectWhole(port, [{ id: out.trim(), points: 6_000 }])
    for (const name of ['0', '1', '2', '3']) rmSync(join(spool, `${name}.txt`))
  })

  it('loses nothing a killed client had logged', async () => {
    const port = await freePort()
    const server = await serve(port)
    const python = startPython(
      training(5_000, spool).replace('run.flush(timeout=60)', "print('logged', flush=True); time.sleep(60)"),
      { url: `http://127.0.0.1:${port}`, spool },
    )
    const end = ended(python)
    await new Promise<void>(resolve => {
      python.stdout?.on('data', text => String(text).includes('logged') && resolve())
    })
    python.kill('SIGKILL')
    const { out } = await end
    await kill(server)
    await expectWhole(port, [{ id: out.split('\n')[0] ?? '', points: 5_000 }])
  })

  it('of a client killed while it writes, keeps what was written whole', async () => {
    const port = await freePort()
    const python = startPython(training(100_000, spool), { url: 'http://127.0.0.1:1', spool })
    const end = ended(python)
    await once(python.stdout ?? python, 'data')
    await promisify(execFile)('sleep', ['0.6'])
    python.kill('SIGKILL')
    const { out } = await end
    const server = await startTrackingServer({ folder, port })
    const client = connect({ url: server.url })
    const [sent] = await Promise.all((await findSpools(spool)).map(each => sendSpool(each, { client })))
    const { items } = await server.tracking.runs.history({ run: out.trim(), key: 'loss', limit: 25_000 })
    await server.close()
    expect(items.map(({ step }) => step)).toEqual(
      Array.from({ length: sent?.points ?? -1 }, (_, step) => step),
    )
    expect(sent?.points).toBeGreaterThan(100)
  })
})
