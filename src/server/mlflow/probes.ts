import type { FastifyInstance } from 'fastify'
import { addressesOf, specialRoutes } from '../../api/mlflow/routes.ts'

/** The MLflow whose calls are served: clients switch features by it, tracing from 3.4 on. */
const servedVersion = '3.3.0'

/** What clients ask before anything else: answered without signing in, and without looking at any store. */
export function addProbes(app: FastifyInstance, { version }: { readonly version: string }): void {
  const told = `${servedVersion}+fettle.${version.toLowerCase().replace(/[^a-z0-9]+/g, '.')}`
  app.get('/health', async (_request, reply) => reply.type('text/plain; charset=utf-8').send('OK'))
  app.get('/version', async (_request, reply) => reply.type('text/plain; charset=utf-8').send(told))
  const info = { store_type: 'SqlStore', workspaces_enabled: false, trace_archival_enabled: false }
  const { methods } = specialRoutes.serverInfo
  app.register(async scope => {
    // The question has no content, whatever its body says.
    scope.addContentTypeParser('*', (_request, payload, done) => {
      payload.resume()
      done(null)
    })
    for (const url of addressesOf(specialRoutes.serverInfo)) {
      scope.route({ method: [...methods], url, handler: async () => info })
    }
  })
}
