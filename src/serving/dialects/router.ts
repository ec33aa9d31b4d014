import { handleFeast } from '../feast/index.ts'
import { handleFeatures } from '../features/index.ts'
import { handleFeedback } from '../feedback/index.ts'
import type { FrontState } from '../front/front-state.ts'
import { type ErrorBody, jsonReply, type Reply } from '../front/http.ts'
import { type Call, defaultDeployment, nameOf, requireMethod, unknownRoute } from './call.ts'
import { mlflowError, tensorError } from './errors.ts'
import { routeMlflow } from './mlflow/routes.ts'
import { routeNative } from './native/routes.ts'
import { routeOip } from './oip/routes.ts'
import { openApi } from './openapi.ts'
import { routeV1, routeVertex } from './v1/routes.ts'

/** Hands a request to its dialect, by its path without query. */
export function route(call: Call, path: string): Reply | Promise<Reply> {
  if (path.startsWith('/predict/'))
    return routeNative(call, { deployment: nameOf(path.slice('/predict/'.length)) })
  if (isUnder(path, '/v2')) return routeOip(call, segmentsOf(path))
  if (isUnder(path, '/v1')) return routeV1(call, segmentsOf(path))
  return routeVertex(call, path) ?? routeMlflow(call, path) ?? routeOther(call, path)
}

/** Features, feedback, and the description of all of this. */
function routeOther(call: Call, path: string): Reply | Promise<Reply> {
  const { state, req } = call
  if (path.startsWith('/features/')) return handleFeatures(state, req, path)
  if (path.startsWith('/feedback/'))
    return handleFeedback(state, call, nameOf(path.slice('/feedback/'.length)))
  if (path.startsWith('/feast/') || path.startsWith('/feast-compat/')) return handleFeast(call, path)
  if (path !== '/openapi.json') throw unknownRoute()
  requireMethod(req, 'GET')
  return jsonReply(openApi(state))
}

/** The path that says what a request needs: routes of the default deployment name it. */
export function admissionPath(state: FrontState, path: string): string {
  if (path !== '/invocations' && path !== state.dialects.vertex?.predict) return path
  return `/deployments/${encodeURIComponent(defaultDeployment(state))}/invocations`
}

/** How the dialect of a path writes errors. */
export function errorBodyOf(state: FrontState, path: string): ErrorBody | undefined {
  if (isUnder(path, '/v2') || isUnder(path, '/v1')) return tensorError
  const { vertex } = state.dialects
  if (path === vertex?.predict || path === vertex?.health) return tensorError
  return /^\/(invocations|ping|health|version|execution-parameters)$|^\/deployments\//.test(path)
    ? mlflowError
    : undefined
}

function isUnder(path: string, base: string): boolean {
  return path.startsWith(base) && (path.length === base.length || path[base.length] === '/')
}

function segmentsOf(path: string): readonly string[] {
  return path.split('/').slice(2).map(nameOf)
}
