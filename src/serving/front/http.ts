import type { IncomingMessage, ServerResponse } from 'node:http'
import { FettleError } from '../../kernel/errors/index.ts'
import { uuidv7 } from '../../kernel/ids.ts'

/** What a route answers with. `headers` are flat pairs of names and values. */
export interface Reply {
  readonly status: number
  readonly body: string | Uint8Array
  readonly headers?: readonly string[]
  /** Default application/json. */
  readonly contentType?: string
  /** The connection ends with this reply. */
  readonly close?: boolean
}

export function jsonReply(value: unknown, status = 200): Reply {
  return { status, body: JSON.stringify(value) }
}

export function send(res: ServerResponse, reply: Reply, close: boolean): void {
  if (res.destroyed || res.writableEnded) return
  const headers = [
    'content-type',
    reply.contentType ?? 'application/json',
    'content-length',
    String(Buffer.byteLength(reply.body)),
    ...(reply.headers ?? []),
  ]
  if (close || reply.close) headers.push('connection', 'close')
  res.writeHead(reply.status, headers)
  res.end(reply.body)
}

/** Callers' ids go into headers: anything but printable ASCII is percent-encoded. */
export function headerValue(text: string): string {
  return /^[ -~]*$/.test(text) ? text : encodeURIComponent(text)
}

/** An error as a dialect's body; default content type application/json. */
export type ErrorBody = (
  error: FettleError,
  requestId: string,
) => { readonly body: string; readonly contentType?: string }

const nativeError: ErrorBody = ({ code, message, hint, details }, requestId) => ({
  body: JSON.stringify({ error: { code, message, hint, details, requestId } }),
})

/**
 * Any error as a reply, its code in the header fettle-error-code. What is not a FettleError is ours: its text stays here,
 * under an incident id. `render` is the dialect's body; default `{"error":{"code","message","hint","details","requestId"}}`.
 */
export function errorReply(
  error: unknown,
  onIncident: (id: string, error: unknown) => void,
  render: ErrorBody = nativeError,
): Reply {
  const requestId = uuidv7()
  const known =
    error instanceof FettleError
      ? error
      : new FettleError('INTERNAL', `a fault inside Fettle, incident ${requestId}`)
  if (!(error instanceof FettleError)) onIncident(requestId, error)
  const { code, details, status } = known
  const headers = ['fettle-request-id', requestId, 'fettle-error-code', code]
  if (status === 503 || status === 429) headers.push('retry-after', '1')
  const allow = details['allow']
  if (code === 'METHOD_NOT_ALLOWED' && typeof allow === 'string') headers.push('allow', allow)
  // What is left of the body is not read.
  const close = code === 'SLOW_BODY' || code === 'DRAINING'
  return { status, headers, ...render(known, requestId), ...(close ? { close } : {}) }
}

export interface BodyLimits {
  readonly bodyBytes: number
  /** Of all requests that are being read. */
  readonly totalBytes: number
  /** How long a body may take to arrive. Default 10 000. */
  readonly bodyMillis?: number
}

/** Bytes of bodies being read now. */
export interface BodyBudget {
  held: number
}

/**
 * The whole body. Memory is bounded: what is over the limit is thrown away as it arrives, and refused with
 * BODY_TOO_LARGE when it has ended, so that the caller reads the answer instead of a reset. SLOW_BODY when it takes too
 * long to arrive.
 */
export function readBody(req: IncomingMessage, limits: BodyLimits, budget: BodyBudget): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    let refusal: FettleError | undefined
    if (Number(req.headers['content-length'] ?? 0) > limits.bodyBytes) refusal = tooLarge(limits.bodyBytes)
    const release = () => {
      budget.held -= bytes
      bytes = 0
      chunks.length = 0
    }
    const { bodyMillis = 10_000 } = limits
    const late = setTimeout(() => {
      refusal = new FettleError('SLOW_BODY', `the body did not arrive within ${bodyMillis} ms`)
      release()
      reject(refusal)
    }, bodyMillis)
    req.on('data', (chunk: Buffer) => {
      if (refusal) return
      bytes += chunk.length
      budget.held += chunk.length
      if (bytes > limits.bodyBytes) refusal = tooLarge(limits.bodyBytes)
      else if (budget.held > limits.totalBytes)
        refusal = new FettleError('OVERLOADED', 'too many bytes of requests are being read')
      if (refusal) release()
      else chunks.push(chunk)
    })
    req.on('end', () => {
      clearTimeout(late)
      if (refusal) return reject(refusal)
      const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
      release()
      resolve(body)
    })
    req.on('error', error => {
      clearTimeout(late)
      release()
      reject(new FettleError('BAD_JSON', 'the body ended before it was whole', { cause: error }))
    })
  })
}

function tooLarge(bytes: number): FettleError {
  return new FettleError('BODY_TOO_LARGE', `the body is larger than ${bytes} bytes`, {
    details: { limitBytes: bytes },
  })
}

/** Bodies are JSON, not compressed. */
export function checkMedia(req: IncomingMessage): void {
  const encoding = req.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity')
    throw new FettleError('UNSUPPORTED_ENCODING', 'the body has a Content-Encoding that is not understood')
  const type = req.headers['content-type']
  if (type === undefined || type === 'application/json' || /^application\/json\s*(;|$)/i.test(type)) return
  throw new FettleError('UNSUPPORTED_MEDIA', 'the body has a Content-Type other than application/json')
}
