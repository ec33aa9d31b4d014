import { createServer, type IncomingMessage, type Server } from 'node:http'
import { FettleError, isFettleError } from '../../kernel/errors/index.ts'
import type { FrontState } from '../front/front-state.ts'
import { checkMedia, type Reply, readBody, send } from '../front/http.ts'
import { parseBody } from './body.ts'
import { type FeastMaterialization, materializeViews } from './materialize.ts'
import { feastErrorReply } from './problems.ts'
import { getOnlineFeatures } from './read.ts'
import { push, writeToOnlineStore } from './write.ts'

export type { FeastMaterialization, MaterializeFeatures } from './materialize.ts'
export { encodeFeast } from './tokens.ts'

/** What the dialect needs of a front. */
export type FeastHost = Pick<
  FrontState,
  'features' | 'materialize' | 'featureClock' | 'limits' | 'budget' | 'onIncident' | 'draining' | 'inFlight'
>

/** One request of the Feast dialect: `path` begins with `/feast/` or `/feast-compat/` and has no query. */
export interface FeastCall {
  readonly state: FeastHost & Pick<FrontState, 'metrics'>
  readonly req: IncomingMessage
}

/** Answers whatever was asked, errors in Feast's form: never rejects. */
export async function handleFeast({ state, req }: FeastCall, path: string): Promise<Reply> {
  try {
    return await route(state, req, path)
  } catch (error) {
    req.resume()
    state.metrics.failed(undefined, isFettleError(error) ? error.code : 'INTERNAL')
    return feastErrorReply(error, state.onIncident)
  }
}

/** The dialect on a port of its own, where paths begin with `/` as at a Feast feature server (`/feast-compat/` too). */
export function createFeastServer(state: FeastHost): Server {
  return createServer(
    { maxHeaderSize: 16 * 1024, keepAliveTimeout: 75_000, requestTimeout: 10_000, headersTimeout: 10_000 },
    async (req, res) => {
      const [path = '/'] = (req.url ?? '/').split('?', 1)
      const based = /^\/feast(-compat)?\//.test(path) ? path : `/feast${path}`
      state.inFlight += 1
      const reply = await route(state, req, based).catch((error: unknown) => {
        req.resume()
        return feastErrorReply(error, state.onIncident)
      })
      state.inFlight -= 1
      send(res, reply, state.draining)
    },
  )
}

async function route(host: FeastHost, req: IncomingMessage, path: string): Promise<Reply> {
  const [, base = '', name = ''] = /^\/(feast|feast-compat)\/(.*)$/.exec(path) ?? []
  const query = queryOf(req.url ?? '')
  if (name === 'health') {
    requireMethod(req, 'GET')
    return { status: host.draining ? 503 : 200, body: '' }
  }
  const answer = Object.hasOwn(routes, name) ? routes[name] : undefined
  if (!answer) throw new FettleError('UNKNOWN_ROUTE', 'Not Found')
  requireMethod(req, 'POST')
  checkMedia(req)
  const bytes = await readBody(req, host.limits, host.budget)
  const compat = base === 'feast-compat' || query.get('compat') === 'feast'
  return answer(host, bytes, { compat, async: query.get('async') === 'true' })
}

function queryOf(url: string): URLSearchParams {
  const at = url.indexOf('?')
  return at < 0 ? noQuery : new URLSearchParams(url.slice(at + 1))
}
const noQuery = new URLSearchParams()

type Options = { readonly compat: boolean; readonly async: boolean }
type Route = (host: FeastHost, bytes: Buffer, options: Options) => Promise<Reply>

const routes: Readonly<Record<string, Route>> = {
  'get-online-features': async ({ features, featureClock }, bytes, { compat }) =>
    getOnlineFeatures(features, { body: parseBody(bytes), asOf: featureClock.nowMicros(), compat }),
  push: async ({ features, featureClock }, bytes) =>
    push(features, { body: parseBody(bytes), now: featureClock.nowMicros() }),
  'write-to-online-store': async ({ features, featureClock }, bytes) =>
    writeToOnlineStore(features, { body: parseBody(bytes), now: featureClock.nowMicros() }),
  materialize: materializeRoute('range'),
  'materialize-incremental': materializeRoute('incremental'),
}

function materializeRoute(kind: 'range' | 'incremental'): Route {
  return async ({ features, materialize = notHere, featureClock, onIncident }, bytes, { async }) => {
    const run = (request: FeastMaterialization) => materialize(request, featureClock.nowMicros())
    return materializeViews(
      { catalog: features.catalog, run, onIncident },
      { kind, body: parseBody(bytes), async },
    )
  }
}

async function notHere(): Promise<void> {
  throw new FettleError('NOT_READY', 'this server does not materialize', {
    hint: 'Run fettle run of the materialization pipeline instead.',
  })
}

function requireMethod(req: IncomingMessage, allow: 'GET' | 'POST'): void {
  if (req.method === allow) return
  throw new FettleError('METHOD_NOT_ALLOWED', `this route answers ${allow} only`, { details: { allow } })
}
