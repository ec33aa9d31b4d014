import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** The packages of a line of MLflow as they come from PyPI; `mlflow2` is a client only. */
export type MlflowLine = 'mlflow2' | 'mlflow3'

const readyMs = 90_000

/** Nothing is sent to anybody but the server under test, and no bytecode is left beside the scripts. */
export const quiet = {
  MLFLOW_DISABLE_TELEMETRY: 'true',
  DO_NOT_TRACK: 'true',
  MLFLOW_HTTP_REQUEST_MAX_RETRIES: '2',
  GIT_PYTHON_REFRESH: 'quiet',
  PYTHONDONTWRITEBYTECODE: '1',
  MPLBACKEND: 'Agg',
}

/** Where the Python of a line's environment is, if it was made. */
export function mlflowEnvironment(line: MlflowLine): string {
  return resolve(import.meta.dirname, '..', '..', '.cache', 'python', line, 'bin', 'python')
}

/** Python of a line's environment. Fails, never skips, where scripts/services.sh has not made it. */
export function mlflowPython(line: MlflowLine): string {
  const python = mlflowEnvironment(line)
  if (!existsSync(python)) throw new Error(`${python} is missing: run scripts/services.sh`)
  return python
}

/** Runs a script with a line's Python and resolves with what it printed, whatever its exit code. */
export async function runMlflow(
  line: MlflowLine,
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-mlflow-client-'))
  const child = spawn(mlflowPython(line), words, {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, TZ: 'UTC', ...quiet, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  rmSync(folder, { recursive: true, force: true })
  return { code: code ?? -1, out, err }
}

/** MLflow's own server of the 3.x line, over SQLite and a folder, with one worker. */
export interface MlflowServer {
  readonly url: string
  /** Address of its database, for those who read it themselves. */
  readonly store: string
  /** Where its artifacts are. */
  readonly artifacts: string
  readonly pid: number
  stop(): Promise<void>
}

/** Starts it over the files of `folder`, which it makes when they are not there. */
export async function startMlflow(folder: string): Promise<MlflowServer> {
  const [database, artifacts, port] = [join(folder, 'mlflow.db'), join(folder, 'artifacts'), await freePort()]
  mkdirSync(artifacts, { recursive: true })
  const log = join(folder, 'server.log')
  const words = [
    ...['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'],
    ...['--backend-store-uri', `sqlite:///${database}`],
    ...['--serve-artifacts', '--artifacts-destination', artifacts],
  ]
  // A shell watches its input close, which is a stop or this process's end, then ends the server and its workers.
  const guard =
    '"$@" </dev/null >"$LOG" 2>&1 & server=$!; cat >/dev/null; kill -TERM $server; wait $server 2>/dev/null'
  const child = spawn('/bin/sh', ['-c', guard, 'sh', mlflowPython('mlflow3'), ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, TZ: 'UTC', LOG: log, ...quiet },
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const url = `http://127.0.0.1:${port}`
  await answering(url, child, log)
  return {
    url,
    store: `sqlite:///${database}`,
    artifacts,
    pid: child.pid ?? 0,
    stop: async () => {
      if (child.exitCode !== null) return
      const ended = once(child, 'exit')
      child.stdin?.end()
      await ended
    },
  }
}

async function answering(url: string, child: ChildProcess, log: string): Promise<void> {
  for (const end = Date.now() + readyMs; ; ) {
    const up = await fetch(`${url}/health`).then(
      answer => answer.ok,
      () => false,
    )
    if (up) return
    if (child.exitCode !== null || Date.now() > end)
      throw new Error(
        `MLflow did not start:\n${existsSync(log) ? readFileSync(log, 'utf8').slice(-2_000) : ''}`,
      )
    await new Promise(settle => setTimeout(settle, 100))
  }
}

function freePort(): Promise<number> {
  return new Promise((settle, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => settle(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })
}
