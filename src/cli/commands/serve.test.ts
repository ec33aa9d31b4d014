import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type ServeOptions, serveSettings } from './serve.ts'

describe('what fettle serve was asked', () => {
  it('on this machine: no TLS, no tokens; reachable by others: both, or said that not', () => {
    expect(serveSettings({}, {})).toMatchObject({ host: '127.0.0.1', access: false })
    expect(() => serveSettings({ host: '0.0.0.0' }, {})).toThrow('no certificate')
    expect(serveSettings({ host: '0.0.0.0', plain: true }, {})).toMatchObject({
      access: true,
      settings: { graceMillis: 5000 },
    })
    expect(serveSettings({ host: '0.0.0.0', plain: true, open: true }, {}).access).toBe(false)
    expect(serveSettings({ tlsCert: '/a.pem', tlsKey: '/k.pem', access: true }, {})).toMatchObject({
      access: true,
      settings: { tlsFiles: { cert: '/a.pem', key: '/k.pem' } },
    })
  })

  it('as a container: Vertex AI by its variables, SageMaker by being asked nothing but to serve', () => {
    const vertex = { AIP_HTTP_PORT: '9000', AIP_HEALTH_ROUTE: '/h', AIP_PREDICT_ROUTE: '/p' }
    expect(serveSettings({}, vertex)).toMatchObject({
      ...{ host: '0.0.0.0', port: 9000, access: false },
      settings: { dialects: { vertex: { health: '/h', predict: '/p' } } },
    })
    const container = { FETTLE_CONTAINER: '1', FETTLE_DATA: '/data' }
    expect(serveSettings({}, container)).toMatchObject({
      ...{ host: '0.0.0.0', data: '/data', access: false },
      settings: { dialects: { profile: 'sagemaker' } },
    })
    expect(serveSettings({ port: '1' }, container)).toMatchObject({ host: '127.0.0.1', data: '/data' })
  })

  it('the token of a control plane comes from a file or the environment, never from the command line', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fettle-serve-'))
    writeFileSync(join(folder, 'token'), 'abc\n')
    const from = 'https://fettle.example'
    expect(serveSettings({ from, tokenFile: join(folder, 'token') }, {}).from).toEqual({
      url: from,
      token: 'abc',
    })
    expect(serveSettings({ from }, { FETTLE_TOKEN: 'xyz' }).from).toEqual({ url: from, token: 'xyz' })
    rmSync(folder, { recursive: true })
  })

  it.each<[ServeOptions, string]>([
    [{ port: '99999' }, 'port'],
    [{ fronts: '0' }, '--fronts 0'],
    [{ scorers: 'many' }, '--scorers many'],
    [{ maxBody: '-1' }, '--max-body -1'],
    [{ tlsCert: 'a.pem' }, 'both certificate and key'],
    [{ from: 'nowhere' }, 'not an address'],
    [{ from: 'http://a' }, 'needs the token'],
    [{ from: 'http://a', tokenFile: '/no/such' }, 'cannot be read'],
  ])('%j is refused: %s', (options, why) => {
    expect(() => serveSettings(options, {})).toThrow(why)
  })
})
