import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join, resolve } from 'node:path'
import { startMlflow } from '../../test/services/mlflow.ts'

/** A server under measure: ours or MLflow's own. */
export interface Side {
  readonly name: 'Fettle' | 'MLflow'
  readonly url: string
  readonly folder: string
  /** Milliseconds from the start of the process to the first answer. */
  readonly startedMs: number
  /** MiB of memory of its processes. */
  memory(): number
  /** Sends a request and reads the whole answer. Fails unless it is 200. */
  send(method: string, path: string, body?: unknown): Promise<string>
  stop(): Promise<void>
}

const sockets = 32

/** MLflow's own server with one worker over SQLite. */
export async function startTheirs(folder: string): Promise<Side> {
  mkdirSync(folder, { recursive: true })
  const started = performance.now()
  const server = await startMlflow(folder)
  return side({ name: 'MLflow', url: server.url, folder, pid: server.pid, started, stop: server.stop })
}

/** `fettle server` over SQLite. */
export async function startOurs(folder: string): Promise<Side> {
  mkdirSync(folder, { recursive: true })
  const project = join(folder, 'fettle.json')
  if (!existsSync(project)) writeFileSync(project, '{ "project": "bench" }')
  const started = performance.now()
  const child = spawn(
    process.execPath,
    [resolve('bin/fettle'), 'server', '--folder', folder, '--port', '0'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const url = await new Promise<string>((settle, fail) => {
    child.once('exit', code => fail(new Error(`fettle server ended with code ${code}`)))
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const [found] = /http:\/\/\S+/.exec(text) ?? []
      if (found !== undefined) settle(found)
    })
  })
  const stop = async () => {
    if (child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
  return side({ name: 'Fettle', url, folder, pid: child.pid ?? 0, started, stop })
}

async function side(server: {
  readonly name: Side['name']
  readonly url: string
  readonly folder: string
  readonly pid: number
  readonly started: number
  stop(): Promise<void>
}): Promise<Side> {
  const { name, url, folder, pid, started, stop } = server
  const agent = new Agent({ keepAlive: true, maxSockets: sockets })
  const { hostname, port } = new URL(url)
  const send = (method: string, path: string, body?: unknown) =>
    new Promise<string>((settle, fail) => {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const headers =
        text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
      const outgoing = request({ agent, hostname, port, method, path, headers }, answer => {
        const pieces: Buffer[] = []
        answer.on('data', (piece: Buffer) => pieces.push(piece))
        answer.once('error', fail)
        answer.once('end', () => {
          const whole = Buffer.concat(pieces).toString('utf8')
          if (answer.statusCode === 200) settle(whole)
          else fail(new Error(`${name} answered ${answer.statusCode} to ${path}: ${whole.slice(0, 300)}`))
        })
      })
      outgoing.once('error', fail)
      outgoing.end(text)
    })
  await send('GET', '/version')
  const startedMs = performance.now() - started
  return {
    ...{ name, url, folder, startedMs, send },
    memory: () => family(pid).reduce((total, each) => total + residentMiB(each), 0),
    stop: async () => {
      agent.destroy()
      await stop()
    },
  }
}

/** A process and all below it. */
function family(root: number): readonly number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = read(`/proc/${name}/stat`)
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
  }
  const found = [root]
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child)
  return found
}

/** What processes share is divided among them. */
const residentMiB = (pid: number) =>
  Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) / 1024

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It ended meanwhile.
    return ''
  }
}
