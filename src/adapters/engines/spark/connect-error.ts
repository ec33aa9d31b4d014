import { type ServiceError, status } from '@grpc/grpc-js'
import { FettleError } from '../../../kernel/errors/index.ts'
import { type ConnectClient, errorInfo, isDisconnect } from './client.ts'
import type { ErrorDetails, InSession } from './messages.ts'

export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && 'metadata' in error
}

/**
 * What a failed call means: the server is gone or another one (ENGINE_UNAVAILABLE), space (OUT_OF_SPACE), or the statement
 * (SQL_ERROR, with Spark's error class, SQLSTATE and the fragment of the text).
 */
export async function failureOf(client: ConnectClient, session: InSession, error: unknown): Promise<Error> {
  if (!isServiceError(error)) return error instanceof Error ? error : new Error(String(error))
  if (isDisconnect(error) || error.code === status.DEADLINE_EXCEEDED)
    return unavailable(`the Spark server does not answer: ${firstLine(error.details)}`, error)
  if (error.code === status.UNAUTHENTICATED || error.code === status.PERMISSION_DENIED)
    return unavailable(`the Spark server refuses us: ${firstLine(error.details)}`, error)
  if (sessionLost.test(error.details))
    return unavailable(
      'the Spark server was restarted or has forgotten the session; nothing of the statement was kept',
      error,
    )
  const info = errorInfo(error)
  const details = info['errorId'] === undefined ? {} : await fetched(client, session, info['errorId'])
  return statementFailure(error, info, details)
}

const sessionLost =
  /INVALID_HANDLE\.(SESSION_|OPERATION_ABANDONED|OPERATION_NOT_FOUND)|INVALID_CURSOR\.(NOT_REATTACHABLE|POSITION_)/
const lostWork =
  /Job aborted due to stage failure.*(ExecutorLostFailure|FetchFailed)|SparkContext was shut down|executor.*(lost|exited)|Job \d+ cancelled because/s
const noSpace =
  /No space left on device|OutOfMemoryError|Java heap space|maxResultSize|UNABLE_TO_ACQUIRE_MEMORY/

function statementFailure(
  error: ServiceError,
  info: Readonly<Record<string, string>>,
  { errors = [], rootErrorIdx = 0 }: ErrorDetails,
): Error {
  const root = errors[rootErrorIdx]
  const chain = errors.map(each => each.message ?? '').join('\n')
  const message = root?.message ?? error.details
  const everything = `${message}\n${chain}`
  if (noSpace.test(everything))
    return new FettleError('OUT_OF_SPACE', `Spark ran out of memory or disk: ${firstLine(message)}`, {
      cause: error,
    })
  if (lostWork.test(everything)) return unavailable(`Spark lost the work: ${firstLine(message)}`, error)
  const deepest = errors.findLast(each => each.sparkThrowable?.errorClass !== undefined)?.sparkThrowable
  const throwable = root?.sparkThrowable?.errorClass === undefined ? deepest : root.sparkThrowable
  const errorClass = throwable?.errorClass ?? info['errorClass'] ?? ''
  const sqlState = throwable?.sqlState ?? info['sqlState']
  const fragment = throwable?.queryContexts?.[0]?.fragment ?? ''
  const lines = new Set([message, ...errors.map(each => each.message ?? '')].map(firstLine))
  const said = [...lines]
    .filter(line => line !== '')
    .slice(0, 3)
    .join(': ')
  return new FettleError('SQL_ERROR', `Spark refuses the statement: ${said}`, {
    cause: error,
    details: {
      ...(errorClass === '' ? {} : { errorClass }),
      ...(sqlState === undefined ? {} : { sqlState }),
      ...(fragment === '' ? {} : { fragment }),
    },
  })
}

async function fetched(client: ConnectClient, session: InSession, errorId: string): Promise<ErrorDetails> {
  try {
    return await client.fetchErrorDetails(session, errorId)
  } catch {
    return {}
  }
}

function unavailable(message: string, cause: Error): FettleError {
  return new FettleError('ENGINE_UNAVAILABLE', message, { cause })
}

function firstLine(message: string): string {
  return message.trimStart().split('\n')[0]?.slice(0, 300) ?? ''
}
