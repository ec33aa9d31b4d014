import { experimentRoutes } from './experiment-routes.ts'
import type { MessageOf } from './fields.ts'
import { loggedModelRoutes } from './logged-model-routes.ts'
import { registryRoutes } from './registry-routes.ts'
import type { Method, MlflowRoute } from './route-types.ts'
import { runRoutes } from './run-routes.ts'
import { webhookRoutes } from './webhook-routes.ts'

/** Every call whose request is one message, by name. Batches are read by `readBatch`, files are streamed. */
export const mlflowRoutes = {
  ...experimentRoutes,
  ...runRoutes,
  ...loggedModelRoutes,
  ...registryRoutes,
  ...webhookRoutes,
} as const satisfies Readonly<Record<string, MlflowRoute>>

export type MlflowRouteName = keyof typeof mlflowRoutes
export type MlflowRequest<Name extends MlflowRouteName> = MessageOf<(typeof mlflowRoutes)[Name]['request']>

/** Calls whose bodies are not one message: their shape is read where they are handled. */
export const specialRoutes = {
  logBatch: { methods: ['POST'], path: '/runs/log-batch' },
  uploadArtifact: { methods: ['POST'], path: '/upload-artifact', browserOnly: true },
  loggedModelFile: {
    methods: ['GET'],
    path: '/logged-models/:model_id/artifacts/files',
    browserOnly: true,
  },
  serverInfo: { methods: ['GET', 'POST'], path: '/server-info', version: '3.0' },
} as const satisfies Readonly<Record<string, Omit<MlflowRoute, 'request' | 'writes'>>>

/** Addresses a route answers at. */
export function addressesOf(route: Pick<MlflowRoute, 'path' | 'version' | 'browserOnly'>): string[] {
  const version = route.version ?? '2.0'
  const bases = route.browserOnly === true ? ['/ajax-api'] : ['/api', '/ajax-api']
  return bases.map(base => `${base}/${version}/mlflow${route.path}`)
}

/** Where files go through this server, for clients and for pages. */
export const artifactBases = ['/api/2.0/mlflow-artifacts', '/ajax-api/2.0/mlflow-artifacts'] as const

export const artifactRoutes = [
  { path: '/artifacts', methods: ['GET', 'DELETE'] },
  { path: '/artifacts/*', methods: ['GET', 'PUT', 'DELETE'] },
  { path: '/mpu/create/*', methods: ['POST'] },
  { path: '/mpu/complete/*', methods: ['POST'] },
  { path: '/mpu/abort/*', methods: ['POST'] },
  { path: '/presigned/*', methods: ['GET'] },
] as const satisfies readonly { readonly path: string; readonly methods: readonly Method[] }[]

/** Below these everything unknown is told in the dialect's words. */
export const dialectPrefixes = ['/api/2.0', '/api/3.0', '/ajax-api', '/v1/traces', '/graphql'] as const
