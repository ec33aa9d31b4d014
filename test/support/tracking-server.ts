import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import { openFilesystemObjects } from '../../src/adapters/objects/filesystem/index.ts'
import type { SavedViewService, Tracking } from '../../src/experiments/index.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { openTracking } from '../../src/platform/tracking.ts'
import { createRegistryService, type RegistryRecords } from '../../src/registry/index.ts'
import { createServer } from '../../src/server/create-server.ts'
import { createHandlers } from '../../src/server/handlers/index.ts'
import { pipelineEvents } from '../../src/server/handlers/pipelines.ts'
import { fakeServices } from './fake-services.ts'

export interface TrackingServer {
  readonly url: string
  readonly tracking: Tracking
  readonly records: RegistryRecords
  readonly views: SavedViewService
  /** Faults that were logged. */
  readonly faults: readonly object[]
  close(): Promise<void>
}

interface ServerOptions {
  /** Folder of the built pages; none without it. */
  readonly uiFolder?: string
  /** Folder of the store, kept; a fresh one that is removed unless told. */
  readonly folder?: string
  readonly port?: number
}

/** The real server over a real store of experiments and models; the other rooms are stand-ins. */
export async function startTrackingServer(options: ServerOptions = {}): Promise<TrackingServer> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'fettle-tracking-'))
  const database = await openMetadata({ kind: 'sqlite', path: join(folder, 'metadata.db') })
  await database.migrate()
  const objects = await openFilesystemObjects(join(folder, 'objects'))
  const clock = systemClock
  const rooms = openTracking({ database, objects, clock })
  const { tracking, records, views } = rooms
  const registry = createRegistryService({ uow: database, clock })
  const services = { ...fakeServices(), ...rooms, registry }
  const faults: object[] = []
  const app = createServer({
    handlers: createHandlers({ services, clock, health: () => health }),
    events: pipelineEvents(services.pipelines),
    token: 'token',
    version: '0.0.0',
    logger: { error: details => void faults.push(details) },
    validateResponses: true,
    uploads: tracking.artifacts,
    ...(options.uiFolder === undefined ? {} : { uiFolder: options.uiFolder }),
  })
  const url = await app.listen({ host: '127.0.0.1', port: options.port ?? 0 })
  return {
    url,
    tracking,
    records,
    views,
    faults,
    async close() {
      await app.close()
      await database.close()
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}

const health = {
  name: 'fettle' as const,
  version: '0.0.0',
  folder: '/project',
  startedAt: '2001-05-08T16:00:00.000000Z',
  ready: true,
  dataUrl: null,
  workers: 1,
  node: process.versions.node,
}
