import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../support/free-port.ts'
import { ringProgram, type SwiftPlace, swiftConfigurations } from './swift-configuration.ts'

/** A real, independent S3 server (OpenStack Swift with its s3api) of a test's own, on one node and one replica. */
export interface S3Server {
  /** Path-style endpoint. */
  readonly url: string
  readonly port: number
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly region: string
  /** As SIGKILL ends all of it: nothing is said, nothing is tidied up. */
  kill(): Promise<void>
  /** Starts it again on the same ports over the same files. */
  start(): Promise<void>
  /** Ends it and removes its files. */
  remove(): Promise<void>
}

const readyMs = 30_000
// Debian's Swift belongs to Debian's Python, not to another that comes first in the path.
const python = '/usr/bin/python3'
const servers = ['account', 'container', 'object', 'proxy'] as const

/** No server to start is a failure, never a skip. The file system of temporary files must keep extended attributes. */
export async function startS3(): Promise<S3Server> {
  if (!existsSync('/usr/bin/swift-proxy-server'))
    throw new Error('swift-proxy is missing: bash scripts/services.sh installs it')
  const folder = mkdtempSync(join(tmpdir(), 'fettle-s3-'))
  const ports = await prepare(folder)
  const port = ports.proxy
  const url = `http://127.0.0.1:${port}`
  let child: ChildProcess | undefined
  const start = async (): Promise<void> => {
    child = spawnGuarded(folder)
    await answering(Object.values(ports), folder)
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
    port,
    accessKeyId: 'test:fettle',
    secretAccessKey: 'secret',
    region: 'us-east-1',
    kill,
    start,
    remove: async () => {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Writes configurations and rings. */
async function prepare(folder: string): Promise<SwiftPlace['ports']> {
  const [account, container, object, proxy] = await Promise.all(servers.map(() => freePort()))
  const ports = { account: account ?? 0, container: container ?? 0, object: object ?? 0, proxy: proxy ?? 0 }
  mkdirSync(join(folder, 'nodes', 'd1'), { recursive: true })
  const configurations = swiftConfigurations({ folder, ports, user: userInfo().username })
  for (const [name, text] of Object.entries(configurations)) writeFileSync(join(folder, name), text)
  const ringPorts = [ports.account, ports.container, ports.object].map(String)
  execFileSync(python, ['-c', ringProgram, folder, ...ringPorts], { stdio: ['ignore', 'ignore', 'inherit'] })
  return ports
}

/** A shell watches its input close, which is this process's end or a kill, then ends all four servers. */
function spawnGuarded(folder: string): ChildProcess {
  const run = servers
    .map(
      name =>
        `${python} /usr/bin/swift-${name}-server ${name}.conf </dev/null >>${name}.log 2>&1 & p="$p $!"`,
    )
    .join('\n')
  const child = spawn('/bin/sh', ['-c', `p=''\n${run}\ncat >/dev/null; kill -KILL $p; wait $p`], {
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.unref()
  ;(child.stdin as unknown as { unref(): void }).unref()
  return child
}

async function answering(ports: readonly number[], folder: string): Promise<void> {
  for (const end = Date.now() + readyMs; ; await new Promise(resolve => setTimeout(resolve, 50))) {
    try {
      // Any answer will do: each of the four has read its configuration then.
      for (const port of ports) await (await fetch(`http://127.0.0.1:${port}/`)).arrayBuffer()
      return
    } catch (error) {
      if (Date.now() > end) throw new Error(`Swift did not start: ${String(error)}\n${logTails(folder)}`)
    }
  }
}

function logTails(folder: string): string {
  return servers
    .map(name => join(folder, `${name}.log`))
    .filter(log => existsSync(log))
    .map(log => readFileSync(log, 'utf8').slice(-1_000))
    .join('\n')
}
