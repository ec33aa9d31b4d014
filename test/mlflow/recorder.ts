import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'

/** One request that a client made. Times are milliseconds since 1970. */
export interface RecordedCall {
  readonly method: string
  /** As sent, without the query. */
  readonly path: string
  readonly status: number
  readonly from: number
  readonly ms: number
  /** Beginning of the answer, of errors only. */
  readonly problem: string
}

export interface Recorder {
  readonly url: string
  readonly calls: readonly RecordedCall[]
  close(): Promise<void>
}

/** Stands between a client and a server, passes every byte on as it is, and notes each call. */
export async function startRecorder(target: string): Promise<Recorder> {
  const calls: RecordedCall[] = []
  const agent = new Agent({ keepAlive: true })
  const server = createServer((incoming, outgoing) =>
    passOn({ target, agent, incoming, outgoing, note: call => calls.push(call) }),
  )
  await new Promise<void>(settle => server.listen(0, '127.0.0.1', settle))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    calls,
    close: () => {
      agent.destroy()
      server.closeAllConnections()
      return new Promise(settle => server.close(() => settle()))
    },
  }
}

interface Passage {
  readonly target: string
  readonly agent: Agent
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  readonly note: (call: RecordedCall) => void
}

function passOn({ target, agent, incoming, outgoing, note }: Passage): void {
  const from = Date.now()
  const { hostname, port, host } = new URL(target)
  const { method = 'GET', url = '/' } = incoming
  const noted = (status: number, problem: string) =>
    note({ method, path: url.split('?')[0] ?? '', status, from, ms: Date.now() - from, problem })
  const onward = request(
    // `path` as it came: URL would rewrite its dots.
    { agent, hostname, port, method, path: url, headers: { ...incoming.headers, host } },
    answer => {
      const status = answer.statusCode ?? 0
      let problem = ''
      if (status >= 400)
        answer.on('data', (bytes: Buffer) => {
          problem = (problem + bytes.toString('utf8')).slice(0, 400)
        })
      answer.once('end', () => noted(status, problem))
      outgoing.writeHead(status, answer.rawHeaders)
      answer.pipe(outgoing)
    },
  )
  onward.once('error', error => {
    noted(0, String(error))
    outgoing.destroy()
  })
  incoming.pipe(onward)
}
