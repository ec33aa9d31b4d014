import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isFettleError } from '../../kernel/errors/index.ts'
import type { Call } from '../dialects/call.ts'
import { admissionPath, errorBodyOf, route } from '../dialects/router.ts'
import type { FrontState } from './front-state.ts'
import { errorReply, type Reply, send } from './http.ts'
import { withheld } from './withheld.ts'

/** The data port: every dialect, one path each from bytes to decision and back. Limits of connections are `limitedServer`'s. */
export function createDataServer(state: FrontState): Server {
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      connectionsCheckingInterval: 1000,
      keepAliveTimeout: 75_000,
      requestTimeout: 30_000,
      headersTimeout: 10_000,
    },
    (req, res) => {
      void serve(state, req, res)
    },
  )
  server.maxConnections = 10_000
  return server
}

async function serve(state: FrontState, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const started = performance.now()
  const path = pathOf(req.url ?? '/')
  const call: Call = { state, req, res, started, deployment: undefined, caller: null }
  let reply: Reply
  state.inFlight += 1
  try {
    call.caller = state.access?.admit(req, admissionPath(state, path)) ?? null
    reply = await route(call, path)
  } catch (error) {
    const told = withheld(error, state.access, call.caller)
    reply = errorReply(told, state.onIncident, errorBodyOf(state, path))
    failed(call, isFettleError(error) ? error.code : 'INTERNAL')
    req.resume()
  }
  state.inFlight -= 1
  send(res, reply, state.draining)
}

function failed({ state, deployment, started }: Call, code: string): void {
  state.metrics.failed(deployment, code)
  if (deployment === undefined) return
  const version = state.releases.find(deployment)?.current?.release.number
  if (version !== undefined)
    state.dialects.statistics.failed(deployment, String(version), performance.now() - started)
}

function pathOf(url: string): string {
  const end = url.indexOf('?')
  return end < 0 ? url : url.slice(0, end)
}
