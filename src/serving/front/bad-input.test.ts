import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scoreOf } from '../testing/fake-platform.ts'
import { row, startTestFront, type TestFront, vectorOf, weights } from '../testing/test-front.ts'

let front: TestFront
const post: TestFront['post'] = (...request) => front.post(...request)
beforeAll(async () => {
  front = await startTestFront()
})
afterAll(() => front.close())

describe('bad input', () => {
  const bad: [string, unknown, number, string][] = [
    ['empty', '', 400, 'BAD_JSON'],
    ['[]', '[]', 400, 'BAD_JSON'],
    ['null', 'null', 400, 'BAD_JSON'],
    ['text', 'hello', 400, 'BAD_JSON'],
    ['two values', '{"origin":"SEA","distance":1} {}', 400, 'BAD_JSON'],
    ['truncated', '{"origin":"SE', 400, 'BAD_JSON'],
    ['10 000 brackets', '['.repeat(10_000), 400, 'TOO_DEEP'],
    ['byte-order mark', '\ufeff{"origin":"SEA","distance":1}', 400, 'BAD_JSON'],
    [
      'not UTF-8',
      Buffer.from('7b226f726967696e223a22ff222c2264697374616e6365223a317d', 'hex'),
      400,
      'BAD_UTF8',
    ],
    ['lone surrogate', '{"origin":"\\ud800","distance":1}', 400, 'BAD_UTF8'],
    ['key missing', { distance: 1 }, 400, 'MISSING_INPUT'],
    ['key null', { origin: null, distance: 1 }, 400, 'NULL_NOT_ALLOWED'],
    ['key of another type', { origin: 1, distance: 1 }, 400, 'WRONG_TYPE'],
    ['key with NUL', { origin: 'a\0', distance: 1 }, 400, 'BAD_KEY'],
    ['key too long', { origin: 'a'.repeat(1025), distance: 1 }, 400, 'BAD_KEY'],
    ['unknown field', { ...row, origin__busy: 3 }, 400, 'UNKNOWN_INPUT'],
    ['__proto__', '{"origin":"SEA","distance":1,"__proto__":{}}', 400, 'UNKNOWN_INPUT'],
    ['text for a number', { ...row, distance: '1' }, 400, 'WRONG_TYPE'],
    ['true for a number', { ...row, distance: true }, 400, 'WRONG_TYPE'],
    ['1e400', '{"origin":"SEA","distance":1e400}', 400, 'OUT_OF_RANGE'],
    ['Infinity', '{"origin":"SEA","distance":Infinity}', 400, 'OUT_OF_RANGE'],
    ['rows that are none', { rows: 3 }, 400, 'WRONG_TYPE'],
    ['a row that is none', { rows: [row, 3] }, 400, 'WRONG_TYPE'],
    ['4 097 rows', { rows: Array.from({ length: 4097 }, () => row) }, 413, 'BATCH_TOO_LARGE'],
  ]
  for (const [name, body, status, code] of bad) {
    it(`${name}: ${code}`, async () => {
      const reply = await post('/predict/late', body)
      expect([reply.status, reply.body.error.code, reply.headers.get('fettle-error-code')]).toEqual([
        status,
        code,
        code,
      ])
    })
  }

  it('names row and column', async () => {
    const reply = await post('/predict/late', { rows: [row, { origin: 'SEA', distance: 'x' }] })
    expect(reply.body.error).toMatchObject({
      message: 'column "distance" of row 1 is a string, not a number',
      details: { row: 1, column: 'distance' },
    })
  })

  it('NaN in a nullable column is missing; the last of equal keys wins', async () => {
    const nan = await post('/predict/late', '{"origin":"SEA","distance":NaN}')
    expect(nan.body.predictions[0]?.score).toBe(scoreOf([NaN, 3, 2 / 3], weights))
    const twice = await post('/predict/late', '{"origin":"SEA","distance":1,"distance":500}')
    expect(twice.body.predictions[0]?.score).toBe(scoreOf(vectorOf('SEA', 500), weights))
  })

  it('a 10 MB body is read and refused by what is in it; a larger one than the limit by its size', async () => {
    const ten = `{"rows":[${'{"origin":"SEA","distance":1},'.repeat(330_000)}{"origin":"SEA","distance":1}]}`
    expect((await post('/predict/late', ten)).body.error.code).toBe('BATCH_TOO_LARGE')
    const thirteen = 'x'.repeat(13 * 1024 * 1024)
    expect((await post('/predict/late', thirteen)).body.error.code).toBe('BODY_TOO_LARGE')
    const chunked = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 13; i++) controller.enqueue(new Uint8Array(1024 * 1024))
        controller.close()
      },
    })
    const response = await fetch(`${front.url}/predict/late`, {
      method: 'POST',
      body: chunked,
      duplex: 'half',
    } as RequestInit)
    expect(response.status).toBe(413)
  })

  it('media, encodings, timeouts', async () => {
    const code = async (headers: Record<string, string>) =>
      (await post('/predict/late', row, headers)).headers.get('fettle-error-code')
    expect(await code({ 'content-type': 'text/csv' })).toBe('UNSUPPORTED_MEDIA')
    expect(await code({ 'content-encoding': 'br' })).toBe('UNSUPPORTED_ENCODING')
    expect(await code({ 'fettle-timeout-ms': '0' })).toBe('DEADLINE')
    expect(await code({ 'fettle-timeout-ms': '-1' })).toBe('BAD_HEADER')
    expect(await code({ 'fettle-timeout-ms': 'abc' })).toBe('BAD_HEADER')
    expect(await code({ 'fettle-timeout-ms': '1000000000' })).toBeNull()
  })

  const paths: [string, string, number, string][] = [
    ['POST', '/predict/nope', 404, 'UNKNOWN_DEPLOYMENT'],
    ['POST', '/v2/models/nope/infer', 404, 'UNKNOWN_DEPLOYMENT'],
    ['GET', '/v2/models/late/versions/2', 404, 'UNKNOWN_VERSION'],
    ['GET', '/predict/late', 405, 'METHOD_NOT_ALLOWED'],
    ['DELETE', '/v2/models/late', 405, 'METHOD_NOT_ALLOWED'],
    ['GET', '/', 404, 'UNKNOWN_ROUTE'],
    ['GET', '/v2/models/late/../../etc', 404, 'UNKNOWN_ROUTE'],
    ['GET', '/v2/models/%00', 404, 'UNKNOWN_DEPLOYMENT'],
    ['GET', '/v2/models/%zz', 404, 'UNKNOWN_ROUTE'],
    ['GET', '/v2/models/a%2Fb', 404, 'UNKNOWN_DEPLOYMENT'],
    ['GET', `/v2/models/${'x'.repeat(5000)}`, 404, 'UNKNOWN_DEPLOYMENT'],
  ]
  for (const [method, path, status, code] of paths) {
    it(`${method} ${path.slice(0, 40)}: ${code}`, async () => {
      const response = await fetch(front.url + path, { method })
      expect([response.status, response.headers.get('fettle-error-code')]).toEqual([status, code])
    })
  }
})
