import { connect, createServer, type Socket } from 'node:net'

/** A way to a port of this machine that can be cut. */
export interface Proxy {
  readonly port: number
  /** Connections so far. */
  connections(): number
  /** Ends all connections; new ones are taken. */
  cut(): void
  close(): Promise<void>
}

/** `target` is a port of this machine or the path of a socket. On a port of its own, or on one that was a proxy's before. */
export async function startProxy(target: number | string, port = 0): Promise<Proxy> {
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer(near => {
    connections++
    const far = typeof target === 'number' ? connect(target, '127.0.0.1') : connect(target)
    near.pipe(far).pipe(near)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
  })
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    connections: () => connections,
    cut,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        cut()
      }),
  }
}
