import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { limits } from '../../api/mlflow/limits.ts'
import { readBatch } from '../../api/mlflow/read-batch.ts'
import { readMessage, readQuery } from '../../api/mlflow/read-message.ts'
import type { MlflowRoute } from '../../api/mlflow/route-types.ts'
import { addressesOf, type MlflowRouteName, mlflowRoutes, specialRoutes } from '../../api/mlflow/routes.ts'
import type { Principal } from '../../governance/index.ts'
import { addArtifactRoutes } from './artifact-routes.ts'
import { bodyBudget, hasBody, objectOf, readBody, requireJson } from './body.ts'
import { refusal, sendRefusal } from './fault.ts'
import { addGraphql } from './graphql/route.ts'
import type { Answer } from './handler-types.ts'
import { mlflowHandlers } from './handlers/index.ts'
import { logBatch } from './handlers/logging.ts'
import { loadGate } from './load-gate.ts'
import { callerOf, type DialectOptions } from './options.ts'
import { addProbes } from './probes.ts'
import { addUnknownAddresses } from './unknown-addresses.ts'

/** The MLflow dialect: every route of its tables, below both of their prefixes. */
export function mlflowDialect(options: DialectOptions): FastifyPluginAsync {
  return async app => {
    app.removeAllContentTypeParsers()
    app.setErrorHandler(errorHandler(options))
    addProbes(app, options)
    await app.register(async scope => addCalls(scope, options))
    await app.register(async scope => addArtifactRoutes(scope, options))
    addUnknownAddresses(app)
  }
}

function errorHandler({ logger }: DialectOptions, route?: MlflowRouteName) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    sendRefusal(reply, refusal(error, { logger, requestId: request.id, ...(route && { route }) }))
}

/** Longest wait that is queued; clients come back by themselves. */
const limitMs = 2000
/** A request of this many bytes counts as one more. */
const bytesPerUnit = 2048

interface Mounted {
  readonly route: Pick<MlflowRoute, 'methods' | 'path' | 'version' | 'browserOnly'>
  readonly gate: 'writes' | 'reads'
  readonly name?: MlflowRouteName
}

function addCalls(app: FastifyInstance, options: DialectOptions): void {
  const handlers = mlflowHandlers(options)
  const gates = { writes: loadGate({ limitMs, now: Date.now }), reads: loadGate({ limitMs, now: Date.now }) }
  const budget = bodyBudget(limits.heldBytes)
  app.addHook('preParsing', (request, reply, payload, done) => {
    try {
      budget(request.raw, reply.raw)
      done(null, payload)
    } catch (error) {
      done(error as Error)
    }
  })
  app.addContentTypeParser('*', (_request, payload, done) => readBody(payload, done))
  app.addHook('onRequest', async request => void callerOf(request, options))

  const mount = (
    { route, gate, name }: Mounted,
    answer: (request: FastifyRequest, principal: Principal) => Promise<Answer> | Promise<void>,
  ): void => {
    for (const url of addressesOf(route)) {
      app.route({
        method: [...route.methods],
        url,
        errorHandler: errorHandler(options, name),
        handler: async (request, reply) => {
          const leave = gates[gate].enter(1 + Number(request.headers['content-length'] ?? 0) / bytesPerUnit)
          try {
            return send(reply, (await answer(request, callerOf(request, options))) ?? {})
          } finally {
            leave()
          }
        },
      })
    }
  }

  for (const [name, route] of Object.entries(mlflowRoutes) as [MlflowRouteName, MlflowRoute][]) {
    const handle = handlers[name] as (request: object, principal: Principal) => Promise<Answer>
    mount({ route, name, gate: route.writes ? 'writes' : 'reads' }, async (request, principal) =>
      handle(await requestOf(route, request), principal),
    )
  }
  mount({ route: specialRoutes.logBatch, gate: 'writes' }, async (request, principal) => {
    requireJson(request.raw)
    const batch = readBatch(objectOf(request.body as Buffer | undefined))
    return logBatch(options.tracking, batch, principal)
  })
  addGraphql(app, { handlers, caller: request => callerOf(request, options) })
}

async function requestOf({ request: fields }: MlflowRoute, request: FastifyRequest): Promise<object> {
  const path = request.params as Readonly<Record<string, string>>
  const { method } = request
  const query = request.query as Readonly<Record<string, string | string[]>>
  if (method === 'GET' || method === 'HEAD') {
    if (Object.keys(query).length > 0 || !hasBody(request.raw))
      return readQuery(fields, { ...query, ...path })
    return readMessage(fields, { ...objectOf(await bodyOf(request)), ...path })
  }
  if (method === 'POST') requireJson(request.raw)
  const body = request.body as Buffer | undefined
  if (method === 'DELETE' && (body === undefined || body.length === 0))
    return readQuery(fields, { ...query, ...path })
  return readMessage(fields, { ...objectOf(body), ...path })
}

/** A body where the framework expects none. */
function bodyOf(request: FastifyRequest): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    readBody(request.raw, (error, body) => (error === null ? resolve(body) : reject(error)))
  })
}

function send(reply: FastifyReply, answer: object | string): FastifyReply {
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer)
  return reply.type('application/json').send(text)
}
