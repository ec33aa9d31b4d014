import fastify, { type FastifyInstance, type FastifyPluginAsync, type FastifyRequest } from 'fastify'
import { type Route, type RouteName, routes } from '../api/routes.ts'
import type { Principal } from '../governance/index.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { newId } from '../kernel/ids.ts'
import { authorize } from './access.ts'
import { badRequest, errorReply, faultFields, type Logger } from './errors.ts'
import { type EventFeed, eventStreams } from './event-stream.ts'
import { parseJsonBody } from './json-body.ts'
import { refusal } from './mlflow/fault.ts'
import type { DialectOptions } from './mlflow/options.ts'
import { mlflowDialect } from './mlflow/plugin.ts'
import { inDialect } from './mlflow/unknown-addresses.ts'
import { openApi } from './openapi.ts'
import type { Handlers } from './route-handlers.ts'
import { allowedMethods } from './route-match.ts'
import { isFileReply, sendFile } from './send-file.ts'
import { noUi, serveUi } from './static-ui.ts'
import { syncUploads, type UploadOptions } from './sync-uploads.ts'

export interface ServerOptions {
  readonly handlers: Handlers
  /** Events of pipeline runs, for GET /api/v1/events. */
  readonly events: EventFeed
  /** The bearer token that workers, steps and callers from other machines send. */
  readonly token: string
  readonly version: string
  readonly logger: Logger
  /** Folder of the built web UI; without it there are no pages. */
  readonly uiFolder?: string
  /** The worker protocol: mounted below /api/v1/worker, token required. */
  readonly workerRoutes?: FastifyPluginAsync
  /** What MLflow's clients use; without it there is no dialect. */
  readonly mlflow?: Pick<DialectOptions, 'tracking' | 'records' | 'webhooks'>
  /** Where files that clients spooled go; without it none are taken. */
  readonly uploads?: UploadOptions['artifacts']
  /** Tests: a response that does not fit its schema is an error. */
  readonly validateResponses?: boolean
  readonly heartbeatMs?: number
}

const bodyLimit = 10 * 1024 * 1024

/** The control plane's HTTP server, built from the table of routes; not listening yet. */
export function createServer(options: ServerOptions): FastifyInstance {
  const app = fastify({
    bodyLimit,
    logger: false,
    routerOptions: { maxParamLength: 1024, ignoreTrailingSlash: true },
    genReqId: request => requestId(request.headers['fettle-request-id']),
    frameworkErrors: (error, request, reply) => {
      const { status, body } = frameworkRefusal(error, request, options)
      reply.raw
        .writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
        .end(JSON.stringify(body))
      reply.hijack()
    },
    forceCloseConnections: true,
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer) => parseJsonBody(body),
  )
  app.addHook('onSend', async (request, reply) => {
    reply.header('fettle-request-id', request.id).header('x-content-type-options', 'nosniff')
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  })
  addErrorHandling(app, options)
  addRoutes(app, options)
  addEvents(app, options)
  addWorkerRoutes(app, options)
  addUploads(app, options)
  addDialect(app, options)
  if (options.uiFolder === undefined) noUi(app)
  app.get('/openapi.json', async () => openApi(options.version))
  return app
}

/** What the framework refuses before any route is found, such as an address that cannot be decoded. */
function frameworkRefusal(
  error: unknown,
  request: FastifyRequest,
  { logger, mlflow }: ServerOptions,
): { readonly status: number; readonly body: object } {
  const context = { requestId: request.id, logger }
  if (mlflow === undefined || !inDialect(request.raw.url ?? '/')) return errorReply(error, context)
  const { status, code, message } = refusal(error, context)
  return { status, body: { error_code: code, message } }
}

function requestId(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[\w.:-]{1,64}$/.test(header) ? header : newId('req')
}

function principalFor(request: FastifyRequest, permission: Route['permission'], token: string): Principal {
  if (permission === 'link') return { name: 'link' }
  return authorize(
    { method: request.method, address: request.ip, headers: request.headers },
    permission,
    token,
  )
}

function addErrorHandling(app: FastifyInstance, { logger, uiFolder }: ServerOptions): void {
  app.setErrorHandler((error, request, reply) => {
    const { status, headers, body } = errorReply(error, { requestId: request.id, logger })
    return reply.code(status).headers(headers).send(body)
  })
  const ui = uiFolder === undefined ? undefined : serveUi(uiFolder)
  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/'
    const allowed = allowedMethods(path)
    if (allowed.length > 0) {
      reply.header('allow', allowed.join(', '))
      throw new FettleError(
        'METHOD_NOT_ALLOWED',
        `${path} takes ${allowed.join(' and ')}, not ${request.method}`,
        { details: { allowed } },
      )
    }
    if (ui !== undefined && (await ui(request, reply))) return reply
    throw new FettleError('UNKNOWN_ROUTE', `there is no ${request.method} ${path}`)
  })
}

function addRoutes(app: FastifyInstance, options: ServerOptions): void {
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    const handler = options.handlers[name] as (request: object) => Promise<unknown>
    app.route({
      method: route.method,
      url: `/api/v1${route.path}`,
      onRequest: async request => void principalFor(request, route.permission, options.token),
      handler: async (request, reply) => {
        const result = await handler({
          params: request.params,
          query: parsed(route.query, request.query, 'query'),
          body: parsed(route.body, request.body, 'body'),
          principal: principalFor(request, route.permission, options.token),
        })
        if (isFileReply(result)) return sendFile(request, reply.type('application/octet-stream'), result)
        if (route.produces !== undefined) return reply.type(route.produces).send(result)
        return options.validateResponses ? checked(name, route, result) : result
      },
    })
  }
}

function parsed(schema: Route['body'], value: unknown, part: 'body' | 'query'): unknown {
  if (schema === undefined) return undefined
  const result = schema.safeParse(value)
  if (!result.success) throw badRequest(part, result.error.issues)
  return result.data
}

function checked(name: string, route: Route, value: unknown): unknown {
  const result = route.response.safeParse(value)
  if (!result.success)
    throw new TypeError(`the response of ${name} does not fit its schema: ${result.error.message}`)
  return value
}

function addEvents(app: FastifyInstance, { events, token, heartbeatMs }: ServerOptions): void {
  const streams = eventStreams({ feed: events, ...(heartbeatMs === undefined ? {} : { heartbeatMs }) })
  app.get('/api/v1/events', {
    onRequest: async request => void principalFor(request, 'read', token),
    handler: (request, reply) => streams.handle(request, reply),
  })
  app.addHook('preClose', async () => streams.close())
}

function addUploads(app: FastifyInstance, { uploads: artifacts, token }: ServerOptions): void {
  if (artifacts === undefined) return
  const principalOf = (request: FastifyRequest) => principalFor(request, 'write', token)
  app.register(syncUploads({ artifacts, principalOf }), { prefix: '/api/v1/sync' })
}

function addDialect(app: FastifyInstance, { mlflow, token, version, logger }: ServerOptions): void {
  if (mlflow !== undefined) app.register(mlflowDialect({ ...mlflow, token, version, logger }))
}

function addWorkerRoutes(app: FastifyInstance, { workerRoutes, token, logger }: ServerOptions): void {
  if (workerRoutes === undefined) return
  app.register(
    async scope => {
      scope.addHook('onRequest', async request => void principalFor(request, 'worker', token))
      scope.addHook('onError', async (request, _reply, error) => {
        if (error instanceof FettleError || (error.statusCode ?? 500) < 500) return
        logger.error({ error: faultFields(error), requestId: request.id }, 'worker request failed')
      })
      await scope.register(workerRoutes)
    },
    { prefix: '/api/v1/worker' },
  )
}
