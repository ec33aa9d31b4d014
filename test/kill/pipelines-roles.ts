import { join } from 'node:path'
import fastify from 'fastify'
import { createHttpControlPlane } from '../../src/adapters/control-plane/http/index.ts'
import { createProcessExecutor } from '../../src/adapters/executors/process/index.ts'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import { openFilesystemObjects } from '../../src/adapters/objects/filesystem/index.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { createPipelineService, runWorker } from '../../src/pipelines/index.ts'
import { workerRoutes } from '../../src/server/worker-routes.ts'

/** What the process is told as its one argument. */
export interface Role {
  readonly role: 'server' | 'worker'
  readonly folder: string
  readonly port: number
  readonly name: string
  readonly hostScript: string
  readonly leaseMs: number
  readonly slots: number
}

const token = 'test-token'
const role = JSON.parse(process.argv[2] ?? '{}') as Role
const objects = await openFilesystemObjects(join(role.folder, 'objects'))

if (role.role === 'server') await serve()
else await work()

async function serve(): Promise<void> {
  const metadata = await openMetadata({ kind: 'sqlite', path: join(role.folder, 'meta.sqlite') })
  await metadata.migrate()
  const times = { leaseMs: role.leaseMs, heartbeatMs: role.leaseMs / 3, reapMs: role.leaseMs / 6 }
  const retry = { baseMs: 10, capMs: 100 }
  const service = createPipelineService({
    uow: metadata,
    clock: systemClock,
    objects,
    logFolder: join(role.folder, 'logs'),
    times,
    retry,
  })
  service.start()
  const app = fastify()
  await app.register(workerRoutes(service, { token }), { prefix: '/api/v1/worker' })
  app.post('/start', async request => ({
    id: (await service.startRun(request.body as never, { principal: { name: 'test' } })).id,
  }))
  app.post('/cancel/:id', async request => ({
    state: (await service.cancel((request.params as { id: string }).id, { name: 'test' })).state,
  }))
  app.get('/run/:id', async (request, reply) => {
    const run = await service.getRun((request.params as { id: string }).id)
    return reply
      .type('application/json')
      .send(JSON.stringify(run, (_key, value) => (typeof value === 'bigint' ? Number(value) : value)))
  })
  app.get('/events/:id', async (request, reply) => {
    const events = await service.events(0, 100_000, (request.params as { id: string }).id)
    return reply
      .type('application/json')
      .send(JSON.stringify(events, (_key, value) => (typeof value === 'bigint' ? Number(value) : value)))
  })
  await app.listen({ port: role.port, host: '127.0.0.1' })
}

async function work(): Promise<void> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())
  await runWorker({
    name: role.name,
    control: createHttpControlPlane({ url: `http://127.0.0.1:${role.port}`, token }),
    executor: createProcessExecutor(),
    objects,
    workFolder: join(role.folder, 'work'),
    logFolder: join(role.folder, 'logs'),
    projectFolder: role.folder,
    slots: role.slots,
    hostCommand: spec => [process.execPath, role.hostScript, spec],
    environment: process.env,
    clock: systemClock,
    signal: stop.signal,
    graceMs: 300,
  })
  process.exit(0)
}
