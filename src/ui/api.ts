import { addresses } from '../api/addresses.ts'
import type { RouteBody, RouteName, RouteQuery, RouteResponse } from '../api/routes.ts'
import type { JsonObject } from './data/json.ts'

export interface RequestOptions<Name extends RouteName> {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Partial<Exclude<RouteQuery<Name>, undefined>> | undefined
  readonly body?: RouteBody<Name>
  readonly signal?: AbortSignal | undefined
}

/** An error the server coded, or code UNREACHABLE with status 0 when nothing answered. */
export class ApiError extends Error {
  readonly code: string
  readonly hint: string
  readonly status: number
  readonly requestId: string | undefined
  readonly details: Readonly<Record<string, unknown>>
  constructor(status: number, body: ErrorFields) {
    super(body.message ?? 'The server gave no message.')
    this.name = 'ApiError'
    this.status = status
    this.code = body.code ?? `HTTP_${status}`
    this.hint = body.hint ?? ''
    this.requestId = body.requestId
    this.details = body.details ?? {}
  }
}
interface ErrorFields {
  readonly code?: string
  readonly message?: string
  readonly hint?: string
  readonly requestId?: string
  readonly details?: Readonly<Record<string, unknown>>
}

export const apiRoot = '/api/v1'

/** Path with its parameters filled in and the query appended; undefined query values are left out. */
export function urlOf(
  address: string,
  params: Readonly<Record<string, string>> = {},
  query: object = {},
): string {
  const path = address.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') search.set(key, String(value))
  }
  return `${apiRoot}${path}${search.size > 0 ? `?${search}` : ''}`
}

/** Calls one route of the contract. Throws ApiError. */
export async function request<Name extends RouteName>(
  name: Name,
  options: RequestOptions<Name> = {},
): Promise<RouteResponse<Name>> {
  const response = await answer(name, options, 'application/json')
  return (await response.json()) as RouteResponse<Name>
}

/** Calls a route that answers JSON lines, one object each. Integers too large for a number come as texts. Throws ApiError. */
export async function requestLines<Name extends RouteName>(
  name: Name,
  options: RequestOptions<Name> = {},
): Promise<readonly JsonObject[]> {
  const response = await answer(name, options, 'application/x-ndjson, */*')
  return (await response.text())
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line, exactly) as JsonObject)
}

function exactly(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
    ? (context?.source ?? value)
    : value
}

async function answer<Name extends RouteName>(
  name: Name,
  options: RequestOptions<Name>,
  accept: string,
): Promise<Response> {
  const [method = 'GET', address = '/'] = addresses[name].split(' ')
  const response = await send(urlOf(address, options.params, options.query), {
    method,
    credentials: 'same-origin',
    headers: { accept, ...(options.body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: options.body === undefined ? null : JSON.stringify(options.body),
    signal: options.signal ?? null,
  })
  if (response.ok) return response
  const body: unknown = await response.json().catch(() => undefined)
  throw new ApiError(response.status, errorFields(body))
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError(0, {
      code: 'SERVER_UNREACHABLE',
      message: 'The Fettle server does not answer.',
      hint: 'Start it with fettle dev; this page catches up by itself.',
    })
  }
}

function errorFields(body: unknown): ErrorFields {
  const error = (body as { error?: ErrorFields } | undefined)?.error
  return (
    error ?? {
      message: 'The answer was not a Fettle answer.',
      hint: 'A proxy may stand in between; try again.',
    }
  )
}
