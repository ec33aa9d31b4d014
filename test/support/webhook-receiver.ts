import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface WebhookReceiver {
  readonly url: string
  readonly received: readonly Received[]
  /** What the next requests are answered with; 200 at first. */
  status: number
  /** Called before an answer is sent. */
  onRequest: () => void | Promise<void>
  /** Resolves when so many have come in all. */
  waitFor(count: number): Promise<void>
  close(): Promise<void>
}

/** A local HTTP server that notes what it is sent. */
export async function startReceiver(port = 0): Promise<WebhookReceiver> {
  const received: Received[] = []
  const waiting = new Set<() => void>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
      for (const look of waiting) look()
      await receiver.onRequest()
      response.writeHead(receiver.status, { location: '/elsewhere' }).end('taken')
    })
  })
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    status: 200,
    onRequest: () => undefined,
    waitFor: count =>
      new Promise(resolve => {
        const look = (): void => {
          if (received.length < count) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
  return receiver
}
