import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureBuilt } from '../e2e/dev-server.ts'
import { root } from '../support/root.ts'

const parent = mkdtempSync(join(tmpdir(), 'fettle-first-'))
const project = join(parent, 'parcels')
const onlyNode = join(parent, 'bin')
const running: { stop(): Promise<void> }[] = []

beforeAll(async () => {
  await ensureBuilt()
  mkdirSync(onlyNode)
  symlinkSync(process.execPath, join(onlyNode, 'node'))
})
afterAll(async () => {
  for (const { stop } of running) await stop()
  rmSync(parent, { recursive: true, force: true })
})

/** `fettle …` on a machine that has Node.js and nothing else, from inside the project. */
function start(args: readonly string[], cwd: string) {
  const child = spawn(process.execPath, [join(root, 'bin', 'fettle'), ...args], {
    cwd,
    env: { PATH: onlyNode, HOME: parent },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written.err += text
  })
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
  return { child, written, ended }
}

async function fettle(...args: string[]) {
  const { written, ended } = start(args, project)
  const code = await ended
  return { code, ...written }
}

async function startDev(): Promise<void> {
  const { child, written, ended } = start(['dev', '--port', '0', '--data-port', '0'], project)
  running.push({
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  })
  for (let tries = 0; !written.out.includes('Fettle is ready'); tries++) {
    if (tries > 300 || child.exitCode !== null) throw new Error(written.err + written.out)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

describe('a first project, without Python', () => {
  it('goes from fettle init to a prediction with reasons', async () => {
    expect(await start(['init', 'parcels'], parent).ended).toBe(0)
    await startDev()
    expect((await fettle('predict', 'slow')).err).toContain('UNKNOWN_DEPLOYMENT')
    const applied = await fettle('apply', '--yes')
    expect([applied.code, applied.out]).toEqual([0, 'Applied 6 changes.\n'])
    expect(applied.err).toContain('Next: fettle run slow\n')
    expect((await fettle('apply', '--yes')).out).toBe('Nothing to apply: 6 definitions unchanged.\n')
    const early = await fettle('deploy', 'slow')
    expect([early.code, early.err]).toEqual([1, expect.stringContaining('fettle run slow')])

    const trained = await fettle('run', 'slow')
    expect(trained.code, trained.err).toBe(0)
    expect(trained.err).toContain('Next: fettle run slow-online, then fettle deploy slow\n')
    expect((await fettle('run', 'slow-online')).code).toBe(0)
    expect((await fettle('models', 'slow')).out).toMatch(/v1 .*linear.*roc_auc 0\.6/)
    const { items } = JSON.parse((await fettle('experiments', '--json')).out)
    // The project replays a day of the past; what is logged happens now.
    expect(Date.now() - Date.parse(items[0].lastRunAt)).toBeLessThan(600_000)
    const deployed = await fettle('deploy', 'slow')
    expect(deployed.out).toBe('Deployment slow is ready with release 1 (slow v1).\n')
    expect(deployed.err).toContain('Verify it in an isolated copy: done')
    expect(deployed.err).toMatch(/\nTry it\. For example: fettle predict slow depot=\w+ weight_kg=[\d.]+\n$/)

    const predicted = await fettle('predict', 'slow', 'depot=porto', 'weight_kg=2.5')
    expect(predicted.out).toMatch(/^score 0\.\d+, action tell_customer, served by model\n- .*days_14d/)
    const id = /fettle decision (\S+)/.exec(predicted.out)?.[1] ?? ''
    expect((await fettle('decision', id)).out).toContain('for depot=porto weight_kg=2.5')
  })

  it('output that nobody reads any more ends a command without a trace', async () => {
    const { child, written, ended } = start(['catalog', '--json'], project)
    child.stdout.destroy()
    expect(await ended).toBe(0)
    expect(written.err).toBe('')
  })

  it('commands work from a folder inside the project, and say so when the server has stopped', async () => {
    const inside = await start(['runs', '--json'], join(project, 'data'))
    expect(await inside.ended).toBe(0)
    expect(JSON.parse(inside.written.out)).toMatchObject({
      items: [{ pipeline: 'slow-release' }, { pipeline: 'slow-online' }, {}],
    })
    await running.pop()?.stop()
    const stopped = await fettle('runs')
    expect(stopped.code).toBe(69)
    expect(stopped.err).toContain('Start one in another terminal: fettle dev.')
  })
})
