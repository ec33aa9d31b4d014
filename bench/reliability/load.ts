import { Agent, request } from 'node:http'

export interface LoadOptions {
  /** Keep-alive connections, each with one request at a time. Default 8. */
  readonly connections?: number
  /** Between an answer and the next request of a connection. Default 2 ms. */
  readonly pauseMillis?: number
  readonly timeoutMillis?: number
}

export interface LoadResults {
  /** Answered 200, and of those with a fallback. */
  ok: number
  degraded: number
  /** Answered otherwise, by status and code. */
  readonly refused: Map<string, number>
  /** Connections that broke before the answer, by code. */
  readonly broken: Map<string, number>
  /** Acknowledged predictions. */
  readonly ids: string[]
  /** Of 200s, with when they came. */
  readonly latencies: {
    readonly at: number
    readonly millis: number
    readonly release: string
    readonly degraded: boolean
  }[]
}

export interface Load {
  readonly results: LoadResults
  /** Finishes what is in flight. */
  stop(): Promise<LoadResults>
}

interface Answer {
  readonly status: number
  readonly code: string
  readonly release: string
  readonly body: string
}

/** Sends rows of rising distance to POST /predict/late until it is stopped. */
export function startLoad(url: string, options: LoadOptions = {}): Load {
  const { connections = 8, pauseMillis = 2, timeoutMillis = 10_000 } = options
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const results: LoadResults = {
    ok: 0,
    degraded: 0,
    refused: new Map(),
    broken: new Map(),
    ids: [],
    latencies: [],
  }
  let stopped = false
  let sent = 0

  async function connection(): Promise<void> {
    while (!stopped) {
      const at = performance.now()
      try {
        const answer = await ask(agent, url, {
          rows: [{ origin: 'SEA', distance: sent++ % 500 }],
          timeoutMillis,
        })
        record(answer, at)
      } catch (error) {
        count(results.broken, (error as NodeJS.ErrnoException).code ?? String(error))
      }
      if (pauseMillis > 0) await new Promise(resolve => setTimeout(resolve, pauseMillis))
    }
  }

  function record({ status, code, release, body }: Answer, at: number): void {
    if (status !== 200) {
      count(results.refused, `${status} ${code}`)
      return
    }
    results.ok += 1
    const { predictions } = JSON.parse(body) as {
      predictions: readonly { prediction_id: string; served_by: string }[]
    }
    const degraded = predictions.some(each => each.served_by !== 'model')
    if (degraded) results.degraded += 1
    results.ids.push(...predictions.map(each => each.prediction_id))
    results.latencies.push({ at: performance.now(), millis: performance.now() - at, release, degraded })
  }

  const running = Promise.all(Array.from({ length: connections }, connection))
  return {
    results,
    async stop() {
      stopped = true
      await running
      agent.destroy()
      return results
    },
  }
}

interface Ask {
  readonly rows: readonly object[]
  readonly timeoutMillis: number
}

function ask(agent: Agent, url: string, { rows, timeoutMillis }: Ask): Promise<Answer> {
  const body = JSON.stringify({ rows })
  return new Promise((resolve, reject) => {
    const sending = request(
      `${url}/predict/late`,
      {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        timeout: timeoutMillis,
      },
      reply => {
        const chunks: Buffer[] = []
        reply.on('data', chunk => chunks.push(chunk))
        reply.on('error', reject)
        reply.on('end', () =>
          resolve({
            status: reply.statusCode ?? 0,
            code: String(reply.headers['fettle-error-code'] ?? ''),
            release: String(reply.headers['fettle-release'] ?? ''),
            body: Buffer.concat(chunks).toString(),
          }),
        )
      },
    )
    sending.on('timeout', () => sending.destroy(new Error('timeout')))
    sending.on('error', reject)
    sending.end(body)
  })
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

export function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN
}

export const totalOf = (counts: ReadonlyMap<unknown, number>): number =>
  [...counts.values()].reduce((sum, each) => sum + each, 0)

/** One line that says what a load came to. */
export function summary({ ok, degraded, refused, broken, latencies }: LoadResults): string {
  const millis = latencies.map(each => each.millis)
  const list = (counts: ReadonlyMap<unknown, number>) =>
    [...counts].map(([name, times]) => `${name} × ${times}`).join(', ') || 'none'
  return `${ok} answered (${degraded} degraded), refused: ${list(refused)}, broken: ${list(broken)}, p50 ${quantile(millis, 0.5).toFixed(1)} ms, p99 ${quantile(millis, 0.99).toFixed(1)} ms`
}
