import { request } from 'node:http'
import { connect as connectSocket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorBody } from '../../src/api/common.ts'
import { fakeServer, token } from '../support/fake-server.ts'

const { app, faults } = fakeServer()
let port = 0
beforeAll(async () => {
  port = Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port)
})
afterAll(() => app.close())

interface Sent {
  readonly method?: string
  readonly path: string
  readonly type?: string
  readonly body?: string | Uint8Array
}

/** Over a real socket, in chunks and without a length, as a client that streams does. */
function send({ method = 'POST', path, type = 'application/json', body }: Sent) {
  return new Promise<{ status: number; body: unknown }>((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': type }),
    }
    const call = request({ host: '127.0.0.1', port, method, path: `/api/v1${path}`, headers }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }))
    })
    // A server that refuses a body closes before it has read it all.
    call.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? undefined : reject(error)))
    if (body !== undefined) call.write(body)
    call.end()
  })
}

const predict = '/deployments/late/predict'
const bad: readonly (readonly [string, Sent, number, string])[] = [
  ['malformed JSON', { path: '/runs', body: '{"pipeline": "late"' }, 400, 'BAD_JSON'],
  ['an empty body', { path: '/runs', body: '' }, 400, 'BAD_REQUEST'],
  ['no body', { path: '/runs' }, 400, 'BAD_REQUEST'],
  ['NaN, which is not JSON', { path: predict, body: '{"distance": NaN}' }, 400, 'BAD_JSON'],
  ['bytes that are not UTF-8', { path: predict, body: new Uint8Array([0x22, 0xff, 0x22]) }, 400, 'BAD_JSON'],
  ['a number for text', { path: '/runs', body: '{"pipeline": 5}' }, 400, 'BAD_REQUEST'],
  ['a list for an object', { path: '/runs', body: '[]' }, 400, 'BAD_REQUEST'],
  [
    'a form',
    { path: '/runs', type: 'application/x-www-form-urlencoded', body: 'a=1' },
    415,
    'UNSUPPORTED_MEDIA',
  ],
  ['a query that is no number', { method: 'GET', path: '/runs?limit=many' }, 400, 'BAD_REQUEST'],
  ['an unknown state', { method: 'GET', path: '/runs?state=done' }, 400, 'BAD_REQUEST'],
  ['an unknown route', { method: 'GET', path: '/rnus' }, 404, 'UNKNOWN_ROUTE'],
  ['an unknown method', { method: 'PATCH', path: '/runs' }, 405, 'METHOD_NOT_ALLOWED'],
  ['an unknown run', { method: 'GET', path: '/runs/prn_none' }, 404, 'RUN_UNKNOWN'],
  ['a way out of the folder', { method: 'GET', path: '/runs/..%2f..%2fetc' }, 404, 'RUN_UNKNOWN'],
  [
    'over 10 MB in chunks',
    { path: '/plan', body: `"${'x'.repeat(10 * 1024 * 1024)}"` },
    413,
    'BODY_TOO_LARGE',
  ],
]

describe('bad input over HTTP', () => {
  it.each(bad)('%s', async (_what, sent, status, code) => {
    const reply = await send(sent)
    expect(reply.status).toBe(status)
    const { error } = errorBody.parse(reply.body)
    expect(error.code).toBe(code)
    expect(error.message).not.toBe('')
  })

  it('bytes that are not HTTP, and a caller that goes away in the middle, leave the server well', async () => {
    await new Promise<void>(resolve => {
      const socket = connectSocket(port, '127.0.0.1', () => socket.write('\u0000\u0001 what?\r\n\r\n'))
      socket.on('data', () => {})
      socket.on('error', () => {})
      socket.on('close', () => resolve())
    })
    await new Promise<void>(resolve => {
      const socket = connectSocket(port, '127.0.0.1', () => {
        socket.write('POST /api/v1/runs HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{"pip')
        socket.destroy()
      })
      socket.on('close', () => resolve())
    })
    expect((await send({ method: 'GET', path: '/health' })).status).toBe(200)
    expect(faults).toEqual([])
  })
})
