import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { beginRequest, claimRequest, failRequest, heartbeatRequest, publishRequest } from '../api/worker.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { ControlPlane, LeasedStep } from '../pipelines/index.ts'

/** A directory of 100 000 files, named by content, fits. */
const bodyLimit = 64 * 1024 * 1024

/** The worker protocol as a plugin, to be mounted under /api/v1/worker. `token` is the one of server.json. */
export function workerRoutes(service: ControlPlane, options: { readonly token: string }): FastifyPluginAsync {
  return async app => {
    app.addHook('onRequest', async request => checkToken(request, options.token))
    app.setErrorHandler<FastifyError | FettleError>((error, request, reply) =>
      sendError(error, request, reply),
    )
    app.post('/claim', async (request, reply) => {
      const { instance, ...claim } = parse(claimRequest, request.body)
      const step = await service.claim(
        { ...claim, ...(instance === undefined ? {} : { instance }) },
        closedSignal(reply),
      )
      if (step !== undefined && reply.raw.destroyed) await giveBack(service, step)
      return { step: step ?? null }
    })
    app.post('/begin', async request => {
      await service.begin(parse(beginRequest, request.body))
      return {}
    })
    app.post('/heartbeat', async (request, reply) => {
      const { progress, waitMs, ...ref } = parse(heartbeatRequest, request.body)
      const beat = {
        ...ref,
        ...(progress === undefined ? {} : { progress }),
        ...(waitMs === undefined ? {} : { waitMs }),
      }
      return service.heartbeat(beat, closedSignal(reply))
    })
    app.post('/publish', { bodyLimit }, async request =>
      service.publish(parse(publishRequest, request.body) as Parameters<ControlPlane['publish']>[0]),
    )
    app.post('/fail', { bodyLimit }, async request => {
      await service.fail(parse(failRequest, request.body))
      return {}
    })
  }
}

function checkToken(request: FastifyRequest, token: string): void {
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  if (!timingSafeEqual(digest(given), digest(token)))
    throw new FettleError('WORKER_TOKEN_INVALID', 'The bearer token is not the one of this server')
}

function parse<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(issue => ({ path: issue.path.join('.'), message: issue.message }))
  throw new FettleError('BAD_REQUEST', `${issues[0]?.path || 'body'}: ${issues[0]?.message}`, {
    details: { issues },
  })
}

/** Aborted when the worker hangs up before it is answered. */
function closedSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => controller.abort())
  return controller.signal
}

/** A step leased to a worker that is gone would wait for the end of its lease. */
function giveBack(service: ControlPlane, { run, step, attempt, token }: LeasedStep): Promise<void> {
  return service.fail({ run, step, attempt, token, outcome: 'released', errorClass: null, error: null })
}

function sendError(
  error: FastifyError | FettleError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const known = error instanceof FettleError ? error : translate(error)
  if (known.status >= 500) request.log.error(error)
  return reply.code(known.status).send({ error: { ...known.toJSON(), requestId: request.id } })
}

function translate(error: FastifyError): FettleError {
  if (error.statusCode === 413) return new FettleError('BODY_TOO_LARGE', 'The body is larger than 64 MiB')
  if (error.statusCode === 400) return new FettleError('BAD_JSON', 'The body is not JSON')
  if (error.statusCode === 415) return new FettleError('UNSUPPORTED_MEDIA', 'Send application/json')
  return new FettleError('INTERNAL', 'The request failed inside the server', { cause: error })
}
