import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DialectServer, startDialect } from '../../support/dialect-server.ts'

let server: DialectServer
let run: string
let root: string
beforeAll(async () => {
  server = await startDialect()
  run = await server.createRun()
  root = `/api/2.0/mlflow-artifacts/artifacts/0/${run}/artifacts`
})
afterAll(() => server.close())

async function namesIn(path: string): Promise<unknown> {
  const query = [['path', path]] as const
  const { files = [] } = await server.ok('GET', '/api/2.0/mlflow-artifacts/artifacts', { query })
  return (files as { path: string }[]).map(file => file.path).sort()
}

describe('files', () => {
  it('go up and come back as attachments with their length, hash and type', async () => {
    await server.ok('PUT', `${root}/plots/loss.json`, { text: '{"a":1}' })
    const answer = await server.send('GET', `${root}/plots/loss.json`)
    expect(answer.text).toBe('{"a":1}')
    expect(answer.headers).toMatchObject({
      'content-length': '7',
      'content-type': 'application/json',
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
      etag: `"${createHash('sha256').update('{"a":1}').digest('hex')}"`,
    })
    expect(answer.headers['content-disposition']).toMatch(/^attachment;.*filename\*=UTF-8''loss\.json/)
  })

  it.each([
    'a b.txt',
    'x+y&z=1.txt',
    'größe 日本.csv',
    "it's (1).md",
    '100% sure.txt',
    'semi;colon.txt',
    '-rf',
    '…',
  ])('keep the name %s', async name => {
    const path = `${root}/odd/${encodeURIComponent(name)}`
    await server.ok('PUT', path, { text: name })
    const answer = await server.send('GET', path)
    expect([answer.status, answer.text]).toEqual([200, name])
    const told = /filename\*=UTF-8''([^;]+)/.exec(answer.headers['content-disposition'] ?? '')?.[1] ?? ''
    expect(decodeURIComponent(told)).toBe(name)
    expect(await namesIn(`0/${run}/artifacts/odd`)).toContain(name)
    await server.ok('DELETE', path)
    expect((await server.send('GET', path)).status).toBe(404)
  })

  it('come back in ranges, and not at all when they are known', async () => {
    await server.ok('PUT', `${root}/digits`, { text: '0123456789' })
    const part = async (range: string, more = {}) => {
      const { status, text, headers } = await server.send('GET', `${root}/digits`, {
        headers: { range, ...more },
      })
      return [status, text, headers['content-range']]
    }
    expect(await part('bytes=2-4')).toEqual([206, '234', 'bytes 2-4/10'])
    expect(await part('bytes=7-')).toEqual([206, '789', 'bytes 7-9/10'])
    expect(await part('bytes=-3')).toEqual([206, '789', 'bytes 7-9/10'])
    expect(await part('bytes=8-99')).toEqual([206, '89', 'bytes 8-9/10'])
    expect(await part('bytes=0-1,4-5')).toEqual([200, '0123456789', undefined])
    expect(await part('bytes=2-4', { 'if-range': '"other"' })).toEqual([200, '0123456789', undefined])
    expect((await part('bytes=10-')).at(0)).toBe(416)
    const { headers } = await server.send('HEAD', `${root}/digits`)
    expect(headers['content-length']).toBe('10')
    const again = await server.send('GET', `${root}/digits`, {
      headers: { 'if-none-match': headers.etag ?? '' },
    })
    expect([again.status, again.text]).toEqual([304, ''])
  })

  it('are 404 when they are missing, or folders', async () => {
    await server.ok('PUT', `${root}/folder/file`, { text: 'x' })
    for (const path of ['gone', 'folder', 'folder/gone'])
      expect((await server.send('GET', `${root}/${path}`)).body['error_code'], path).toBe(
        'RESOURCE_DOES_NOT_EXIST',
      )
  })

  it('list as nothing, and folders with what is below them', async () => {
    await server.ok('PUT', `${root}/tree/a/b.txt`, { text: 'b' })
    await server.ok('PUT', `${root}/tree/c.txt`, { text: '' })
    expect(await namesIn(`0/${run}/artifacts/tree`)).toEqual(['a', 'c.txt'])
    expect(await namesIn(`0/${run}/artifacts/tree/`)).toEqual(['a', 'c.txt'])
    expect(await namesIn(`0/${run}/artifacts/tree/c.txt`)).toEqual([])
    expect(await namesIn('987/nobody')).toEqual([])
    const query = [
      ['run_id', run],
      ['path', 'tree'],
    ] as const
    expect((await server.ok('GET', '/artifacts/list', { query }))['files']).toEqual(
      expect.arrayContaining([
        { path: 'tree/a', is_dir: true },
        { path: 'tree/c.txt', is_dir: false, file_size: 0 },
      ]),
    )
    await server.ok('DELETE', `${root}/tree`)
    expect(await namesIn(`0/${run}/artifacts/tree`)).toEqual([])
  })

  it('are stored as they are whatever their content type', async () => {
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
      await server.ok('PUT', `${root}/typed`, { text: '{not json', headers: { 'content-type': type } })
      expect((await server.send('GET', `${root}/typed`)).text).toBe('{not json')
    }
  })

  it('take 64 MiB and give them back', async () => {
    const bytes = Buffer.alloc(64 * 1024 * 1024, 7)
    await server.ok('PUT', `${root}/large`, { text: bytes })
    const tail = await server.send('GET', `${root}/large`, {
      headers: { range: `bytes=${bytes.length - 2}-` },
    })
    expect([tail.status, tail.text]).toEqual([206, '\u0007\u0007'])
  })
})

describe('paths', () => {
  it.each([
    '..%2f..%2fetc%2fpasswd',
    '../../x',
    '%2e%2e/%2e%2e/x',
    '%252e%252e/x',
    'a/./b',
    'a//b',
    'a%5cb',
    'a%00b',
    'a%23b',
    '%2fetc/passwd',
    'a%0ab',
    'x'.repeat(4096),
    '%ff',
  ])('%s is refused for reading, writing and deleting', async path => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const answer = await server.send(method, `${root}/${path}`, method === 'PUT' ? { text: 'x' } : {})
      expect([answer.status, answer.body['error_code']], method).toEqual([400, 'INVALID_PARAMETER_VALUE'])
    }
  })

  it.each(['../..', '/etc', '//etc', 'a/../b', '%2e%2e', 'a\\b', 'a\u0000', '.'])(
    '%s is not listed',
    async path => {
      for (const [address, query] of [
        ['/api/2.0/mlflow-artifacts/artifacts', [['path', path]]],
        [
          '/artifacts/list',
          [
            ['run_id', run],
            ['path', path],
          ],
        ],
      ] as const) {
        const answer = await server.send('GET', address, { query })
        expect([answer.status, answer.body['error_code']], address).toEqual([400, 'INVALID_PARAMETER_VALUE'])
      }
    },
  )

  it.each(['', '/', '/.', '/0', '/..'])('the root and experiments are not deleted: "%s"', async path => {
    await server.ok('PUT', `${root}/kept`, { text: 'x' })
    expect((await server.send('DELETE', `/api/2.0/mlflow-artifacts/artifacts${path}`)).status).toBe(400)
    expect((await server.send('GET', `${root}/kept`)).status).toBe(200)
  })
})

describe('uploads', () => {
  it('that are cut leave nothing', async () => {
    const { hostname, port } = new URL(server.url)
    await new Promise<void>((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port) }, () => {
        socket.write(`PUT ${root}/cut HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: 1000\r\n\r\nonly this`)
        setTimeout(() => socket.destroy(), 50)
      })
      socket.on('close', () => resolve()).on('error', reject)
    })
    await new Promise(resolve => setTimeout(resolve, 100))
    expect((await server.send('GET', `${root}/cut`)).status).toBe(404)
  })

  it('with another hash than announced are refused, with that one stored', async () => {
    const digest = (text: string) => `sha-256=:${createHash('sha256').update(text).digest('base64')}:`
    const wrong = { text: 'abc', headers: { 'content-digest': digest('abd') } }
    expect((await server.send('PUT', `${root}/hashed`, wrong)).status).toBe(400)
    expect((await server.send('GET', `${root}/hashed`)).status).toBe(404)
    await server.ok('PUT', `${root}/hashed`, { text: 'abc', headers: { 'content-digest': digest('abc') } })
  })

  it('in parts and presigned downloads are refused so that clients fall back', async () => {
    for (const step of ['create', 'complete', 'abort']) {
      const answer = await server.send('POST', `/api/2.0/mlflow-artifacts/mpu/${step}/0/${run}/artifacts/x`, {
        json: {},
      })
      expect([answer.status, answer.body['error_code']]).toEqual([501, 'NOT_IMPLEMENTED'])
      expect(answer.body['message']).toMatch(
        /^Multipart upload is not supported for the current artifact repository/,
      )
    }
    const presigned = await server.send('GET', `/api/2.0/mlflow-artifacts/presigned/0/${run}/artifacts/x`)
    expect([presigned.status, presigned.body['error_code']]).toEqual([501, 'NOT_IMPLEMENTED'])
  })

  it('into a deleted run are refused', async () => {
    const deleted = await server.createRun()
    await server.ok('POST', '/runs/delete', { json: { run_id: deleted } })
    const answer = await server.send('PUT', `/api/2.0/mlflow-artifacts/artifacts/0/${deleted}/artifacts/x`, {
      text: 'x',
    })
    expect([answer.status, answer.body['error_code']]).toEqual([400, 'INVALID_PARAMETER_VALUE'])
  })

  it('of a page land in the run', async () => {
    const query = [
      ['run_uuid', run],
      ['path', 'from/page.txt'],
    ] as const
    await server.ok('POST', '/ajax-api/2.0/mlflow/upload-artifact', { query, text: 'hello' })
    const found = await server.send('GET', '/get-artifact', { query })
    expect([found.text, found.headers['content-type']]).toEqual(['hello', 'text/plain; charset=utf-8'])
    expect(
      (
        await server.send('GET', '/get-artifact', {
          query: [
            ['run_id', run],
            ['path', '../x'],
          ],
        })
      ).status,
    ).toBe(400)
  })
})

describe('files of models', () => {
  it('are downloaded by logged model and by version', async () => {
    const { model } = (await server.ok('POST', '/logged-models', {
      json: { experiment_id: '0', name: 'm', source_run_id: run },
    })) as { model: { info: { model_id: string } } }
    const id = model.info.model_id
    await server.ok('PUT', `/api/2.0/mlflow-artifacts/artifacts/0/models/${id}/artifacts/data/model.txt`, {
      text: 'w',
    })
    const file = await server.send('GET', `/ajax-api/2.0/mlflow/logged-models/${id}/artifacts/files`, {
      query: [['artifact_file_path', 'data/model.txt']],
    })
    expect([file.status, file.text]).toEqual([200, 'w'])
    const folders = await server.ok('GET', `/logged-models/${id}/artifacts/directories`, {
      query: [['artifact_directory_path', 'data']],
    })
    expect(folders['files']).toEqual([{ path: 'data/model.txt', is_dir: false, file_size: 1 }])
    await server.ok('POST', '/registered-models/create', { json: { name: 'reg' } })
    await server.ok('POST', '/model-versions/create', {
      json: { name: 'reg', source: `models:/${id}`, model_id: id },
    })
    const version = await server.send('GET', '/model-versions/get-artifact', {
      query: [
        ['name', 'reg'],
        ['version', '1'],
        ['path', 'data/model.txt'],
      ],
    })
    expect([version.status, version.text]).toEqual([200, 'w'])
    const missing = await server.send('GET', '/model-versions/get-artifact', {
      query: [
        ['name', 'reg'],
        ['version', '1'],
        ['path', 'gone'],
      ],
    })
    expect(missing.body['error_code']).toBe('RESOURCE_DOES_NOT_EXIST')
  })
})
