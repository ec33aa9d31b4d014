import type { DataPlane, FrontCounts, ServedDeployment } from '../../../deployments/index.ts'
import type { Json } from '../../../kernel/canonical.ts'
import { type ErrorCode, errorCatalogue, FettleError } from '../../../kernel/errors/index.ts'
import { parseTimestamp } from '../../../kernel/time.ts'
import { mergeCounts, mergeStatus } from './merge-fronts.ts'

/** Where the serving front listens, as it said when it became ready; undefined while there is none. */
export interface FrontAddress {
  readonly dataUrl: string
  readonly adminUrl: string
  /** Of the Feast port, if there is one. */
  readonly feastUrl?: string
  /** `host:port` of gRPC, if there is one. */
  readonly grpcAddress?: string
}

/** One of the fronts that share a port and a serving folder. */
export interface NumberedFront extends FrontAddress {
  readonly number: number
}

interface FrontStatus {
  readonly startedAt: string
  readonly deployments: readonly {
    readonly name: string
    readonly digest: string | null
    readonly wanted: string | null
    readonly ready: boolean
    readonly killed: 'challengers' | 'model' | 'closed' | null
    readonly loading: boolean
    readonly refusal: string | null
    readonly predictions?: number
    readonly degraded?: number
    readonly p50Ms: number | null
    readonly p99Ms: number | null
  }[]
}

const statusTimeoutMs = 2_000
const predictTimeoutMs = 10_000

/**
 * The serving processes over their two ports. `several` names all of them, also those that were killed; left out, or while
 * it names none: the one at `address` alone.
 */
export function httpDataPlane(
  address: () => FrontAddress | undefined,
  several: () => Promise<readonly NumberedFront[]> = async () => [],
): DataPlane {
  async function fronts(): Promise<readonly NumberedFront[]> {
    const all = await several()
    const alone = address()
    return all.length > 0 || alone === undefined ? all : [{ ...alone, number: 0 }]
  }

  return {
    get url() {
      return address()?.dataUrl ?? null
    },

    async status() {
      const asked = (await fronts()).map(async ({ number, adminUrl }) => {
        const status = await ask<FrontStatus>(`${adminUrl}/admin/status`)
        return { number, deployments: status?.deployments.map(each => served(each, status.startedAt)) }
      })
      return mergeStatus(await Promise.all(asked))
    },

    async counts(deployment) {
      const path = `/admin/counts?deployment=${encodeURIComponent(deployment)}`
      const asked = (await fronts()).map(({ adminUrl }) => ask<FrontCounts>(adminUrl + path))
      return mergeCounts(await Promise.all(asked))
    },

    predict: (deployment, body, { purpose, release } = {}) =>
      post(address, `/predict/${encodeURIComponent(deployment)}`, body, {
        ...(purpose === undefined ? {} : { 'fettle-purpose': purpose }),
        ...(release === undefined ? {} : { 'fettle-release': String(release) }),
      }),
  }
}

/** Null: no answer, or a refusal. */
function ask<Answer>(url: string): Promise<Answer | null> {
  return fetch(url, { signal: AbortSignal.timeout(statusTimeoutMs) })
    .then(reply => (reply.ok ? (reply.json() as Promise<Answer>) : null))
    .catch(() => null)
}

/** Body and answer of POST /feedback/{deployment}; errors come out with the data plane's own code. */
export function sendFeedback(
  address: () => FrontAddress | undefined,
): (deployment: string, body: Json) => Promise<Json> {
  return (deployment, body) => post(address, `/feedback/${encodeURIComponent(deployment)}`, body)
}

async function post(
  address: () => FrontAddress | undefined,
  path: string,
  body: Json,
  headers: Readonly<Record<string, string>> = {},
): Promise<Json> {
  const dataUrl = address()?.dataUrl
  if (dataUrl === undefined) throw new FettleError('NOT_READY', 'the serving process has not started')
  const reply = await fetch(`${dataUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(predictTimeoutMs),
  }).catch(cause => {
    throw new FettleError('NOT_READY', 'the serving process does not answer', { cause })
  })
  const answer = (await reply.json()) as Json
  if (!reply.ok) throw remoteError(answer)
  return answer
}

/** Sets the clock of a replaying front. */
export async function setReplayClock(adminUrl: string, now: string): Promise<void> {
  const reply = await fetch(`${adminUrl}/admin/clock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ now }),
  })
  if (!reply.ok) throw remoteError((await reply.json()) as Json)
}

function served(each: FrontStatus['deployments'][number], startedAt: string): ServedDeployment {
  return {
    name: each.name,
    digest: each.digest,
    state: stateOf(each),
    problem: problemOf(each),
    predictions: each.predictions ?? 0,
    degraded: each.degraded ?? 0,
    p50Ms: each.p50Ms,
    p99Ms: each.p99Ms,
    since: parseTimestamp(startedAt) ?? 0n,
  }
}

function problemOf({ killed, refusal, ready }: FrontStatus['deployments'][number]): string | null {
  if (killed === 'closed') return 'the kill switch is on'
  if (killed === 'challengers') return 'the kill switch is on: only the champion answers'
  if (killed === 'model') return 'the kill switch is on: the fallback answers'
  return refusal ?? (ready ? null : 'its scorer is starting')
}

function stateOf(each: FrontStatus['deployments'][number]): ServedDeployment['state'] {
  if (each.killed === 'closed') return 'down'
  if (each.loading) return 'loading'
  if (!each.ready) return 'down'
  return each.refusal === null && each.killed === null ? 'ready' : 'degraded'
}

function remoteError(answer: Json): FettleError {
  const { error } = answer as {
    error?: { code?: string; message?: string; hint?: string; details?: Record<string, unknown> }
  }
  const code =
    error?.code !== undefined && Object.hasOwn(errorCatalogue, error.code)
      ? (error.code as ErrorCode)
      : 'INTERNAL'
  return new FettleError(code, error?.message ?? 'the serving process refused', {
    ...(error?.hint === undefined ? {} : { hint: error.hint }),
    ...(error?.details === undefined ? {} : { details: error.details }),
  })
}
