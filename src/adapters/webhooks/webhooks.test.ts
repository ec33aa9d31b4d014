import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isPrivateAddress, isPrivateHost } from '../../kernel/private-address.ts'
import { parseAllowList } from './allowed.ts'
import { webhookSender } from './index.ts'
import { secretBox } from './secret-box.ts'

const server = createServer((request, response) => {
  if (request.url === '/moved') response.writeHead(302, { location: '/taken' }).end()
  else if (request.url === '/long') response.writeHead(200).end('x'.repeat(50_000))
  else response.writeHead(200).end(request.method)
})
let port = 0
beforeAll(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => server.close())

const send = (allow: string, url: string) =>
  webhookSender({ allow }).send({ url, headers: { 'X-Test': '1' }, body: '{}' })

describe('private addresses', () => {
  it.each([
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.0.1', '169.254.169.254', '172.16.0.1'],
    ...['172.31.255.255', '192.168.0.1', '198.19.0.1', '224.0.0.1', '255.255.255.255'],
    ...['::', '::1', 'fc00::1', 'fdff::1', 'fe80::1', 'ff02::1', '::ffff:127.0.0.1', '::ffff:a00:1'],
    ...['64:ff9b::7f00:1', '2002:7f00:1::'],
  ])('%s is one', address => expect(isPrivateAddress(address)).toBe(true))

  it.each([
    '1.1.1.1',
    '172.15.0.1',
    '172.32.0.1',
    '100.63.0.1',
    '192.169.0.1',
    '2606:4700::1111',
    '::ffff:1.1.1.1',
  ])('%s is none', address => expect(isPrivateAddress(address)).toBe(false))

  it('hosts of URLs are told by their names too', () => {
    expect(['localhost', 'a.LOCALHOST', 'localhost.', '[::1]'].map(isPrivateHost)).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(isPrivateHost('example.com')).toBe(false)
  })
})

describe('the sender of webhooks', () => {
  it('connects to no private address, named or resolved, unless it is allowed', async () => {
    await expect(send('', `http://127.0.0.1:${port}/`)).rejects.toThrow('is a private address')
    await expect(send('', `http://localhost:${port}/`)).rejects.toThrow('a private address')
    await expect(send('10.0.0.0/8', `http://127.0.0.1:${port}/`)).rejects.toThrow('is a private address')
    for (const allow of ['127.0.0.1', '127.0.0.0/8', 'localhost, ::1, 127.0.0.1'])
      expect(await send(allow, `http://127.0.0.1:${port}/`)).toEqual({ status: 200, body: 'POST' })
    expect((await send('localhost', `http://localhost:${port}/`)).status).toBe(200)
  })

  it('says beforehand what it would refuse', async () => {
    const refusal = (url: string, allow = '') => webhookSender({ allow }).refusal(new URL(url))
    expect(await refusal('https://127.0.0.1/')).toContain('private')
    expect(await refusal('https://localhost/')).toContain('private')
    expect(await refusal('http://1.1.1.1/')).toContain('not https')
    expect(await refusal('https://1.1.1.1/')).toBeUndefined()
    expect(await refusal('http://127.0.0.1/', '127.0.0.1')).toBeUndefined()
    expect(await refusal('http://hooks.internal/', 'hooks.internal')).toBeUndefined()
  })

  it('follows no redirect, and reads no more of an answer than is shown', async () => {
    expect((await send('127.0.0.1', `http://127.0.0.1:${port}/moved`)).status).toBe(302)
    expect((await send('127.0.0.1', `http://127.0.0.1:${port}/long`)).body).toHaveLength(10_000)
  })

  it.each(['not a name!', '10.0.0.0/33', '::/129', '-a'])('refuses %j as an allowance', text => {
    expect(() => parseAllowList(text)).toThrow(TypeError)
  })
})

describe('the box of secrets', () => {
  it('opens what it sealed with its own key, and nothing that was altered', () => {
    const [box, other] = [secretBox(randomBytes(32)), secretBox(randomBytes(32))]
    const sealed = box.seal('hüsh')
    expect(box.open(sealed)).toBe('hüsh')
    expect(sealed).not.toContain('hüsh')
    expect(box.seal('hüsh')).not.toBe(sealed)
    expect(() => other.open(sealed)).toThrow('another key')
    const bytes = Buffer.from(sealed.slice(3), 'base64url')
    bytes[15] = (bytes[15] ?? 0) ^ 1
    expect(() => box.open(`v1.${bytes.toString('base64url')}`)).toThrow('another key')
  })
})
