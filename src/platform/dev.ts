import { randomBytes } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type FrontAddress, setReplayClock } from '../adapters/data-plane/http/index.ts'
import { lockFolder } from '../adapters/metadata/index.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { packageRoot, packageVersion } from '../kernel/package-root.ts'
import { formatTimestamp } from '../kernel/time.ts'
import { readProjectFile } from '../projects/index.ts'
import { createServer } from '../server/create-server.ts'
import { createHandlers } from '../server/handlers/index.ts'
import { eventToWire } from '../server/map/pipelines.ts'
import { workerRoutes } from '../server/worker-routes.ts'
import { type SupervisedChild, supervise } from './children.ts'
import { createControlPlane } from './control-plane.ts'
import { foldersOf, makeFolders } from './folders.ts'
import { secretEnvironment } from './role-secret.ts'
import type { FrontRole } from './serving-roles.ts'
import type { WorkerRole } from './worker-role.ts'

export interface DevOptions {
  /** The project folder, absolute. */
  readonly folder: string
  /** Web pages and API. Default 4747; 0 chooses a free one. */
  readonly port?: number
  /** Predictions. Default 4748; 0 chooses a free one. */
  readonly dataPort?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  readonly onLine?: (line: string) => void
}

export interface RunningDev {
  readonly url: string
  readonly dataUrl: string | null
  readonly token: string
  /** Stops everything in order: no new work, serving drained, metadata closed, lock given back. */
  stop(): Promise<void>
}

const defaultPort = 4747
const workerSlots = 2

/** Throws FOLDER_IN_USE, PORT_IN_USE, DEFINITIONS_NOT_FOUND. Ready when web pages, worker and serving are. */
export async function startDev(options: DevOptions): Promise<RunningDev> {
  const project = await readProjectFile(options.folder)
  const folders = foldersOf(options.folder)
  makeFolders(folders)
  const lock = await lockFolder(folders.root)
  const children: SupervisedChild[] = []
  const undo: (() => Promise<void> | void)[] = [() => lock.release()]
  const unwind = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    let front: FrontAddress | undefined
    const token = randomBytes(24).toString('base64url')
    const onLine = options.onLine ?? (line => process.stderr.write(`${line}\n`))
    const onFault = (error: unknown): void =>
      onLine(error instanceof Error ? (error.stack ?? error.message) : String(error))
    const plane = await createControlPlane({ folders, project, front: () => front, onFault })
    undo.push(() => plane.database.close())
    plane.pipelines.start()
    undo.push(() => plane.pipelines.stop())

    const startedAt = formatTimestamp(plane.clock.nowMicros())
    const health = () => ({
      name: 'fettle' as const,
      version: packageVersion(),
      folder: options.folder,
      startedAt,
      ready: front !== undefined,
      dataUrl: front?.dataUrl ?? null,
      workers: children.length > 0 ? 1 : 0,
      node: process.versions.node,
    })
    const uiFolder = join(packageRoot(), 'dist', 'ui')
    const server = createServer({
      handlers: createHandlers({
        services: plane.services,
        clock: plane.clock,
        health,
        replayFrom: project.replayFrom,
      }),
      events: {
        after: async (seq, limit) => (await plane.pipelines.events(seq, limit)).map(eventToWire),
        latest: () => plane.pipelines.latestEvent(),
        subscribe: ring => plane.pipelines.subscribe(ring),
      },
      token,
      version: packageVersion(),
      logger: { error: (details, message) => onLine(`${message} ${JSON.stringify(details)}`) },
      workerRoutes: workerRoutes(plane.pipelines, { token }),
      ...(existsSync(uiFolder) ? { uiFolder } : {}),
    })
    undo.push(() => server.close())
    const url = await listen(server, options.host ?? '127.0.0.1', options.port ?? defaultPort)

    const announce = async (address: FrontAddress): Promise<void> => {
      if (project.replayFrom !== null)
        await setReplayClock(address.adminUrl, formatTimestamp(project.replayFrom))
      await writeServerFile(folders.serverFile, { url, token, ...address })
    }
    let announced: Promise<void> | undefined
    const startFront = supervise({
      role: 'front',
      options: {
        servingFolder: folders.serving,
        onlineFolder: folders.online,
        host: options.host ?? '127.0.0.1',
        dataPort: options.dataPort ?? (options.port === 0 ? 0 : (options.port ?? defaultPort) + 1),
        adminPort: 0,
        replay: project.replayFrom !== null,
      } satisfies FrontRole,
      onLine,
      onReady: message => {
        front = message as FrontAddress
        announced = announce(front).catch(onFault)
      },
    })
    const startWorker = supervise({
      role: 'worker',
      options: { url, folders, slots: workerSlots } satisfies WorkerRole,
      environment: secretEnvironment(token),
      onLine,
      onReady: () => undefined,
    })
    children.push(startFront, startWorker)
    undo.push(async () => {
      rmSync(folders.serverFile, { force: true })
      await Promise.all(children.map(child => child.stop()))
    })
    await Promise.all(children.map(child => child.ready)).catch(cause => {
      throw roleFailure(cause)
    })
    await announced
    return { url, dataUrl: (front as FrontAddress | undefined)?.dataUrl ?? null, token, stop: unwind }
  } catch (error) {
    await unwind()
    throw error
  }
}

function roleFailure(cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause)
  return /port \d+ .* is taken/.test(message)
    ? new FettleError('PORT_IN_USE', message.split('\n').at(-1) ?? message)
    : new Error(message)
}

async function listen(server: ReturnType<typeof createServer>, host: string, port: number): Promise<string> {
  try {
    const address = await server.listen({ host, port })
    return address.replace('[::1]', 'localhost')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EADDRINUSE')
      throw new FettleError('PORT_IN_USE', `port ${port} on ${host} is taken`, { cause })
    throw cause
  }
}

async function writeServerFile(path: string, file: object): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(`${path}.new`, `${JSON.stringify({ pid: process.pid, ...file }, null, 2)}\n`, {
    mode: 0o600,
  })
  await rename(`${path}.new`, path)
}
