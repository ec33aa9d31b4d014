import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { FettleError, isFettleError } from '../../kernel/errors/index.ts'
import { handleFeast } from '../feast/index.ts'
import { handleFeatures } from '../features/index.ts'
import { decide, type RequestTimes } from './decide.ts'
import { type FrontState, isReady } from './front-state.ts'
import { checkMedia, type ErrorDialect, errorReply, jsonReply, type Reply, readBody, send } from './http.ts'
import type { LoadedRelease } from './load-release.ts'
import { decodeNative, encodeNative } from './native.ts'
import { decodeInfer, encodeInfer, modelMetadata } from './oip.ts'

/** The data port: every dialect, one path each from bytes to decision and back. */
export function createDataServer(state: FrontState): Server {
  const server = createServer(
    { maxHeaderSize: 16 * 1024, keepAliveTimeout: 75_000, requestTimeout: 10_000, headersTimeout: 10_000 },
    (req, res) => {
      void serve(state, req, res)
    },
  )
  server.maxConnections = 10_000
  return server
}

/** A deployment at work on one request; counted for drain and for hot swap. */
interface Call {
  readonly state: FrontState
  readonly req: IncomingMessage
  readonly started: number
  /** Known once it is found: errors are counted by it. */
  deployment: string | undefined
}

async function serve(state: FrontState, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const started = performance.now()
  const path = pathOf(req.url ?? '/')
  const dialect: ErrorDialect = path.startsWith('/v2') ? 'oip' : 'native'
  const call: Call = { state, req, started, deployment: undefined }
  let reply: Reply
  state.inFlight += 1
  try {
    reply = await route(call, path)
  } catch (error) {
    reply = errorReply(error, dialect, state.onIncident)
    state.metrics.failed(call.deployment, isFettleError(error) ? error.code : 'INTERNAL')
    req.resume()
  }
  state.inFlight -= 1
  send(res, reply, state.draining)
}

function pathOf(url: string): string {
  const end = url.indexOf('?')
  return end < 0 ? url : url.slice(0, end)
}

function route(call: Call, path: string): Reply | Promise<Reply> {
  const { state, req } = call
  if (path.startsWith('/predict/')) {
    requireMethod(req, 'POST')
    return predict(call, nameOf(path.slice('/predict/'.length)))
  }
  if (path.startsWith('/features/')) return handleFeatures(state, req, path)
  if (path.startsWith('/feast/') || path.startsWith('/feast-compat/')) return handleFeast(call, path)
  if (path === '/v2' || path === '/v2/' || path.startsWith('/v2/'))
    return routeOip(call, path.split('/').slice(2).map(nameOf))
  throw unknownRoute()
}

function routeOip(call: Call, [section = '', ...rest]: readonly string[]): Reply | Promise<Reply> {
  const { state, req } = call
  if (section === '') {
    requireMethod(req, 'GET')
    return jsonReply({ name: state.name, version: state.version, extensions: [] })
  }
  if (section === 'health' && rest.length === 1 && (rest[0] === 'live' || rest[0] === 'ready')) {
    requireMethod(req, 'GET')
    const ready = isReady(state)
    return rest[0] === 'live'
      ? jsonReply({ live: true })
      : jsonReply({ live: true, ready }, ready ? 200 : 503)
  }
  if (section === 'models') return routeModels(call, rest)
  throw unknownRoute()
}

function routeModels(call: Call, rest: readonly string[]): Reply | Promise<Reply> {
  const { state, req } = call
  const [name, ...after] = rest
  if (name === undefined) {
    requireMethod(req, 'GET')
    return jsonReply({ models: state.releases.list().map(each => each.name) })
  }
  const pinned = after[0] === 'versions' ? after[1] : undefined
  const [verb, ...more] = pinned === undefined ? after : after.slice(2)
  if (more.length > 0 || (verb !== undefined && verb !== 'infer' && verb !== 'ready')) throw unknownRoute()
  if (verb === 'infer') {
    requireMethod(req, 'POST')
    return infer(call, name, pinned)
  }
  requireMethod(req, 'GET')
  if (verb === undefined) return jsonReply(modelMetadata(loadedRelease(state, name, pinned)))
  const current = findDeployment(state, name).current
  requireVersion(name, current, pinned)
  const ready = !state.draining && (current?.pool.state().ready ?? false)
  return jsonReply({ name, ready }, ready ? 200 : 503)
}

async function predict(call: Call, name: string): Promise<Reply> {
  return answer(call, name, undefined, async (loaded, body) => {
    const request = decodeNative(body, loaded.signature)
    const decided = await decide(loaded, request, request.id, timesOf(call, loaded, undefined), call.state)
    return { decided, reply: encodeNative(decided) }
  })
}

async function infer(call: Call, name: string, version: string | undefined): Promise<Reply> {
  return answer(call, name, version, async (loaded, body) => {
    const request = decodeInfer(body, loaded)
    const decided = await decide(
      loaded,
      request,
      request.id,
      timesOf(call, loaded, request.timeoutMillis),
      call.state,
    )
    return { decided, reply: encodeInfer(decided, request, loaded) }
  })
}

type Work = (
  loaded: LoadedRelease,
  body: Buffer,
) => Promise<{ decided: Parameters<typeof encodeNative>[0]; reply: Reply }>

async function answer(call: Call, name: string, version: string | undefined, work: Work): Promise<Reply> {
  const { state, started } = call
  findDeployment(state, name)
  call.deployment = name
  const body = await wholeBody(call)
  // After the body: a slow caller must not hold an old release.
  const loaded = loadedRelease(state, name, version)
  loaded.users += 1
  try {
    const { decided, reply } = await work(loaded, body)
    state.metrics.answered(name, decided, (performance.now() - started) * 1000)
    return reply
  } finally {
    loaded.users -= 1
  }
}

function wholeBody({ state, req }: Call): Promise<Buffer> {
  checkMedia(req)
  return readBody(req, state.limits, state.budget)
}

function findDeployment(state: FrontState, name: string) {
  const found = state.releases.find(name)
  if (!found)
    throw new FettleError('UNKNOWN_DEPLOYMENT', `there is no deployment ${JSON.stringify(name.slice(0, 80))}`)
  return found
}

function loadedRelease(state: FrontState, name: string, version: string | undefined): LoadedRelease {
  const found = findDeployment(state, name)
  if (found.killed === 'closed') throw new FettleError('KILLED', `deployment ${name} is switched off`)
  requireVersion(name, found.current, version)
  if (!found.current) throw new FettleError('NOT_READY', `no release of ${name} answers yet`)
  return found.current
}

function requireVersion(name: string, current: LoadedRelease | undefined, version: string | undefined): void {
  if (version === undefined || version === String(current?.release.number)) return
  throw new FettleError(
    'UNKNOWN_VERSION',
    `release ${JSON.stringify(version.slice(0, 20))} of ${name} is not loaded`,
  )
}

const longestDeadlineMillis = 60_000

/** The least of the header, the dialect's own limit and the deployment's deadline. */
function timesOf(call: Call, loaded: LoadedRelease, dialectMillis: number | undefined): RequestTimes {
  const { state, req, started } = call
  const header = req.headers['fettle-timeout-ms']
  let millis = Math.min(
    loaded.deadlineMillis,
    longestDeadlineMillis,
    dialectMillis ?? Number.POSITIVE_INFINITY,
  )
  if (header !== undefined) {
    if (typeof header !== 'string' || !/^\d{1,15}$/.test(header))
      throw new FettleError('BAD_HEADER', 'fettle-timeout-ms is not a whole number of milliseconds')
    millis = Math.min(millis, Number(header))
  }
  const receivedAt = state.clock.nowMicros()
  return {
    started,
    deadline: started + millis,
    receivedAt,
    modelOff: call.deployment !== undefined && state.releases.find(call.deployment)?.killed === 'model',
    asOf: state.featureClock === state.clock ? receivedAt : state.featureClock.nowMicros(),
  }
}

/** A path segment as the name it encodes; what cannot be decoded is no name. */
function nameOf(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    throw unknownRoute()
  }
}

function requireMethod(req: IncomingMessage, allow: 'GET' | 'POST'): void {
  if (req.method === allow) return
  throw new FettleError('METHOD_NOT_ALLOWED', `this route answers ${allow} only`, { details: { allow } })
}

function unknownRoute(): FettleError {
  return new FettleError('UNKNOWN_ROUTE', 'there is no such route on the data port', {
    hint: 'See docs/serving.md for the routes.',
  })
}
