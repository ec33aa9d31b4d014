import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { limits } from '../../api/mlflow/limits.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { findJsonError } from '../json-body.ts'

/** How much of a body that is too large is read and thrown away, so that its sender gets to read the answer. */
const drainedBytes = 4 * limits.bodyBytes

/** The whole body. Throws BODY_TOO_LARGE after the sender has finished, or the connection's error when it is cut. */
export function readBody(
  stream: NodeJS.ReadableStream,
  done: (error: Error | null, body?: Buffer) => void,
): void {
  const chunks: Buffer[] = []
  let bytes = 0
  const finish = (error: Error | null, body?: Buffer): void => {
    stream.removeListener('data', take).removeListener('end', end).removeListener('error', finish)
    done(error, body)
  }
  const take = (chunk: Buffer): void => {
    bytes += chunk.length
    if (bytes <= limits.bodyBytes) chunks.push(chunk)
    else if (chunks.length > 0) chunks.length = 0
    if (bytes > drainedBytes) finish(tooLarge())
  }
  const end = (): void => {
    if (bytes > limits.bodyBytes) finish(tooLarge())
    else finish(null, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))
  }
  stream.on('data', take).on('end', end).on('error', finish)
}

function tooLarge(): FettleError {
  return new FettleError(
    'BODY_TOO_LARGE',
    `the body is larger than the ${limits.bodyBytes / 1024 / 1024} MiB one request may have`,
    { hint: 'Send the rest in another request; upload files as artifacts.' },
  )
}

/** Smaller bodies are not counted: they come and go at once. */
const smallBytes = 64 * 1024

/** Counts the body of a request in until its response is closed. */
export type BodyBudget = (
  request: Pick<IncomingMessage, 'headers'>,
  response: { once(event: 'close', listener: () => void): unknown },
) => void

/**
 * So much memory the bodies of all requests together may take; one of unknown length counts as the largest. Throws
 * OVERLOADED when the others leave no room.
 */
export function bodyBudget(limit: number): BodyBudget {
  let held = 0
  return ({ headers }, response) => {
    if (headers['transfer-encoding'] === undefined && headers['content-length'] === undefined) return
    const bytes = Math.min(Number(headers['content-length'] ?? limits.bodyBytes), limits.bodyBytes)
    if (bytes < smallBytes) return
    if (held > 0 && held + bytes > limit)
      throw new FettleError('OVERLOADED', 'too many large requests at once; nothing of this was begun')
    held += bytes
    response.once('close', () => {
      held -= bytes
    })
  }
}

/** The JSON object a body holds, also one that was encoded twice, as old clients do. Throws BAD_JSON or BAD_REQUEST. */
export function objectOf(body: Uint8Array | undefined): Readonly<Record<string, unknown>> {
  if (body === undefined || body.length === 0)
    throw new FettleError('BAD_REQUEST', 'The body is empty: a JSON object is wanted')
  if (!isUtf8(body)) throw new FettleError('BAD_JSON', 'the body is not UTF-8')
  const once = parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
  const value = typeof once === 'string' ? parse(once) : once
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FettleError('BAD_REQUEST', 'The body must be a JSON object')
  return value as Readonly<Record<string, unknown>>
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw notJson(text)
  }
}

function notJson(text: string): FettleError {
  const at = errorPosition(text)
  const token = /^-?(?:NaN|Infinity)/.exec(text.slice(at, at + 10))?.[0]
  if (token !== undefined) {
    return new FettleError('BAD_JSON', `${token} is not JSON: send it as a string, "${token}"`)
  }
  return new FettleError('BAD_JSON', `the body is not JSON: it goes wrong at character ${at}`)
}

/** Character at which the text stops being JSON; 0 when it is nested too deep to say. */
function errorPosition(text: string): number {
  try {
    return findJsonError(text)
  } catch {
    return 0
  }
}

const jsonType = /^application\/json\s*(?:;|$)/i

/** Throws BAD_REQUEST unless the request says its body is JSON. */
export function requireJson(request: IncomingMessage): void {
  const type = request.headers['content-type']
  if (type === undefined)
    throw new FettleError(
      'BAD_REQUEST',
      'Bad Request. Content-Type header is missing; send application/json.',
    )
  if (!jsonType.test(type))
    throw new FettleError('BAD_REQUEST', `Bad Request. Content-Type must be application/json, not ${type}.`)
}

export function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length']
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}
