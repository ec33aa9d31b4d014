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
import { servingCopyRoutes } from '../server/serving-copy-routes.ts'
import { workerRoutes } from '../server/worker-routes.ts'
import { changeBell } from './change-bell.ts'
import { createControlPlane } from './control-plane.ts'
import { type DevOptions, defaultPort } from './dev.ts'
import { type Duties, keepDuties } from './duties.ts'
import type { Folders } from './folders.ts'
import { embeddedMetadata } from './provider-names.ts'
import { type BuiltHome, openResettableHome } from './resettable-home.ts'
import { servingCopy } from './serving-copy.ts'

export interface HomeOptions {
  readonly options: Pick<DevOptions, 'folder' | 'host' | 'port'>
  readonly project: ProjectFile
  readonly folders: Folders
  readonly token: string
  front(): FrontAddress | undefined
  workers(): number
  /** It has no data plane of its own, and is ready without one. */
  readonly controlOnly?: boolean
  /** Tests: callers on this machine may empty the store. */
  readonly testReset?: boolean
  onLine(line: string): void
  onFault(error: unknown): void
}

export interface Home {
  readonly url: string
  close(): Promise<void>
}

/** The control plane and its server: API and web pages. Throws PORT_IN_USE. */
export async function openHome(parts: HomeOptions): Promise<Home> {
  if (parts.testReset === true) return openResettableHome(parts, buildHome)
  const { host = '127.0.0.1', port = defaultPort } = parts.options
  const { server, close } = await buildHome(parts)
  try {
    return { url: await listen(server, host, port), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function buildHome(parts: HomeOptions): Promise<BuiltHome> {
  const { project, folders, front, onFault } = parts
  const plane = await createControlPlane({ folders, project, front, onFault })
  const duties = await keepDuties(dutiesOf(plane, parts.testReset !== true), {
    providers: project.providers,
    onFault,
  })
  const server = homeServer(parts, plane)
  const close = async (): Promise<void> => {
    await server.close()
    await duties.stop()
    await plane.erasures.close()
    await plane.database.close()
  }
  return { server, close }
}

/** What goes on without being asked for. Of several processes on one database, one at a time does it. */
function dutiesOf(
  {
    pipelines,
    ticker,
    erasures,
    lostRuns,
    delivery,
    anchors,
    signatures,
    settling,
    exercises,
    ends,
    feedback,
    shipping,
    controller,
    drills,
  }: Plane,
  anchored: boolean,
): Duties {
  return {
    async start() {
      pipelines.start()
      ticker.start()
      await erasures.goOn()
      ends.start()
      lostRuns.start()
      delivery.start()
      signatures.start()
      settling.start()
      exercises.start()
      controller.start()
      drills.start()
      feedback.duty.start()
      shipping.start()
      if (anchored) anchors.start()
    },
    async stop() {
      await ticker.stop()
      await lostRuns.stop()
      await delivery.stop()
      await signatures.stop()
      await settling.stop()
      await exercises.stop()
      await controller.stop()
      await drills.stop()
      await feedback.duty.stop()
      await shipping.stop()
      await ends.stop()
      await pipelines.stop()
      if (anchored) await anchors.stop()
    },
  }
}

type Plane = Awaited<ReturnType<typeof createControlPlane>>

function homeServer(parts: HomeOptions, { services, pipelines, clock }: Plane) {
  const { options, project, folders, token, front, workers, onLine } = parts
  const startedAt = formatTimestamp(clock.nowMicros())
  const health = () => ({
    name: 'fettle' as const,
    version: packageVersion(),
    folder: options.folder,
    startedAt,
    ready: parts.controlOnly === true || front() !== undefined,
    dataUrl: front()?.dataUrl ?? null,
    workers: workers(),
    node: process.versions.node,
  })
  const uiFolder = join(packageRoot(), 'dist', 'ui')
  return createServer({
    handlers: createHandlers({ services, clock, health, replayFrom: project.replayFrom, linkSecret: token }),
    events: {
      after: async (seq, limit) => (await pipelines.events(seq, limit)).map(eventToWire),
      latest: () => pipelines.latestEvent(),
      subscribe: changeBell(pipelines, embeddedMetadata(project.providers)),
    },
    token,
    mlflow: services,
    uploads: services.tracking.artifacts,
    version: packageVersion(),
    logger: { error: (details, message) => onLine(`${message} ${JSON.stringify(details)}`) },
    workerRoutes: async app => {
      const routes = workerRoutes(pipelines, { token })
      await routes(app, {})
      await app.register(servingCopyRoutes(servingCopy(folders.serving)), { prefix: '/serving' })
    },
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
