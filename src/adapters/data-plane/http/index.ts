import type { DataPlane, ServedDeployment } from '../../../deployments/ports.ts'
import type { Json } from '../../../kernel/canonical.ts'
import { type ErrorCode, errorCatalogue, FettleError } from '../../../kernel/errors/index.ts'
import { parseTimestamp } from '../../../kernel/time.ts'

/** Where the serving front listens, as it said when it became ready; undefined while there is none. */
export interface FrontAddress {
  readonly dataUrl: string
  readonly adminUrl: string
}

interface FrontStatus {
  readonly startedAt: string
  readonly deployments: readonly {
    readonly name: string
    readonly digest: string | null
    readonly wanted: string | null
    readonly ready: boolean
    readonly killed: 'model' | 'closed' | null
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

/** The serving process over its two ports. */
export function httpDataPlane(address: () => FrontAddress | undefined): DataPlane {
  return {
    get url() {
      return address()?.dataUrl ?? null
    },

    async status() {
      const adminUrl = address()?.adminUrl
      if (adminUrl === undefined) return undefined
      const status = await fetch(`${adminUrl}/admin/status`, { signal: AbortSignal.timeout(statusTimeoutMs) })
        .then(reply => reply.json() as Promise<FrontStatus>)
        .catch(() => undefined)
      return status?.deployments.map(each => served(each, status.startedAt))
    },

    async predict(deployment, body) {
      const dataUrl = address()?.dataUrl
      if (dataUrl === undefined) throw new FettleError('NOT_READY', 'the serving process has not started')
      const reply = await fetch(`${dataUrl}/predict/${encodeURIComponent(deployment)}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(predictTimeoutMs),
      }).catch(cause => {
        throw new FettleError('NOT_READY', 'the serving process does not answer', { cause })
      })
      const answer = (await reply.json()) as Json
      if (!reply.ok) throw remoteError(answer)
      return answer
    },
  }
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
