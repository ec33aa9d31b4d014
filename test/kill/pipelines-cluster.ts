import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from 'esbuild'
import type { RunEvent, RunPlan, StoredRun } from '../../src/pipelines/index.ts'
import type { Role } from './pipelines-roles.ts'

/** A run as the test server tells it: times are numbers. */
type ToldRun = Pick<StoredRun, 'id' | 'state' | 'steps'>

const root = resolve(import.meta.dirname, '../..')
const scripts = join(root, 'dist', `kill-${process.pid}`)

/** Bundles the roles once, below the repository so that packages are found. */
export async function buildRoles(): Promise<void> {
  const entry = (name: string): string => join(root, 'test', 'kill', `${name}.ts`)
  await build({
    absWorkingDir: root,
    entryPoints: [entry('pipelines-roles'), entry('pipelines-host')],
    outdir: scripts,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    conditions: ['fettle-source'],
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'error',
  })
}

export function removeRoles(): void {
  rmSync(scripts, { recursive: true, force: true })
}

export type Cluster = Awaited<ReturnType<typeof openCluster>>

/** One folder with a server and workers that can be killed and started again. */
export async function openCluster(options: { readonly leaseMs: number; readonly slots: number }) {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-kill-'))
  const port = await freePort()
  const children = new Map<string, ChildProcess>()
  const url = (path: string): string => `http://127.0.0.1:${port}${path}`

  function start(role: Role['role'], name: string): ChildProcess {
    const told: Role = {
      role,
      name,
      folder,
      port,
      hostScript: join(scripts, 'pipelines-host.mjs'),
      ...options,
    }
    const child = spawn(process.execPath, [join(scripts, 'pipelines-roles.mjs'), JSON.stringify(told)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    children.set(name, child)
    return child
  }
  const isUp = (name: string): boolean => {
    const child = children.get(name)
    return child !== undefined && child.exitCode === null && child.signalCode === null
  }
  async function end(name: string, signal: NodeJS.Signals): Promise<void> {
    const child = children.get(name)
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise(resolveEnd => child.once('exit', resolveEnd))
    child.kill(signal)
    await ended
  }
  async function call<Answer>(path: string, body?: unknown): Promise<Answer> {
    for (let tries = 0; ; tries++) {
      try {
        const init =
          body === undefined
            ? {}
            : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
        return (await (await fetch(url(path), init)).json()) as Answer
      } catch (error) {
        if (tries > 400) throw error
        await sleep(25)
      }
    }
  }
  const getRun = (id: string): Promise<ToldRun> => call(`/run/${id}`)
  async function until(id: string, test: (run: ToldRun) => boolean, limitMs = 15_000): Promise<ToldRun> {
    for (const limit = performance.now() + limitMs; ; ) {
      const run = await getRun(id)
      if (test(run)) return run
      if (performance.now() > limit)
        throw new Error(
          `still ${run.state}: ${JSON.stringify(run.steps.map(step => [step.plan.id, step.state, step.attempts]))}`,
        )
      await sleep(15)
    }
  }
  return {
    folder,
    startServer: () => void start('server', 'server'),
    startWorker: (name = 'w1') => void start('worker', name),
    kill: (name: string) => end(name, 'SIGKILL'),
    stop: (name: string) => end(name, 'SIGTERM'),
    startRun: async (plan: RunPlan): Promise<string> => (await call<{ id: string }>('/start', plan)).id,
    cancel: (id: string) => call<{ state: string }>(`/cancel/${id}`, {}),
    getRun,
    events: (id: string) => call<RunEvent[]>(`/events/${id}`),
    until,
    ended: (id: string, limitMs?: number) =>
      until(id, run => ['succeeded', 'failed', 'cancelled'].includes(run.state), limitMs),
    /** Bodies begun for a run, `run step attempt pid` each. */
    bodies: (id: string) => readLines(join(folder, 'bodies.txt')).filter(line => line.startsWith(id)),
    /** The server and the one worker, up again after a test. */
    ensure: async () => {
      await end('w2', 'SIGKILL')
      if (!isUp('server')) start('server', 'server')
      if (!isUp('w1')) start('worker', 'w1')
    },
    leftovers: (name = 'w1') =>
      readdirSync(join(folder, 'work', name), { withFileTypes: true })
        .filter(entry => entry.isDirectory())
        .map(entry => entry.name),
    close: async () => {
      for (const name of children.keys()) await end(name, 'SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}

/** Processes whose environment names a run: bodies that are still alive. */
export function livingProcesses(run: string): readonly number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`FETTLE_ATTEMPT=${run}.`)
      } catch {
        return false
      }
    })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(ready => server.listen(0, '127.0.0.1', ready))
  const address = server.address()
  await new Promise(closed => server.close(closed))
  return typeof address === 'object' && address !== null ? address.port : 0
}
