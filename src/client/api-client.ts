import { addresses } from '../api/addresses.ts'
import type { RouteArguments } from '../api/route-types.ts'
import type { RouteName, RouteResponse } from '../api/routes.ts'
import type { Http } from './http.ts'

type IsEmpty<T> = unknown extends T ? true : Record<never, never> extends T ? true : false
type CallOptions = { readonly signal?: AbortSignal }

/** Path parameters and query in one object, `body` beside them; the argument may be left out where nothing must be said. */
type Method<Name extends RouteName> =
  IsEmpty<RouteArguments<Name>> extends true
    ? (args?: RouteArguments<Name>, options?: CallOptions) => Promise<RouteResponse<Name>>
    : (args: RouteArguments<Name>, options?: CallOptions) => Promise<RouteResponse<Name>>

/** One method for every route of the API: `api.run({ id })`, `api.startRun({ body: { pipeline: 'late' } })`. */
export type ApiClient = { readonly [Name in RouteName]: Method<Name> }

/** Calls that wait for work of the server, in milliseconds: `deploy` puts a release through its gate first. */
const patience: Partial<Record<RouteName, number>> = { deploy: 15 * 60_000 }

export function createApiClient(http: Http, url: string): ApiClient {
  const call = (name: RouteName) => {
    const [method = 'GET', path = '/'] = addresses[name].split(' ')
    const deadlineMs = patience[name]
    return (args: Readonly<Record<string, unknown>> = {}, options: CallOptions = {}) => {
      const { body, ...rest } = args
      return http({
        method,
        url: `${url}/api/v1${fillPath(path, rest)}`,
        ...(body === undefined ? {} : { body }),
        ...options,
        ...(deadlineMs === undefined ? {} : { deadlineMs }),
        ...(name === 'object' || name === 'trainingSetRows' ? { as: 'bytes' as const } : {}),
      })
    }
  }
  const methods = (Object.keys(addresses) as RouteName[]).map(name => [name, call(name)])
  return Object.fromEntries(methods) as ApiClient
}

/** Path parameters go into the path, the rest into the query. */
function fillPath(path: string, values: Readonly<Record<string, unknown>>): string {
  const inPath = new Set<string>()
  const filled = path.replace(/:(\w+)/g, (_match, name: string) => {
    inPath.add(name)
    return encodeURIComponent(String(values[name]))
  })
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && !inPath.has(name)) query.set(name, String(value))
  }
  return query.size === 0 ? filled : `${filled}?${query}`
}
