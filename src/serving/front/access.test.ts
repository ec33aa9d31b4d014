import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Caller, openAccess, parseAccess, tokenHash } from './access.ts'
import { permissionOf } from './permissions.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-access-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const write = (callers: readonly Caller[]) => {
  writeFileSync(join(folder, 'new'), JSON.stringify({ schema: 1, callers }))
  renameSync(join(folder, 'new'), join(folder, 'access.json'))
}
const shop: Caller = { name: 'shop', token: tokenHash('s3cret'), permissions: ['predict', 'read-model'] }
const request = (token: string | undefined, method = 'POST') =>
  ({
    method,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    socket: {},
  }) as unknown as IncomingMessage

describe('who may call', () => {
  it('no token 401, unknown token 401, no permission 403, another deployment 403; readiness needs none', async () => {
    write([{ ...shop, deployments: ['late'] }])
    const access = await openAccess({ file: join(folder, 'access.json'), report: () => undefined })
    const refusal = (token: string | undefined, path: string) => {
      try {
        return access.admit(request(token), path)
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    expect(refusal('s3cret', '/predict/late')).toBe('shop')
    expect(refusal(undefined, '/predict/late')).toBe('UNAUTHENTICATED')
    expect(refusal('other', '/predict/late')).toBe('UNAUTHENTICATED')
    expect(refusal('s3cret', '/predict/early')).toBe('FORBIDDEN')
    expect(refusal('s3cret', '/v2/models/late/versions/3/infer')).toBe('FORBIDDEN')
    expect(refusal('s3cret', '/v2/models/late/%76ersions/3/infer')).toBe('FORBIDDEN')
    expect(refusal('s3cret', '/feedback/late')).toBe('FORBIDDEN')
    expect(refusal(undefined, '/ping')).toBeNull()
    expect(access.may('shop', 'read-model')).toBe(true)
    expect(access.may('shop', 'predict-vector')).toBe(false)
    access.close()
  })

  it('a quota is shared by the fronts of a host and comes back with time; an expired token is refused', async () => {
    let now = 1_000_000
    write([
      { ...shop, quota: { perSecond: 4, burst: 4 } },
      { ...shop, name: 'old', token: tokenHash('old'), expiresAt: '1970-01-01T00:00:00Z' },
    ])
    const access = await openAccess({
      file: join(folder, 'access.json'),
      fronts: 2,
      now: () => now,
      report: () => undefined,
    })
    const ask = (token = 's3cret') => access.admit(request(token), '/predict/late')
    expect([ask(), ask()]).toEqual(['shop', 'shop'])
    expect(() => ask()).toThrow(expect.objectContaining({ code: 'QUOTA' }))
    now += 500
    expect(ask()).toBe('shop')
    expect(() => ask()).toThrow(expect.objectContaining({ code: 'QUOTA' }))
    expect(() => ask('old')).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }))
    access.close()
  })

  it('follows the file; one that cannot be read changes nothing', async () => {
    write([shop])
    const lines: string[] = []
    const access = await openAccess({
      file: join(folder, 'access.json'),
      pollMillis: 10,
      report: line => lines.push(line),
    })
    writeFileSync(join(folder, 'access.json'), '{"schema": 1')
    await new Promise(resolve => setTimeout(resolve, 60))
    expect(lines.join()).toContain('cannot be used')
    expect(access.admit(request('s3cret'), '/predict/late')).toBe('shop')
    write([{ ...shop, token: tokenHash('new') }])
    await new Promise(resolve => setTimeout(resolve, 60))
    expect(() => access.admit(request('s3cret'), '/predict/late')).toThrow()
    expect(access.admit(request('new'), '/predict/late')).toBe('shop')
    access.close()
  })

  it.each([
    ['[]', 'schema'],
    ['{"schema":1,"callers":[{"token":null,"permissions":[]}]}', 'no name'],
    ['{"schema":1,"callers":[{"name":"a","token":"plain","permissions":[]}]}', 'sha256'],
    ['{"schema":1,"callers":[{"name":"a","token":null,"permissions":[]}]}', 'neither'],
    [`{"schema":1,"callers":[{"name":"a","token":"${tokenHash('x')}","permissions":["all"]}]}`, 'none of'],
  ])('%s is no access file', (text, why) => {
    expect(() => parseAccess(text)).toThrow(why)
  })
})

describe('what a request needs', () => {
  it.each([
    ['GET', '/v2/health/ready', null],
    ['GET', '/v2/models/late/ready', null],
    ['GET', '/v2/models/late', 'read-model'],
    ['GET', '/openapi.json', 'read-model'],
    ['POST', '/predict/late', 'predict'],
    ['POST', '/v2/models/late/infer', 'predict'],
    ['POST', '/v1/models/late:predict', 'predict'],
    ['POST', '/v1/models/late/versions/3:predict', 'predict-pinned'],
    ['POST', '/invocations', 'predict'],
    ['POST', '/deployments/late/invocations', 'predict'],
    ['POST', '/v2/repository/index', 'read-model'],
    ['POST', '/feedback/late', 'feedback'],
    ['POST', '/features/read', 'features'],
  ])('%s %s: %s', (method, path, permission) => {
    expect(permissionOf(method, path).permission).toBe(permission)
  })
})
