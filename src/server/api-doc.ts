import { z } from 'zod'
import { type Route, routes } from '../api/routes.ts'

/** docs/api.md: every route of the native API. */
export function renderApiDoc(): string {
  return [
    '# API',
    '',
    'Made from the table of routes in `src/api/routes.ts`, which the server, the client, the command line and the web pages share. All paths are below `/api/v1`. The whole description with schemas is served as `/openapi.json`.',
    '',
    'Callers on the same machine need no token, but for routes of the permission `worker`; others send `Authorization: Bearer TOKEN` with the one in `.fettle/server.json`. Lists are pages: `next`, when it is there, is the `cursor` of the following page. Errors are `{"error":{"code","message","hint","details","requestId"}}` with a code of [errors.md](errors.md). Times are RFC 3339 in UTC.',
    '',
    '| client | route | permission | what it does | query |',
    '|---|---|---|---|---|',
    ...Object.entries<Route>(routes).map(routeRow),
    '',
    'Live changes of runs are told as server-sent events at `GET /api/v1/events`. Predictions go to the data plane: [serving.md](serving.md).',
    '',
  ].join('\n')
}

function routeRow([name, { method, path, permission, summary, query }]: [string, Route]): string {
  const parameters = Object.entries(query?.shape ?? {}).map(([parameter, schema]) =>
    z.safeParse(schema, undefined).success ? `\`${parameter}\`` : `\`${parameter}\` (needed)`,
  )
  return `| \`api.${name}\` | \`${method} ${path}\` | ${permission} | ${summary} | ${parameters.join(' ')} |`
}
