import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { FettleError } from '../../../src/kernel/errors/index.ts'
import type { DialectOptions } from '../../../src/server/mlflow/options.ts'
import { fakeServer, token } from '../../support/fake-server.ts'

/** Services that only tell who asks them, or fail as they are told. */
let failure: unknown
const asked: string[] = []
const answering = async (
  _id: string,
  _more: unknown,
  principal?: { readonly name: string },
): Promise<void> => {
  if (failure !== undefined) throw failure
  asked.push(principal?.name ?? '')
}
const mlflow = {
  tracking: { experiments: {}, loggedModels: {}, artifacts: {}, runs: { log: answering } },
  records: { models: {}, versions: {}, aliases: {} },
  webhooks: {},
} as unknown as Pick<DialectOptions, 'tracking' | 'records' | 'webhooks'>

const server = fakeServer({ mlflow })
beforeAll(() => server.app.ready())
afterAll(() => server.app.close())

const call = (headers: Readonly<Record<string, string>>, remoteAddress = '10.1.2.3') =>
  server.app.inject({
    ...{ method: 'POST', url: '/api/2.0/mlflow/runs/set-tag', remoteAddress },
    headers: { 'content-type': 'application/json', ...headers },
    payload: JSON.stringify({ run_id: 'r', key: 'k', value: 'v' }),
  })
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })

describe('signing in', () => {
  it.each([
    ['bearer', { authorization: `Bearer ${token}` }, 'local'],
    [
      'bearer in the name of a step',
      { authorization: `Bearer ${token}`, 'fettle-principal': 'step:prn_1/train' },
      'step:prn_1/train',
    ],
    ['the password of Basic', basic(`mila:${token}`), 'mila'],
    ['the user of Basic', basic(`${token}:`), 'local'],
    ['the password without a user', basic(`:${token}`), 'local'],
  ])('takes the token as %s', async (_name, headers, principal) => {
    failure = undefined
    expect((await call(headers)).statusCode).toBe(200)
    expect(asked.at(-1)).toBe(principal)
  })

  it.each([
    ['nothing', {}],
    ['another token', { authorization: 'Bearer other' }],
    ['another password', basic('mila:other')],
    ['a password that begins with the token', basic(`mila:${token}x`)],
    ['an empty Basic', { authorization: 'Basic ' }],
  ])('is refused to %s from another machine, in JSON', async (_name, headers) => {
    const answer = await call(headers as Record<string, string>)
    expect([answer.statusCode, answer.json().error_code]).toEqual([401, 'UNAUTHENTICATED'])
  })

  it('is not asked of this machine, but pages of other sites are refused', async () => {
    failure = undefined
    expect((await call({ host: '127.0.0.1' }, '127.0.0.1')).statusCode).toBe(200)
    const answer = await call({ host: '127.0.0.1', origin: 'http://evil.example' }, '127.0.0.1')
    expect([answer.statusCode, answer.json().error_code]).toEqual([403, 'PERMISSION_DENIED'])
  })

  it('is not asked for probes', async () => {
    for (const url of [
      '/health',
      '/version',
      '/api/3.0/mlflow/server-info',
      '/ajax-api/3.0/mlflow/server-info',
    ])
      expect(
        (await server.app.inject({ method: 'GET', url, remoteAddress: '10.1.2.3' })).statusCode,
        url,
      ).toBe(200)
  })

  it('is asked for files', async () => {
    for (const url of ['/api/2.0/mlflow-artifacts/artifacts/0/x', '/get-artifact?run_id=r&path=p'])
      expect(
        (await server.app.inject({ method: 'GET', url, remoteAddress: '10.1.2.3' })).statusCode,
        url,
      ).toBe(401)
  })
})

describe('what goes wrong behind', () => {
  const here = () => call({ host: '127.0.0.1' }, '127.0.0.1')

  it.each([
    [new FettleError('TRACKING_BUSY', 'busy'), 429, 'REQUEST_LIMIT_EXCEEDED'],
    [new FettleError('OVERLOADED', 'busy'), 429, 'REQUEST_LIMIT_EXCEEDED'],
    [new FettleError('DRAINING', 'ending'), 503, 'TEMPORARILY_UNAVAILABLE'],
    [new FettleError('DISK_FULL', 'full'), 507, 'RESOURCE_EXHAUSTED'],
    [Object.assign(new Error('no space'), { code: 'ENOSPC' }), 507, 'RESOURCE_EXHAUSTED'],
    [new FettleError('VERSION_IN_USE', 'used by release 1'), 409, 'RESOURCE_CONFLICT'],
    [new FettleError('ALIAS_PROTECTED', 'protected'), 403, 'PERMISSION_DENIED'],
    [new FettleError('NAME_TAKEN', 'already exists'), 400, 'RESOURCE_ALREADY_EXISTS'],
    [new FettleError('TRACKING_DELETED', 'must be in'), 400, 'INVALID_PARAMETER_VALUE'],
  ])('%s is %i %s', async (error, status, code) => {
    failure = error
    const answer = await here()
    expect([answer.statusCode, answer.json().error_code]).toEqual([status, code])
    expect(answer.headers['retry-after']).toBe(status === 429 || status === 503 ? '1' : undefined)
  })

  it('is a fault of ours only when it has no code, and then only its id is told', async () => {
    failure = new TypeError('select * from secrets at /home/me')
    const answer = await here()
    expect([answer.statusCode, answer.json().error_code]).toEqual([500, 'INTERNAL_ERROR'])
    expect(answer.json().message).toMatch(/inc_\w+$/)
    expect(answer.body).not.toContain('secrets')
    expect(JSON.stringify(server.faults.at(-1))).toContain('secrets')
  })
})

describe('bodies', () => {
  it('that leave no room for others are refused before they are read, and given back when their senders leave', async () => {
    failure = undefined
    const url = await server.app.listen({ port: 0, host: '127.0.0.1' })
    const { hostname, port } = new URL(url)
    const held = Array.from({ length: 8 }, () => {
      const sent = httpRequest({
        ...{ hostname, port, method: 'POST', path: '/api/2.0/mlflow/runs/set-tag' },
        headers: { 'content-type': 'application/json', 'content-length': 32 * 1024 * 1024 },
      })
      sent.on('error', () => undefined)
      sent.write('{')
      return sent
    })
    const send = async () => {
      const body = JSON.stringify({ run_id: 'r', key: 'k', value: 'v'.repeat(100_000) })
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${url}/api/2.0/mlflow/runs/set-tag`, { method: 'POST', headers, body })
      await answer.text()
      return answer.status
    }
    await vi.waitFor(async () => expect(await send()).toBe(429))
    for (const each of held) each.destroy()
    await vi.waitFor(async () => expect(await send()).toBe(200))
  })
})
