import type { FastifyReply } from 'fastify'
import { refusalOf, type WireRefusal } from '../../api/mlflow/errors.ts'
import type { MlflowRouteName } from '../../api/mlflow/routes.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { newId } from '../../kernel/ids.ts'
import { asFettleError, faultFields, type Logger } from '../errors.ts'

/** Any thrown thing as the dialect tells it: a fault of ours is logged under an id, and only the id is told. */
export function refusal(
  thrown: unknown,
  {
    logger,
    requestId,
    route,
  }: { readonly logger: Logger; readonly requestId: string; readonly route?: MlflowRouteName },
): WireRefusal {
  const error = asFettleError(thrown)
  if (error !== undefined && error.code !== 'INTERNAL') return refusalOf(error, route)
  const incident = newId('inc')
  logger.error({ error: faultFields(thrown), incident, requestId }, 'MLflow request failed')
  return {
    status: 500,
    code: 'INTERNAL_ERROR',
    message: `something went wrong inside Fettle; the log has it as incident ${incident}`,
  }
}

/** Clients repeat 429 and 503 by themselves; nothing was begun when these are told. */
export function sendRefusal(reply: FastifyReply, { status, code, message }: WireRefusal): FastifyReply {
  if (status === 429 || status === 503) reply.header('retry-after', '1')
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  return reply
    .code(status)
    .type('application/json')
    .send(JSON.stringify({ error_code: code, message }))
}

/** What is told of an address the dialect does not know, or knows by other methods. */
export function unknownAddress(method: string, path: string, allowed: readonly string[]): FettleError {
  if (allowed.length === 0) return new FettleError('UNKNOWN_ROUTE', `there is no ${method} ${path}`)
  return new FettleError('METHOD_NOT_ALLOWED', `${path} takes ${allowed.join(' and ')}, not ${method}`, {
    details: { allowed },
  })
}
