import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { fakeServer, token } from '../support/fake-server.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function uiFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-ui-'))
  cleanups.push(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'ui', 'assets'), { recursive: true })
  writeFileSync(join(folder, 'secret.txt'), 'secret')
  writeFileSync(join(folder, 'ui', 'index.html'), '<!doctype html><title>Fettle</title>')
  writeFileSync(join(folder, 'ui', 'assets', 'index-a1B2c3D4.js'), 'export {}')
  symlinkSync(join(folder, 'secret.txt'), join(folder, 'ui', 'link.txt'))
  return join(folder, 'ui')
}

describe('the web UI', () => {
  const server = () => {
    const { app } = fakeServer({ uiFolder: uiFolder() })
    cleanups.push(() => app.close())
    return app
  }

  it('is served with a strict policy, and as one page for every in-app path', async () => {
    const app = server()
    for (const url of ['/', '/runs/prn_1', '/models/late?tab=versions']) {
      const response = await app.inject({ method: 'GET', url, headers: { accept: 'text/html' } })
      expect([response.statusCode, response.headers['cache-control']]).toEqual([200, 'no-cache'])
      expect(response.body).toContain('<title>Fettle</title>')
      expect(response.headers['content-security-policy']).toMatch(/default-src 'none'; script-src 'self';/)
      expect(response.headers['content-security-policy']).not.toContain('unsafe')
    }
  })

  it('lets files with a hash in their name be kept for ever', async () => {
    const response = await server().inject({ method: 'GET', url: '/assets/index-a1B2c3D4.js' })
    expect(response.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect(response.headers['content-type']).toBe('text/javascript; charset=utf-8')
  })

  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/link.txt',
    '/assets/none.js',
    '/api/v1/none',
    '/a%00b.txt',
  ])('has no file outside its folder: %s', async url => {
    const response = await server().inject({ method: 'GET', url })
    expect(response.body).not.toContain('secret\n')
    expect(response.body).not.toBe('secret')
    expect(response.statusCode).toBe(404)
  })
})

/** Reads a stream of events until `enough` of its text has come. */
async function readEvents(
  url: string,
  { headers = {}, enough }: { headers?: Record<string, string>; enough: (text: string) => boolean },
): Promise<string> {
  const stop = new AbortController()
  const response = await fetch(url, { headers, signal: stop.signal })
  if (response.body === null || !response.ok) return response.text()
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    if (enough(text)) break
  }
  stop.abort()
  return text
}

describe('the event stream', () => {
  async function listening(options: Parameters<typeof fakeServer>[0] = {}) {
    const server = fakeServer(options)
    await server.app.listen({ port: 0, host: '127.0.0.1' })
    cleanups.push(() => server.app.close())
    const address = server.app.server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    return { ...server, url: `http://127.0.0.1:${port}/api/v1/events` }
  }
  const event = (run: string, type: string) => ({ run, type, step: null, data: {} })
  const ids = (text: string) => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))

  it('begins with what happens next', async () => {
    const { url, services } = await listening()
    services.emit(event('prn_1', 'run.created'))
    const reading = readEvents(url, { enough: text => text.includes('data: ') })
    await new Promise(resolve => setTimeout(resolve, 100))
    services.emit(event('prn_1', 'run.succeeded'))
    const text = await reading
    expect(ids(text)).toEqual([2])
    expect(JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '')).toEqual({
      seq: 2,
      run: 'prn_1',
      type: 'run.succeeded',
      step: null,
      data: {},
      at: '2001-05-08T17:00:00.000000Z',
    })
  })

  it('resumes after the last id without a gap or a repetition, also over many pages', async () => {
    const { url, services } = await listening()
    for (let count = 0; count < 1000; count++) services.emit(event('prn_1', 'step.progress'))
    const text = await readEvents(url, {
      headers: { 'last-event-id': '10' },
      enough: read => read.includes('id: 1000\n'),
    })
    expect(ids(text)).toEqual(Array.from({ length: 990 }, (_, index) => index + 11))
  })

  it('can be of one run', async () => {
    const { url, services } = await listening()
    for (const run of ['a', 'b', 'a']) services.emit(event(run, 'x'))
    const text = await readEvents(`${url}?after=0&run=a`, { enough: read => read.includes('id: 3\n') })
    expect(ids(text)).toEqual([1, 3])
  })

  it('shows that it is alive when nothing happens, and ends when the server stops', async () => {
    const { url, app } = await listening({ heartbeatMs: 20 })
    const text = await readEvents(url, { enough: read => read.includes(': still here') })
    expect(text).toMatch(/^retry: 1000$/m)
    const response = await fetch(url)
    const [rest] = await Promise.all([response.text().catch(() => ''), app.close()])
    expect(rest).toContain('events after 0')
  })

  it('refuses an id that is none, and other machines without a token', async () => {
    const { url, app } = await listening()
    const bad = await fetch(url, { headers: { 'last-event-id': 'x' } })
    expect([bad.status, ((await bad.json()) as { error: { code: string } }).error.code]).toEqual([
      400,
      'BAD_REQUEST',
    ])
    const far = await app.inject({ method: 'GET', url: '/api/v1/events', remoteAddress: '10.0.0.9' })
    expect(far.statusCode).toBe(401)
    expect(token).not.toBe('')
  })
})
