import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type OfflineEngine, openScans, scanView } from '../../../features/index.ts'
import { parseAddress } from './address.ts'
import { capabilities } from './capabilities.ts'
import { type ConnectClient, createClient } from './client.ts'
import { openExecutions } from './execution.ts'
import { createSession, sessionSettings } from './session.ts'

export interface SparkOptions {
  /** `sc://host:port/;token=…;use_ssl=true`. */
  readonly url: string
  /** Folder for intermediate rows and results; this process and Spark's must see it under the same path. */
  readonly temporaryFolder: string
  /** Names the sessions of this engine: an attempt that is repeated under its name finds what it left behind. */
  readonly attempt?: string
  /** Configuration of each Spark session, for speed only: what our SQL means is fixed. */
  readonly settings?: Readonly<Record<string, string>>
}

/**
 * Point-in-time joins on a Spark server, over Spark Connect. One Spark session per `open`. Throws ENGINE_UNAVAILABLE when
 * the server does not answer.
 */
export async function createSparkEngine(options: SparkOptions): Promise<OfflineEngine> {
  const address = parseAddress(options.url)
  const client = createClient(address)
  const attempt = options.attempt ?? randomUUID()
  let sessions = 0
  const open = async (settings: Parameters<OfflineEngine['open']>[0]) => {
    const name = `${attempt} ${++sessions}`
    const executions = openExecutions(client, {
      user: address.user,
      attempt: name,
      signal: settings.signal,
      onShare: settings.onShare,
    })
    // The folder's name holds the session's id before the first call: whoever finds it can release the session.
    const folder = join(options.temporaryFolder, `${prefix}${process.pid}-${executions.session.sessionId}`)
    await mkdir(folder, { recursive: true })
    try {
      await executions.configure({ ...options.settings, ...sessionSettings })
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
    return createSession(executions, { folder, options: settings })
  }
  try {
    await releaseAbandoned(client, options.temporaryFolder, address.user)
    const version = await serverVersion(client, { user: address.user, attempt })
    const engine: OfflineEngine = {
      version: `spark ${version}`,
      capabilities,
      open,
      scanView: request => scanView(engine, request),
      openScans: (closure, settings) => openScans(engine, closure, settings),
      close: async () => client.close(),
    }
    return engine
  } catch (error) {
    client.close()
    throw error
  }
}

const prefix = 'fettle-spark-'

async function serverVersion(
  client: ConnectClient,
  options: { readonly user: string; readonly attempt: string },
): Promise<string> {
  const executions = openExecutions(client, options)
  const { sparkVersion } = await executions.analyze({ sparkVersion: {} })
  await executions.release()
  return sparkVersion?.version ?? 'unknown'
}

/** Sessions of processes that died keep their place on the server and their files: both are given back. */
async function releaseAbandoned(client: ConnectClient, folder: string, user: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const found = /^fettle-spark-(\d+)-([0-9a-f-]{36})$/.exec(name)
    if (!found || alive(Number(found[1]))) continue
    const session = {
      sessionId: found[2] ?? '',
      userContext: { userId: user, userName: user },
      clientType: 'fettle',
    }
    await client.interrupt(session).catch(() => undefined)
    await client.releaseSession(session).catch(() => undefined)
    await rm(join(folder, name), { recursive: true, force: true })
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
