import { type ErrorCode, errorCatalogue, FettleError } from '../kernel/errors/index.ts'

export interface HttpOptions {
  readonly token?: string
  /** Sent as `fettle-principal`: who acts, when the token's holder acts for somebody, such as a step. */
  readonly principal?: string
  /** For one call with all its retries. Default 30 000. */
  readonly deadlineMs?: number
  readonly fetch?: typeof fetch
}

interface HttpRequest {
  readonly method: string
  readonly url: string
  readonly body?: unknown
  readonly signal?: AbortSignal
  /** For this call, instead of the client's. */
  readonly deadlineMs?: number
  /** 'bytes' for routes that answer with bytes. */
  readonly as?: 'json' | 'bytes'
  /** A status of an error whose body is an answer all the same. */
  readonly alsoGood?: number
}

export type Http = (request: HttpRequest) => Promise<unknown>

const maxTries = 4

/**
 * JSON over HTTP with a deadline. Reads are tried again when nothing answers or the server says 502, 503 or 504; writes
 * only on 503 with Retry-After, which promises that nothing was done. Throws FettleError: the server's own, DEADLINE, or
 * SERVER_UNREACHABLE.
 */
export function createHttp(options: HttpOptions): Http {
  const send = options.fetch ?? fetch
  return async request => {
    const endsAt = Date.now() + (request.deadlineMs ?? options.deadlineMs ?? 30_000)
    for (let tries = 1; ; tries++) {
      const left = endsAt - Date.now()
      const outcome = await attempt({ send, options, request, left: Math.max(1, left) })
      if ('value' in outcome) return outcome.value
      const waitMs = retryAfterMs(outcome, { request, tries })
      if (waitMs === undefined || Date.now() + waitMs >= endsAt) throw outcome.error
      await new Promise(resolve => setTimeout(resolve, waitMs))
    }
  }
}

type Outcome =
  | { readonly value: unknown }
  | { readonly error: FettleError; readonly status: number; readonly retryAfter: string | null }

interface Attempt {
  readonly send: typeof fetch
  readonly options: HttpOptions
  readonly request: HttpRequest
  readonly left: number
}

async function attempt({ send, options, request, left }: Attempt): Promise<Outcome> {
  const body = bodyOf(request)
  const deadline = AbortSignal.timeout(left)
  const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal])
  try {
    const response = await send(request.url, {
      method: request.method,
      headers: headersOf(options, request),
      signal,
      ...body,
    })
    if (response.ok || response.status === request.alsoGood) {
      return {
        value: request.as === 'bytes' ? new Uint8Array(await response.arrayBuffer()) : await response.json(),
      }
    }
    const retryAfter = response.headers.get('retry-after')
    return {
      error: errorFromBody(response.status, await response.text()),
      status: response.status,
      retryAfter,
    }
  } catch (cause) {
    if (request.signal?.aborted) throw request.signal.reason
    const { origin } = new URL(request.url)
    if (deadline.aborted) {
      throw new FettleError('DEADLINE', `${origin} did not answer in time`, {
        cause,
        ...(request.method === 'GET'
          ? {}
          : { hint: 'Whether it was done is unknown: look before sending it again.' }),
      })
    }
    return {
      error: new FettleError('SERVER_UNREACHABLE', `nothing answers at ${origin}`, { cause }),
      status: 0,
      retryAfter: null,
    }
  }
}

function retryAfterMs(
  { status, retryAfter }: { status: number; retryAfter: string | null },
  { request, tries }: { request: HttpRequest; tries: number },
): number | undefined {
  if (tries >= maxTries) return undefined
  if (status === 503 && retryAfter !== null && /^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000
  const isRead = request.method === 'GET'
  if (isRead && (status === 0 || status === 502 || status === 503 || status === 504)) {
    return 50 * 2 ** tries * (0.5 + Math.random())
  }
  return undefined
}

function headersOf({ token, principal }: HttpOptions, { body }: HttpRequest): Record<string, string> {
  return {
    accept: 'application/json, application/octet-stream;q=0.9',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(principal === undefined ? {} : { 'fettle-principal': principal }),
  }
}

function bodyOf({ body }: HttpRequest): { body?: string } {
  return body === undefined ? {} : { body: JSON.stringify(body, exactNumbers) }
}

/** 64-bit integers travel as decimal text; JSON would drop what it has no form for, so NaN and infinities are refused. */
function exactNumbers(key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new FettleError(
      'OUT_OF_RANGE',
      `${key || 'the value'} is ${value}, which JSON has no form for; send null for a missing value`,
    )
  }
  return value
}

/** The error a server told, rebuilt. A code that this client does not know becomes INTERNAL with the code in the details. */
function errorFromBody(status: number, text: string): FettleError {
  const told = parseError(text)
  if (told === undefined) {
    return new FettleError(
      status === 503 ? 'SERVER_UNREACHABLE' : 'INTERNAL',
      `the server answered ${status} without an error body`,
      {
        details: { status },
      },
    )
  }
  const { code, message, hint, details, requestId } = told
  const known = Object.hasOwn(errorCatalogue, code)
  return new FettleError(known ? (code as ErrorCode) : 'INTERNAL', message, {
    hint,
    details: {
      ...details,
      ...(known ? {} : { code, status }),
      ...(requestId === undefined ? {} : { requestId }),
    },
  })
}

interface ToldError {
  readonly code: string
  readonly message: string
  readonly hint: string
  readonly details: Readonly<Record<string, unknown>>
  readonly requestId?: string
}

function parseError(text: string): ToldError | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: Partial<ToldError> }
    if (typeof error?.code !== 'string' || typeof error.message !== 'string') return undefined
    const { code, message, hint = '', details = {}, requestId } = error
    return { code, message, hint, details, ...(requestId === undefined ? {} : { requestId }) }
  } catch {
    return undefined
  }
}
