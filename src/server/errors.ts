import type { z } from 'zod'
import { type ErrorCode, FettleError } from '../kernel/errors/index.ts'
import { newId } from '../kernel/ids.ts'

/** The part of a logger the server uses; pino fits. */
export interface Logger {
  error(details: object, message: string): void
}

export interface ErrorReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: {
    readonly error: {
      readonly code: string
      readonly message: string
      readonly hint: string
      readonly details: Readonly<Record<string, unknown>>
      readonly requestId: string
    }
  }
}

/** Nothing was begun when these are told: clients may send the same request again, writes too. */
const untouched: ReadonlySet<ErrorCode> = new Set([
  'OVERLOADED',
  'DRAINING',
  'METADATA_UNAVAILABLE',
  'OBJECT_STORE_UNAVAILABLE',
  'TRACKING_BUSY',
])

/** Any thrown thing as the native error reply. What is not a FettleError is logged under an incident id and told as INTERNAL. */
export function errorReply(
  thrown: unknown,
  context: { readonly requestId: string; readonly logger: Logger },
): ErrorReply {
  const error = asFettleError(thrown) ?? internal(thrown, context)
  const mayRetry = untouched.has(error.code) && error.details['unknown'] !== true
  const retry = mayRetry ? { 'retry-after': '1' } : {}
  const challenge = error.status === 401 ? { 'www-authenticate': 'Bearer' } : {}
  return {
    status: error.status,
    headers: { ...retry, ...challenge },
    body: { error: { ...error.toJSON(), details: jsonSafe(error.details), requestId: context.requestId } },
  }
}

function internal(
  thrown: unknown,
  { requestId, logger }: { requestId: string; logger: Logger },
): FettleError {
  const incident = newId('inc')
  logger.error({ error: faultFields(thrown), incident, requestId }, 'request failed')
  return new FettleError(
    'INTERNAL',
    `something went wrong inside Fettle; the log has it as incident ${incident}`,
    {
      details: { incident },
    },
  )
}

/** A thrown thing as data, so that every logger can write it. */
export function faultFields(thrown: unknown): {
  readonly name: string
  readonly message: string
  readonly stack?: string
} {
  if (!(thrown instanceof Error)) return { name: 'thrown', message: String(thrown) }
  const { name, message, stack } = thrown
  return { name, message, ...(stack === undefined ? {} : { stack }) }
}

const frameworkCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA',
  ENOSPC: 'DISK_FULL',
  SQLITE_FULL: 'DISK_FULL',
}

const frameworkMessages: Partial<Record<ErrorCode, string>> = {
  BODY_TOO_LARGE: 'the body is larger than the 10 MB that one request may have',
  UNSUPPORTED_MEDIA: 'the body must be application/json',
  DISK_FULL: 'the disk that holds the .fettle folder is full',
}

/** A thrown thing as the coded error it stands for; undefined when it is a fault of ours. */
export function asFettleError(thrown: unknown): FettleError | undefined {
  if (thrown instanceof FettleError) return thrown
  if (!(thrown instanceof Error)) return undefined
  const { code: raw, statusCode } = thrown as Error & { code?: string; statusCode?: number }
  const code = raw === undefined ? undefined : frameworkCodes[raw]
  if (code !== undefined)
    return new FettleError(code, frameworkMessages[code] ?? thrown.message, { cause: thrown })
  if (raw?.startsWith('FST_ERR') && statusCode !== undefined && statusCode < 500) {
    return new FettleError('BAD_REQUEST', thrown.message, { cause: thrown })
  }
  return undefined
}

/** Details as JSON can carry them: bigints as decimal text, NaN and infinities as their names. */
export function jsonSafe(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const text = JSON.stringify(details, (_key, value: unknown) => {
    if (typeof value === 'bigint') return value.toString()
    if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
    return value
  })
  return JSON.parse(text) as Record<string, unknown>
}

/** BAD_REQUEST for what a schema refused: the first problem in words, all of them in the details. */
export function badRequest(part: 'body' | 'query', issues: readonly z.core.$ZodIssue[]): FettleError {
  const problems = issues
    .slice(0, 20)
    .map(issue => ({ field: fieldPath(part, issue.path), wanted: issue.message }))
  const first = problems[0] ?? { field: part, wanted: 'another value' }
  const more = issues.length > 1 ? `, and ${issues.length - 1} more` : ''
  return new FettleError('BAD_REQUEST', `${first.field}: ${first.wanted}${more}`, { details: { problems } })
}

function fieldPath(part: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`),
    part,
  )
}
