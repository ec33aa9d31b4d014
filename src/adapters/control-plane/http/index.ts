import { type ErrorCode, errorCatalogue, FettleError } from '../../../kernel/errors/index.ts'
import type { ControlPlane, LeasedStep } from '../../../pipelines/index.ts'

export interface HttpControlPlaneOptions {
  /** Address of the server, such as `http://127.0.0.1:7300`. */
  readonly url: string
  /** The token of server.json. */
  readonly token: string
}

/** Longer than the longest call is held open. */
const callTimeoutMs = 40_000

/** The control plane as a worker reaches it: POST /api/v1/worker/… Throws SERVER_UNREACHABLE when nobody answers. */
export function createHttpControlPlane(options: HttpControlPlaneOptions): ControlPlane {
  const call = <Answer>(name: string, body: unknown, signal?: AbortSignal): Promise<Answer> =>
    post<Answer>(options, { name, body }, signal)
  return {
    claim: async (request, signal) => {
      const answer = await orWhenAborted(
        call<{ step: LeasedStep | null }>('claim', request, signal),
        { step: null },
        signal,
      )
      return answer.step ?? undefined
    },
    begin: async request => void (await call('begin', request)),
    heartbeat: (request, signal) =>
      orWhenAborted(call('heartbeat', request, signal), { cancel: false }, signal),
    publish: request => call('publish', request),
    fail: async request => void (await call('fail', request)),
  }
}

async function post<Answer>(
  options: HttpControlPlaneOptions,
  { name, body }: { name: string; body: unknown },
  signal?: AbortSignal,
): Promise<Answer> {
  const timeout = AbortSignal.timeout(callTimeoutMs)
  const response = await fetch(new URL(`/api/v1/worker/${name}`, options.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${options.token}` },
    body: JSON.stringify(body),
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  }).catch((cause: unknown) => Promise.reject(unreachable(options.url, cause)))
  const answer: unknown = await response
    .json()
    .catch((cause: unknown) => Promise.reject(unreachable(options.url, cause)))
  if (!response.ok) throw toError(response.status, answer)
  return answer as Answer
}

function unreachable(url: string, cause: unknown): FettleError {
  return new FettleError('SERVER_UNREACHABLE', `The server at ${url} does not answer`, { cause })
}

function toError(status: number, answer: unknown): FettleError {
  const { code, message, hint, details } =
    (answer as { error?: Partial<Record<string, unknown>> } | null)?.error ?? {}
  const text = typeof message === 'string' ? message : `The server answered with status ${status}`
  if (typeof code !== 'string' || !Object.hasOwn(errorCatalogue, code)) {
    return new FettleError(status >= 500 ? 'SERVER_UNREACHABLE' : 'INTERNAL', text)
  }
  return new FettleError(code as ErrorCode, text, {
    ...(typeof hint === 'string' ? { hint } : {}),
    ...(typeof details === 'object' && details !== null
      ? { details: details as Record<string, unknown> }
      : {}),
  })
}

async function orWhenAborted<Answer>(
  answer: Promise<Answer>,
  aborted: Answer,
  signal?: AbortSignal,
): Promise<Answer> {
  try {
    return await answer
  } catch (error) {
    if (signal?.aborted) return aborted
    throw error
  }
}
