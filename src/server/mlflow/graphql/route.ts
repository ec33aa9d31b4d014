import type { FastifyInstance, FastifyRequest } from 'fastify'
import { refusalOf } from '../../../api/mlflow/errors.ts'
import { readMessage } from '../../../api/mlflow/read-message.ts'
import { mlflowRoutes } from '../../../api/mlflow/routes.ts'
import type { Principal } from '../../../governance/index.ts'
import { FettleError, isFettleError } from '../../../kernel/errors/index.ts'
import { asFettleError } from '../../errors.ts'
import { objectOf, requireJson } from '../body.ts'
import type { Answer, MlflowHandlers } from '../handler-types.ts'
import { executeGraphql, type GraphqlCalls, type GraphqlRequest } from './execute.ts'
import { parseGraphql } from './parse.ts'

interface GraphqlOptions {
  readonly handlers: MlflowHandlers
  caller(request: FastifyRequest): Principal
}

type Json = Readonly<Record<string, unknown>>

/** `/graphql`: the questions of MLflow's pages, answered by the calls of the dialect. */
export function addGraphql(app: FastifyInstance, { handlers, caller }: GraphqlOptions): void {
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    handler: async request => {
      const sent = requestOf(request)
      try {
        return { data: await executeGraphql(sent, callsOf(handlers, caller(request))), errors: null }
      } catch (error) {
        if (isFettleError(error, 'BAD_REQUEST')) return { data: null, errors: [error.message] }
        throw error
      }
    },
  })
}

function requestOf(request: FastifyRequest): GraphqlRequest {
  if (request.method === 'POST') requireJson(request.raw)
  const sent =
    request.method === 'POST' ? objectOf(request.body as Buffer | undefined) : (request.query as Json)
  const { query, operationName } = sent
  if (typeof query !== 'string')
    throw new FettleError('BAD_REQUEST', "Missing value for required parameter 'query'.")
  return {
    document: parseGraphql(query),
    variables: variablesOf(sent['variables']),
    ...(typeof operationName === 'string' && operationName !== '' ? { operationName } : {}),
  }
}

/** An object; in a query its JSON. */
function variablesOf(sent: unknown): Json {
  const value: unknown = typeof sent === 'string' && sent !== '' ? objectOf(Buffer.from(sent)) : (sent ?? {})
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FettleError('BAD_REQUEST', 'variables must be an object')
  return value as Json
}

function callsOf(handlers: MlflowHandlers, principal: Principal): GraphqlCalls {
  return {
    ask: async ({ route }, input) => {
      const handle = handlers[route] as (request: object, principal: Principal) => Promise<Answer>
      try {
        const answer = await handle(readMessage(mlflowRoutes[route].request, input), principal)
        return typeof answer === 'string' ? (JSON.parse(answer) as Json) : ((answer ?? {}) as Json)
      } catch (thrown) {
        const error = asFettleError(thrown)
        if (error === undefined || error.status >= 500) throw thrown
        const { code, message } = refusalOf(error, route)
        return { apiError: { code, message } }
      }
    },
  }
}
