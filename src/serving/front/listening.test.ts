import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { request } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type ConnectionLimits, closeListener, type FrontTls, limitedServer, listen } from './listening.ts'

const servers: Server[] = []
/** Certificates of a CA that exists nowhere else, valid for a hundred years. */
const pem = (name: string) => readFileSync(join(import.meta.dirname, '..', 'testing', 'tls', name), 'utf8')
afterAll(() => {
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
})

async function start(
  limits: ConnectionLimits,
  body: () => string | Buffer = () => 'ok',
  tls?: FrontTls,
): Promise<{ server: Server; url: string; port: number }> {
  const plain = createServer({ maxHeaderSize: 16 * 1024, connectionsCheckingInterval: 50 }, (req, res) => {
    req.resume()
    req.on('end', () => res.end(body()))
  })
  const server = limitedServer(plain, limits, tls)
  servers.push(server)
  const url = await listen(server, { host: '127.0.0.1', port: 0 })
  return { server, url, port: Number(new URL(url).port) }
}

/** What comes back for raw bytes, until the connection ends. */
async function raw(port: number, ...parts: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  socket.on('error', () => undefined)
  for (const part of parts) socket.write(part)
  await new Promise(resolve => socket.once('close', resolve))
  return Buffer.concat(chunks).toString()
}

describe('the limits of a front', () => {
  it('headers over 16 KiB: 431; a body that does not come: 408; what is not HTTP: 400; each with its code', async () => {
    const { port } = await start({ bodyMillis: 200 })
    const long = `GET / HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`
    expect(await raw(port, long)).toMatch(/^HTTP\/1.1 431 .*fettle-error-code: HEADERS_TOO_LARGE/s)
    const slow = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc'
    expect(await raw(port, slow)).toMatch(/^HTTP\/1.1 408 .*fettle-error-code: SLOW_BODY/s)
    expect(await raw(port, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400 .*fettle-error-code: BAD_REQUEST/s)
    const smuggled =
      'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\nabc'
    expect(await raw(port, smuggled)).toMatch(/^HTTP\/1.1 400 /)
  })

  it('connections over the limit are closed at once; idle ones after keep-alive', async () => {
    const { port } = await start({ connections: 1, keepAliveMillis: 100 })
    const started = performance.now()
    const first = raw(port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    expect(await raw(port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n')).toBe('')
    expect(await first).toMatch(/^HTTP\/1.1 200 /)
    expect(performance.now() - started).toBeLessThan(5000)
  })

  it('a reader that takes nothing is cut', async () => {
    const { server, port } = await start({ readerMillis: 200 }, () => Buffer.alloc(64 * 1024 * 1024))
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.pause()
    const cut = new Promise<void>(resolve =>
      server.once('connection', connection => connection.once('close', () => resolve())),
    )
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await cut
    socket.destroy()
  })

  it('a listener that closes takes nobody new and leaves who is there', async () => {
    const { server, port } = await start({})
    const socket = connect(port, '127.0.0.1')
    await once(server, 'connection')
    closeListener(server)
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1.1 200 /)
    socket.destroy()
    expect(await raw(port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n')).toBe('')
  })
})

describe('TLS', () => {
  const get = (port: number, client: object) =>
    new Promise<number>((resolve, reject) => {
      const options = { host: '127.0.0.1', port, ca: pem('ca.pem'), checkServerIdentity: () => undefined }
      request({ ...options, ...client }, reply => {
        reply.resume()
        resolve(reply.statusCode ?? 0)
      })
        .on('error', reject)
        .end()
    })

  it('answers behind a certificate; with a client CA only who shows a certificate it signed', async () => {
    const mine = { key: pem('server.key'), cert: pem('server.pem') }
    const open = await start({}, undefined, mine)
    expect(open.url).toMatch(/^https:/)
    expect(await get(open.port, {})).toBe(200)
    const mutual = await start({}, undefined, { ...mine, clientCa: pem('ca.pem') })
    await expect(get(mutual.port, {})).rejects.toThrow()
    expect(await get(mutual.port, { key: pem('shop.key'), cert: pem('shop.pem') })).toBe(200)
  })
})
