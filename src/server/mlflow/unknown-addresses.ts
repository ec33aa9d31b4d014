import type { FastifyInstance } from 'fastify'
import type { Method, MlflowRoute } from '../../api/mlflow/route-types.ts'
import {
  addressesOf,
  artifactBases,
  artifactRoutes,
  dialectPrefixes,
  mlflowRoutes,
  specialRoutes,
} from '../../api/mlflow/routes.ts'
import { unknownAddress } from './fault.ts'

/** Whether an address is the dialect's business, known or not. */
export function inDialect(url: string): boolean {
  return dialectPrefixes.some(prefix => url.startsWith(prefix))
}

type Known = Pick<MlflowRoute, 'methods' | 'path' | 'version' | 'browserOnly'>

/** What the tables do not know is told in the dialect's words, and what they know by other methods with these. */
export function addUnknownAddresses(app: FastifyInstance): void {
  const known = knownAddresses()
  const refuse = async (
    request: { readonly method: string; readonly url: string },
    reply: Reply,
  ): Promise<never> => {
    const path = request.url.split('?', 1)[0] ?? '/'
    const methods = new Set(known.filter(each => each.matches(path)).flatMap(each => each.methods))
    if (methods.size > 0) reply.header('allow', [...methods].join(', '))
    throw unknownAddress(request.method, path, [...methods])
  }
  app.register(async scope => {
    scope.addContentTypeParser('*', (_request, payload, done) => {
      payload.resume()
      done(null)
    })
    for (const prefix of dialectPrefixes) scope.all(`${prefix}*`, refuse)
  })
}

interface Reply {
  header(name: string, value: string): unknown
}

interface Address {
  readonly methods: readonly Method[]
  matches(path: string): boolean
}

function knownAddresses(): Address[] {
  const calls = [...Object.values(mlflowRoutes), ...Object.values(specialRoutes)] as readonly Known[]
  const files = artifactBases.flatMap(base =>
    artifactRoutes.map(({ path, methods }) => ({ url: `${base}${path}`, methods })),
  )
  return [
    ...calls.flatMap(route => addressesOf(route).map(url => ({ url, methods: route.methods }))),
    ...files,
    { url: '/graphql', methods: ['GET', 'POST'] as const },
  ].map(({ url, methods }) => {
    const pattern = new RegExp(
      `^${url.replace(/[.]/g, '\\.').replace(/:\w+/g, '[^/]+').replace('*', '.+')}/?$`,
    )
    return { methods, matches: path => pattern.test(path) }
  })
}
