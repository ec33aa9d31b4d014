import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { mlflowPython } from '../services/mlflow.ts'

/** A call of MLflow's pages that was not answered 200. */
export interface UiProblem {
  readonly method: string
  readonly path: string
  readonly status: number
}

export interface UiFront {
  readonly url: string
  readonly problems: readonly UiProblem[]
  /** Paths that were asked of the server behind. */
  readonly asked: ReadonlySet<string>
  close(): Promise<void>
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
}

/** MLflow's own web pages, as its package holds them, in front of another server's API. For tests alone. */
export async function startUiFront(target: string): Promise<UiFront> {
  const build = pagesOfMlflow()
  const problems: UiProblem[] = []
  const asked = new Set<string>()
  const server = createServer((incoming, outgoing) => {
    const { pathname } = new URL(incoming.url ?? '/', 'http://front')
    const file = pathname === '/' ? 'index.html' : pathname.replace(/^\/static-files\//, '')
    if (pathname === '/' || pathname.startsWith('/static-files/'))
      return sendFile(join(build, normalize(`/${file}`)), outgoing)
    asked.add(`${incoming.method} ${pathname}`)
    passOn(target, incoming, outgoing, status => {
      if (status !== 200) problems.push({ method: incoming.method ?? '', path: incoming.url ?? '', status })
    })
  })
  await new Promise<void>(settle => server.listen(0, '127.0.0.1', settle))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    problems,
    asked,
    close: () => {
      server.closeAllConnections()
      return new Promise(settle => server.close(() => settle()))
    },
  }
}

function pagesOfMlflow(): string {
  const libraries = join(mlflowPython('mlflow3'), '..', '..', 'lib')
  const [python = ''] = readdirSync(libraries)
  return join(libraries, python, 'site-packages', 'mlflow', 'server', 'js', 'build')
}

function sendFile(path: string, outgoing: ServerResponse): void {
  if (!existsSync(path) || !statSync(path).isFile()) {
    outgoing.writeHead(404).end()
    return
  }
  outgoing.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' })
  createReadStream(path).pipe(outgoing)
}

function passOn(
  target: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  note: (status: number) => void,
): void {
  const { hostname, port, host } = new URL(target)
  const { method, url: path } = incoming
  // As a proxy that is trusted would: the pages' origin is the server's own to it.
  const headers: IncomingMessage['headers'] = {
    ...incoming.headers,
    host,
    origin: undefined,
    referer: undefined,
  }
  const onward = request(
    { hostname, port, method, path, headers: JSON.parse(JSON.stringify(headers)) },
    answer => {
      note(answer.statusCode ?? 0)
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(outgoing)
    },
  )
  onward.once('error', () => outgoing.destroy())
  incoming.pipe(onward)
}
