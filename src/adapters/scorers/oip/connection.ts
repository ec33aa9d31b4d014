import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { FettleError } from '../../../kernel/errors/index.ts'

export interface OipReply {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export interface OipCall {
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
  readonly timeoutMillis: number
}

/** Connections to one server, kept open between calls. */
export interface OipConnection {
  /** Rejects SCORER_FAILED where no reply comes; a call that meets a connection the server has just closed is made again. */
  call(path: string, call: OipCall): Promise<OipReply>
  close(): void
}

const mostReplyBytes = 64 * 1024 * 1024

export function connectOip(url: string, sockets: number): OipConnection {
  const base = new URL(url)
  const secure = base.protocol === 'https:'
  const options = { keepAlive: true, maxSockets: sockets, scheduling: 'lifo' as const }
  const agent = secure ? new HttpsAgent(options) : new HttpAgent(options)
  const prefix = base.pathname.replace(/\/$/, '')

  function once(path: string, call: OipCall): Promise<OipReply> {
    return new Promise((resolve, reject) => {
      const sent = (secure ? httpsRequest : httpRequest)(
        new URL(base.origin + prefix + path),
        {
          agent,
          method: call.method ?? 'GET',
          headers: { ...call.headers, ...(call.body ? { 'content-length': call.body.length } : {}) },
        },
        reply => {
          read(reply).then(body => {
            clearTimeout(timer)
            resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body })
          }, failed)
        },
      )
      const timer = setTimeout(
        () => sent.destroy(new Error(`no answer within ${Math.round(call.timeoutMillis)} ms`)),
        call.timeoutMillis,
      )
      function failed(error: Error & { code?: string }): void {
        clearTimeout(timer)
        const stale = sent.reusedSocket && error.code === 'ECONNRESET'
        reject(
          new FettleError('SCORER_FAILED', `${base.origin} does not answer: ${error.message}`, {
            cause: error,
            details: { stale },
          }),
        )
      }
      sent.on('error', failed)
      sent.end(call.body)
    })
  }

  return {
    async call(path, call) {
      const started = performance.now()
      try {
        return await once(path, call)
      } catch (error) {
        const left = call.timeoutMillis - (performance.now() - started)
        if (!(error instanceof FettleError) || error.details['stale'] !== true || left <= 0) throw error
        return once(path, { ...call, timeoutMillis: left })
      }
    },
    close: () => agent.destroy(),
  }
}

async function read(reply: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of reply as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > mostReplyBytes) throw new Error(`its answer is longer than ${mostReplyBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
