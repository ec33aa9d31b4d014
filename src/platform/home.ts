import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { FrontAddress } from '../adapters/data-plane/http/index.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { packageRoot, packageVersion } from '../kernel/package-root.ts'
import { formatTimestamp } from '../kernel/time.ts'
import type { ProjectFile } from '../projects/index.ts'
import { createServer } from '../server/create-server.ts'
import { createHandlers } from '../server/handlers/index.ts'
import { eventToWire } from '../server/map/pipelines.ts'
import { workerRoutes } from '../server/worker-routes.ts'
import { createControlPlane } from './control-plane.ts'
import { type DevOptions, defaultPort } from './dev.ts'
import type { Folders } from './folders.ts'

export interface HomeOptions {
  readonly options: DevOptions
  readonly project: ProjectFile
  readonly folders: Folders
  readonly token: string
  front(): FrontAddress | undefined
  workers(): number
  onLine(line: string): void
  onFault(error: unknown): void
}

export interface Home {
  readonly url: string
  close(): Promise<void>
}

/** The control plane and its server: API and web pages. Throws PORT_IN_USE. */
export async function openHome(parts: HomeOptions): Promise<Home> {
  const { options, project, folders, front, onFault } = parts
  const plane = await createControlPlane({ folders, project, front, onFault })
  plane.pipelines.start()
  plane.ticker.start()
  await plane.erasures.goOn()
  const server = homeServer(parts, plane)
  const close = async (): Promise<void> => {
    await server.close()
    await plane.ticker.stop()
    await plane.pipelines.stop()
    await plane.erasures.close()
    await plane.database.close()
  }
  try {
    const url = await listen(server, options.host ?? '127.0.0.1', options.port ?? defaultPort)
    return { url, close }
  } catch (error) {
    await close()
    throw error
  }
}

type Plane = Awaited<ReturnType<typeof createControlPlane>>

function homeServer(parts: HomeOptions, { services, pipelines, clock }: Plane) {
  const { options, project, token, front, workers, onLine } = parts
  const startedAt = formatTimestamp(clock.nowMicros())
  const health = () => ({
    name: 'fettle' as const,
    version: packageVersion(),
    folder: options.folder,
    startedAt,
    ready: front() !== undefined,
    dataUrl: front()?.dataUrl ?? null,
    workers: workers(),
    node: process.versions.node,
  })
  const homeClock = { nowMicros: () => project.replayFrom ?? clock.nowMicros() }
  const uiFolder = join(packageRoot(), 'dist', 'ui')
  return createServer({
    handlers: createHandlers({ services, clock: homeClock, health }),
    events: {
      after: async (seq, limit) => (await pipelines.events(seq, limit)).map(eventToWire),
      latest: () => pipelines.latestEvent(),
      subscribe: ring => pipelines.subscribe(ring),
    },
    token,
    version: packageVersion(),
    logger: { error: (details, message) => onLine(`${message} ${JSON.stringify(details)}`) },
    workerRoutes: workerRoutes(pipelines, { token }),
    ...(existsSync(uiFolder) ? { uiFolder } : {}),
  })
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
