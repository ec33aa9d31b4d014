import type { Server, ServerResponse } from 'node:http'
import { createServer, Server as TlsServer } from 'node:https'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import { FettleError } from '../../kernel/errors/index.ts'

/** What one front takes before it says no. */
export interface ConnectionLimits {
  /** Open connections; more are closed at once. Default 10 000. */
  readonly connections?: number
  /** A connection that waits for its next request is closed after this. Default 75 s. */
  readonly keepAliveMillis?: number
  /** A request that has not arrived after this is refused. Default: as the server says. */
  readonly bodyMillis?: number
  /** A reader that takes nothing of its reply for so long is cut. Default 10 s. */
  readonly readerMillis?: number
}

/** PEM texts. */
export interface FrontTls {
  readonly key: string
  readonly cert: string
  /** Callers must show a certificate that one of these has signed. */
  readonly clientCa?: string
}

/** A server with its limits, behind TLS where there is a certificate. */
export function limitedServer(plain: Server, limits: ConnectionLimits, tls: FrontTls | undefined): Server {
  const server = tls ? behindTls(plain, tls) : plain
  server.maxConnections = limits.connections ?? 10_000
  server.keepAliveTimeout = limits.keepAliveMillis ?? 75_000
  server.requestTimeout = limits.bodyMillis ?? plain.requestTimeout
  server.headersTimeout = Math.min(server.requestTimeout, plain.headersTimeout)
  cutSlowReaders(server, limits.readerMillis ?? 10_000)
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => refuse(error, socket))
  return server
}

function behindTls(plain: Server, { key, cert, clientCa }: FrontTls): Server {
  const mutual = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }
  const secure = createServer({
    ...{ key, cert, minVersion: 'TLSv1.2', maxHeaderSize: 16 * 1024, connectionsCheckingInterval: 1000 },
    ...mutual,
  })
  for (const listener of plain.listeners('request')) secure.on('request', listener as () => void)
  // A server that never listens still has its timer.
  plain.close()
  return secure as unknown as Server
}

/** Sockets are silent while a reply is made, and while they wait for a request: only the third silence is a slow reader's. */
function cutSlowReaders(server: Server, readerMillis: number): void {
  const replies = new WeakMap<Socket, ServerResponse>()
  server.on('request', (req, res) => replies.set(req.socket, res))
  server.setTimeout(readerMillis, socket => {
    const reply = replies.get(socket)
    const replying = reply !== undefined && !reply.writableFinished && !reply.destroyed
    if (!replying || socket.writableLength > 0) socket.destroy()
  })
}

const refusals: Readonly<Record<string, readonly [status: string, code: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'HEADERS_TOO_LARGE'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'SLOW_BODY'],
}

/** What is not HTTP, too large or too slow: it is told so, and the connection is closed. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || socket.bytesWritten > 0 || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const [status, code] = refusals[error.code ?? ''] ?? ['400 Bad Request', 'BAD_REQUEST']
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\nfettle-error-code: ${code}\r\ncontent-length: 0\r\n\r\n`,
  )
}

export interface Address {
  readonly host: string
  /** 0 chooses a free one. */
  readonly port: number
  /** One process alone, though the processes of a cluster share the others. */
  readonly exclusive?: boolean
}

/** Resolves with the URL it answers at. Throws PORT_IN_USE. */
export function listen(server: Server, { host, port, exclusive = false }: Address): Promise<string> {
  const scheme = server instanceof TlsServer ? 'https' : 'http'
  return new Promise((resolve, reject) => {
    server.once('error', error => {
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      reject(
        taken ? new FettleError('PORT_IN_USE', `port ${port} on ${host} is taken`, { cause: error }) : error,
      )
    })
    server.listen({ port, host, exclusive, backlog: 1024 }, () => {
      const at = host.includes(':') ? `[${host}]` : host
      resolve(`${scheme}://${at}:${(server.address() as AddressInfo).port}`)
    })
  })
}

/**
 * No new connections; those that are open stay. The server's own `close` would also end the ones whose first request is
 * on its way.
 */
export function closeListener(server: Server): void {
  NetServer.prototype.close.call(server)
}
