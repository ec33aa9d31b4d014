import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort } from '../support/free-port.ts'

/** A Redis server of a test's own, with an append-only file that is synced with every write. */
export interface RedisServer {
  readonly url: string
  /** As SIGKILL ends it: nothing is said, nothing is tidied up. */
  kill(): Promise<void>
  /** Starts it again on the same port over the same files. */
  start(): Promise<void>
  /** Runs one command, for example `FLUSHALL`. */
  command(name: string, ...words: string[]): Promise<unknown>
  /** Ends it and removes its files. */
  remove(): Promise<void>
}

const readyMs = 20_000

/** Starts a real server on a free port; no server to start is a failure, never a skip. */
export async function startRedis(...settings: string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-redis-'))
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let child: ChildProcess | undefined
  const start = async (): Promise<void> => {
    child = spawnGuarded(folder, [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
      ...['--appendonly', 'yes', '--appendfsync', 'always', '--logfile', join(folder, 'log')],
      ...settings,
    ])
    await answering(url, folder)
  }
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.stdin?.end()
    await ended
  }
  await start()
  return {
    url,
    kill,
    start,
    command: (name, ...words) => withClient(url, client => client.call(name, ...words)),
    remove: async () => {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A shell watches its input close, which is this process's end or a kill, then ends the server. */
function spawnGuarded(folder: string, words: readonly string[]): ChildProcess {
  const program = [
    '/usr/bin/redis-server',
    '/usr/local/bin/redis-server',
    '/opt/homebrew/bin/redis-server',
  ].find(path => existsSync(path))
  if (program === undefined) throw new Error('redis-server is missing: bash scripts/services.sh installs it')
  const guard = '"$@" </dev/null & server=$!; cat >/dev/null; kill -KILL $server; wait $server'
  const child = spawn('/bin/sh', ['-c', guard, 'sh', program, ...words], {
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.unref()
  ;(child.stdin as unknown as { unref(): void }).unref()
  return child
}

async function answering(url: string, folder: string): Promise<void> {
  for (const end = Date.now() + readyMs; ; ) {
    try {
      await withClient(url, client => client.ping())
      return
    } catch (error) {
      if (Date.now() > end) throw new Error(`Redis did not start: ${String(error)}\n${logTail(folder)}`)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
}

async function withClient<Result>(url: string, work: (client: Redis) => Promise<Result>): Promise<Result> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await work(client)
  } finally {
    client.disconnect()
  }
}

function logTail(folder: string): string {
  const log = join(folder, 'log')
  return existsSync(log) ? readFileSync(log, 'utf8').slice(-2_000) : ''
}
