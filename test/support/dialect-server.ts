import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVectorRuntime, vectorRuntime } from '../../src/platform/vector-runtime.ts'
import { withPostgres } from '../services/postgres.ts'

export interface DialectAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The body, parsed; undefined when it is no JSON. */
  readonly body: Readonly<Record<string, unknown>>
}

export interface Sent {
  readonly json?: unknown
  readonly text?: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: readonly (readonly [string, string])[]
}

export interface DialectServer {
  readonly url: string
  /** `/runs/get` is below `/api/2.0/mlflow`; paths with more than that are sent as they are. */
  send(method: string, path: string, sent?: Sent): Promise<DialectAnswer>
  /** What must succeed: the body. */
  ok(method: string, path: string, sent?: Sent): Promise<DialectAnswer['body']>
  createRun(name?: string): Promise<string>
  close(): Promise<void>
}

/** `FETTLE_TEST_METADATA=postgres` plays every suite of the dialect on Postgres. */
const runtime =
  process.env['FETTLE_TEST_METADATA'] === 'postgres' ? createVectorRuntime(withPostgres) : vectorRuntime

/** The real server over an empty store, spoken to over HTTP with paths sent as they are. */
export async function startDialect(): Promise<DialectServer> {
  const folder = await mkdtemp(join(tmpdir(), 'fettle-dialect-'))
  const server = await runtime.startTracking(folder)
  const agent = new Agent({ keepAlive: true })
  const { hostname, port } = new URL(server.url)
  const send = (method: string, path: string, sent: Sent = {}): Promise<DialectAnswer> =>
    new Promise((resolve, reject) => {
      const body = sent.json === undefined ? sent.text : JSON.stringify(sent.json)
      const call = httpRequest(
        {
          ...{ hostname, port, agent, method },
          path: `${/^\/(api|ajax-api|v1|graphql|get-artifact|model-versions\/get-artifact|health|version)/.test(path) ? '' : '/api/2.0/mlflow'}${path}${queryText(sent.query)}`,
          headers: {
            ...(sent.json === undefined ? {} : { 'content-type': 'application/json' }),
            ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
            ...sent.headers,
          },
        },
        response => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString()
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parsed(text) })
          })
        },
      )
      call.on('error', reject)
      call.end(body)
    })
  const ok: DialectServer['ok'] = async (method, path, sent) => {
    const answer = await send(method, path, sent)
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
    return answer.body
  }
  return {
    url: server.url,
    send,
    ok,
    async createRun(name = 'r') {
      const { run } = (await ok('POST', '/runs/create', {
        json: { experiment_id: '0', run_name: name },
      })) as {
        run: { info: { run_id: string } }
      }
      return run.info.run_id
    },
    async close() {
      agent.destroy()
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function queryText(query: Sent['query']): string {
  if (query === undefined) return ''
  return `?${query.map(pair => pair.map(encodeURIComponent).join('=')).join('&')}`
}

function parsed(text: string): DialectAnswer['body'] {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
