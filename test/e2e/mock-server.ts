import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { Answer } from './fixture/answer.ts'
import { answerOf, createFixture, type Fixture, type Scene } from './fixture/answers.ts'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export interface MockServer {
  readonly url: string
  readonly fixture: Fixture
  /** Sends one server-sent event to every open page. */
  emit(run: string): void
  close(): Promise<void>
}

/**
 * The built UI over fixed answers: for states a real server reaches rarely (errors, nothing yet, very long names,
 * a log that is being written). `scene` chooses them.
 */
export async function startMockServer(uiFolder: string, scene: Scene = 'full'): Promise<MockServer> {
  const fixture = createFixture(scene)
  const streams = new Set<ServerResponse>()
  let seq = 0
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (url.pathname === '/api/v1/events') return openStream(response, streams)
    if (url.pathname.startsWith('/api/')) return void sendAnswer(request, response, { fixture, url })
    return void sendFile(response, uiFolder, url.pathname)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fixture,
    emit: run => {
      seq += 1
      const event = { seq, run, step: null, type: 'step.progress', at: new Date().toISOString(), data: null }
      for (const stream of streams) stream.write(`id: ${seq}\nevent: run\ndata: ${JSON.stringify(event)}\n\n`)
    },
    close: () =>
      new Promise(resolve => {
        for (const stream of streams) stream.end()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function openStream(response: ServerResponse, streams: Set<ServerResponse>): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  response.write('retry: 1000\n\n')
  streams.add(response)
  response.on('close', () => streams.delete(response))
}

async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  at: { fixture: Fixture; url: URL },
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body: unknown = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined
  const path = decodeURIComponent(at.url.pathname.slice('/api/v1'.length))
  const answer: Answer = answerOf(at.fixture, {
    method: request.method ?? 'GET',
    path,
    query: at.url.searchParams,
    body,
  })
  response.writeHead(answer.status, { 'content-type': 'application/json' })
  // Rows come as JSON lines, ready.
  response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
}

async function sendFile(response: ServerResponse, folder: string, path: string): Promise<void> {
  const name = extname(path) ? path : '/index.html'
  const bytes = await readFile(join(folder, name)).catch(() => undefined)
  response.writeHead(bytes ? 200 : 404, {
    'content-type': types[extname(name)] ?? 'application/octet-stream',
    'content-security-policy': policy,
  })
  response.end(bytes)
}
