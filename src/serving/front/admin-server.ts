import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { SettableClock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp, parseTimestamp } from '../../kernel/time.ts'
import { ignoredText } from '../dialects/state.ts'
import { parseBody } from '../json/parse-body.ts'
import { frontCounts } from './front-counts.ts'
import { type FrontState, isReady } from './front-state.ts'
import { errorReply, jsonReply, type Reply, readBody, send } from './http.ts'
import type { KillLevel } from './kills.ts'

export interface AdminParts {
  readonly replayClock: SettableClock | undefined
  /** See `handedFeatures` of the front's options. */
  readonly handedFeatures: ((body: Uint8Array) => Promise<Uint8Array>) | undefined
}

/** The admin port, loopback only: status, metrics, kill switch, replay clock, filling the store from the journals. */
export function createAdminServer(state: FrontState, { replayClock, handedFeatures }: AdminParts): Server {
  const started = state.clock.nowMicros()
  return createServer({ maxHeaderSize: 16 * 1024 }, async (req, res) => {
    let reply: Reply
    try {
      reply = await route(req)
    } catch (error) {
      reply = errorReply(error, state.onIncident)
      req.resume()
    }
    send(res, reply, state.draining)
  })

  async function route(req: IncomingMessage): Promise<Reply> {
    const key = `${req.method} ${req.url ?? ''}`
    if (key === 'GET /admin/status') return jsonReply(status())
    if (key === 'GET /metrics') {
      const body = (await state.metrics.text(state.releases, state.log)) + ignoredText(state.dialects)
      return { status: 200, body, contentType: 'text/plain; version=0.0.4; charset=utf-8' }
    }
    if (key.startsWith('GET /admin/counts?'))
      return counts(new URLSearchParams(key.slice(key.indexOf('?') + 1)))
    if (key === 'POST /admin/kill') return kill(await objectBody(req))
    if (key === 'POST /admin/clock') return setClock(await objectBody(req))
    if (key === 'POST /admin/features' && handedFeatures)
      return {
        status: 200,
        body: await handedFeatures(await readBody(req, state.limits, state.budget)),
        contentType: 'application/octet-stream',
      }
    if (key === 'POST /admin/rebuild') return jsonReply({ rows: await state.features.rebuild() })
    throw new FettleError('UNKNOWN_ROUTE', 'there is no such route on the admin port')
  }

  async function objectBody(req: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
    const body = await readBody(
      req,
      { bodyBytes: 64 * 1024, totalBytes: state.limits.totalBytes },
      state.budget,
    )
    const value = parseBody(body, { integers: false })
    if (typeof value !== 'object' || value === null)
      throw new FettleError('BAD_JSON', 'the body is not an object')
    return value as Readonly<Record<string, unknown>>
  }

  function counts(query: URLSearchParams): Reply {
    const name = query.get('deployment') ?? ''
    const found = frontCounts(state, name)
    if (!found) throw new FettleError('UNKNOWN_DEPLOYMENT', `there is no deployment "${name.slice(0, 80)}"`)
    return jsonReply(found)
  }

  /** `on` stands for a level: true is `closed`. */
  async function kill({ deployment, on, level, from }: Readonly<Record<string, unknown>>): Promise<Reply> {
    const wanted = typeof on === 'boolean' ? (on ? 'closed' : 'lift') : level
    if (typeof deployment !== 'string' || !isLevel(wanted))
      throw new FettleError(
        'BAD_REQUEST',
        'send {"deployment": name, "level": "challengers", "model", "closed" or "lift"}',
      )
    if (!state.releases.find(deployment))
      throw new FettleError('UNKNOWN_DEPLOYMENT', `there is no deployment "${deployment}"`)
    await state.releases.kill(deployment, wanted, typeof from === 'string' ? from : undefined)
    return jsonReply({ deployment, killed: state.releases.find(deployment)?.killed ?? null })
  }

  async function setClock({ now }: Readonly<Record<string, unknown>>): Promise<Reply> {
    if (!replayClock)
      throw new FettleError('BAD_REQUEST', 'this front runs on the machine’s clock', {
        hint: 'Start it with the replay clock to set it.',
      })
    const micros = typeof now === 'string' ? parseTimestamp(now) : undefined
    if (micros === undefined) throw new FettleError('BAD_REQUEST', 'now is not an RFC 3339 time with zone')
    replayClock.set(micros)
    return jsonReply({ now: formatTimestamp(micros) })
  }

  function status() {
    return {
      ready: isReady(state),
      draining: state.draining,
      inFlight: state.inFlight,
      sequence: state.releases.sequence(),
      startedAt: formatTimestamp(started),
      now: formatTimestamp(state.featureClock.nowMicros()),
      eventLoopDelayMs: state.metrics.eventLoopDelayMillis(),
      log: { ...state.log.counters(), recovered: state.log.recovered },
      deployments: state.releases.list().map(each => deploymentStatus(state, each)),
    }
  }
}

function isLevel(level: unknown): level is KillLevel | 'lift' {
  return level === 'challengers' || level === 'model' || level === 'closed' || level === 'lift'
}

function deploymentStatus(state: FrontState, each: ReturnType<FrontState['releases']['list']>[number]) {
  const { latency, errors, arms: _, ...counts } = state.metrics.of(each.name)
  const millis = (p: number) => {
    const micros = latency.quantile(p)
    return micros === null ? null : micros / 1000
  }
  return {
    name: each.name,
    release: each.current?.release.number ?? null,
    digest: each.current?.release.digest ?? null,
    wanted: each.wanted,
    ready: each.current?.pool.state().ready ?? false,
    killed: each.killed,
    loading: each.loading,
    refusal: each.refusal ?? null,
    scorer: each.current ? { ...each.current.pool.facts, ...each.current.pool.state() } : null,
    ...counts,
    errors: Object.fromEntries(errors),
    p50Ms: millis(0.5),
    p99Ms: millis(0.99),
  }
}
