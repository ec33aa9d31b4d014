import { z } from 'zod'
import { errorBody } from '../api/common.ts'
import { type Route, routes } from '../api/routes.ts'

type Schema = Readonly<Record<string, unknown>>

/** The API description (OpenAPI 3.1), generated from the table of routes. */
export function openApi(version: string): Schema {
  const paths: Record<string, Record<string, Schema>> = {}
  for (const [name, route] of Object.entries<Route>(routes)) {
    const path = `/api/v1${route.path.replace(/:(\w+)/g, '{$1}')}`
    const operations = paths[path] ?? {}
    operations[route.method.toLowerCase()] = operation(name, route)
    paths[path] = operations
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Fettle', version, license: { name: 'Apache-2.0' } },
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: jsonSchema(errorBody, 'output') },
    },
    security: [{ token: [] }, {}],
  }
}

function operation(name: string, route: Route): Schema {
  return {
    operationId: name,
    summary: route.summary,
    'x-permission': route.permission,
    parameters: [...pathParameters(route.path), ...queryParameters(route.query)],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchema(route.body, 'input') } },
          },
        }),
    responses: {
      200: {
        description: 'Done',
        content: { [route.produces ?? 'application/json']: { schema: jsonSchema(route.response, 'output') } },
      },
      default: {
        description: 'An error with a code of docs/errors.md',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  }
}

function pathParameters(path: string): Schema[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

function queryParameters(query: z.ZodObject | undefined): Schema[] {
  if (query === undefined) return []
  return Object.entries(query.shape).map(([name, schema]) => ({
    name,
    in: 'query',
    required: !z.safeParse(schema, undefined).success,
    schema: jsonSchema(schema, 'output'),
  }))
}

function jsonSchema(schema: z.core.$ZodType, io: 'input' | 'output'): Schema {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Record<
    string,
    unknown
  >
  return rest
}
