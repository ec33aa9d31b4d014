import type { FastifyInstance } from 'fastify'
import { settableClock } from '../../src/kernel/clock.ts'
import { createServer, type ServerOptions } from '../../src/server/create-server.ts'
import { createHandlers } from '../../src/server/handlers/index.ts'
import { pipelineEvents } from '../../src/server/handlers/pipelines.ts'
import type { Services } from '../../src/server/services.ts'
import { type FakeServices, fakeServices } from './fake-services.ts'
import { now } from './sample-records.ts'

export const token = 'secret-token'
/** Demo links of the fake server are signed with it. */
export const linkSecret = 'secret-of-links'

export interface FakeServer {
  readonly app: FastifyInstance
  readonly services: FakeServices
  /** Faults that were logged. */
  readonly faults: readonly object[]
}

/** The real server on services in memory; every response is held against its schema. */
export function fakeServer(
  options: Partial<ServerOptions> & { readonly dataUrl?: string; readonly with?: Partial<Services> } = {},
): FakeServer {
  const services = { ...fakeServices(), ...options.with }
  const faults: object[] = []
  const { dataUrl = null, with: _, ...rest } = options
  const handlers = createHandlers({
    services,
    clock: settableClock(now),
    linkSecret,
    health: () => ({
      name: 'fettle',
      version: '0.0.0',
      folder: '/project',
      startedAt: '2001-05-08T16:00:00.000000Z',
      ready: true,
      dataUrl,
      workers: 1,
      node: process.versions.node,
    }),
  })
  const app = createServer({
    handlers,
    events: pipelineEvents(services.pipelines),
    token,
    version: '0.0.0',
    logger: { error: details => void faults.push(details) },
    validateResponses: true,
    ...rest,
  })
  return { app, services, faults }
}
