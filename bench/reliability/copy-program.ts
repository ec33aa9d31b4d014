// A control plane as far as hosts that serve see it: it hands out what is in a folder.
import { fastify } from 'fastify'
import { servingCopy } from '../../src/platform/serving-copy.ts'
import { servingCopyRoutes } from '../../src/server/serving-copy-routes.ts'

const { servingFolder, port } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly servingFolder: string
  readonly port: number
}
const app = fastify()
await app.register(servingCopyRoutes(servingCopy(servingFolder)), { prefix: '/api/v1/worker/serving' })
process.send?.({ url: await app.listen({ port, host: '127.0.0.1' }) })
