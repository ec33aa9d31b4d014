import { deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestFront, type TestFront } from '../testing/test-front.ts'
import { rawHttp } from './testing/raw-http.ts'

let front: TestFront
beforeAll(async () => {
  front = await startTestFront({
    others: [
      { deployment: 'of-int64', distanceType: 'int64' },
      { deployment: 'of-time', distanceType: 'timestamp' },
    ],
    dialects: { profile: 'sagemaker', defaultDeployment: 'late' },
    limits: { bodyMillis: 400 },
  })
})
afterAll(() => front.close())

interface Dialect {
  readonly path: (deployment: string) => string
  readonly media?: string
  /** A body of one row from the JSON texts of its values. */
  readonly body: (origin: string, distance: string, deployment: string) => string
  readonly codeOf: (body: string) => string
}

const tensorCode = (body: string) => (JSON.parse(body) as { error: string }).error.split(':')[0] ?? ''
const mlflowCode = (body: string) =>
  (body.startsWith('{') ? (JSON.parse(body) as { message: string }).message : body).split(':')[0] ?? ''
const datatypeOf = (deployment: string) => (deployment === 'late' ? 'FP64' : 'INT64')

const jsonDialects: Readonly<Record<string, Dialect>> = {
  native: {
    path: name => `/predict/${name}`,
    body: (origin, distance) => `{"rows":[{"origin":${origin},"distance":${distance}}]}`,
    codeOf: body => (JSON.parse(body) as { error: { code: string } }).error.code,
  },
  oip: {
    path: name => `/v2/models/${name}/infer`,
    body: (origin, distance, name) =>
      `{"inputs":[{"name":"origin","shape":[1],"datatype":"BYTES","data":[${origin}]},{"name":"distance","shape":[1],"datatype":"${datatypeOf(name)}","data":[${distance}]}]}`,
    codeOf: tensorCode,
  },
  'v1 rows': {
    path: name => `/v1/models/${name}:predict`,
    body: (origin, distance) => `{"instances":[{"origin":${origin},"distance":${distance}}]}`,
    codeOf: tensorCode,
  },
  'v1 columns': {
    path: name => `/v1/models/${name}:predict`,
    body: (origin, distance) => `{"inputs":{"origin":[${origin}],"distance":[${distance}]}}`,
    codeOf: tensorCode,
  },
  'mlflow split': {
    path: name => `/deployments/${name}/invocations`,
    body: (origin, distance) =>
      `{"dataframe_split":{"columns":["distance","origin"],"data":[[${distance},${origin}]]}}`,
    codeOf: mlflowCode,
  },
  'mlflow records': {
    path: name => `/deployments/${name}/invocations`,
    body: (origin, distance) => `{"dataframe_records":[{"origin":${origin},"distance":${distance}}]}`,
    codeOf: mlflowCode,
  },
  'sagemaker lines': {
    path: name => `/deployments/${name}/invocations`,
    media: 'application/jsonlines',
    body: (origin, distance) => `{"origin":${origin},"distance":${distance}}\n`,
    codeOf: mlflowCode,
  },
}

interface Sent {
  readonly status: number
  readonly code: string | null
  readonly body: string
}

async function send(
  path: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Sent> {
  const response = await fetch(front.url + path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  })
  return {
    status: response.status,
    code: response.headers.get('fettle-error-code'),
    body: await response.text(),
  }
}

function mediaOf({ media }: Dialect): Readonly<Record<string, string>> {
  return media === undefined ? {} : { 'content-type': media }
}

/** Bodies that no dialect takes; a code for MLflow's apart where it says it another way. */
const bodies: readonly (readonly [name: string, body: string | Buffer, code: string])[] = [
  ['text', 'hello', 'BAD_JSON'],
  ['two values', '{} {}', 'BAD_JSON'],
  ['truncated', '{"rows":[{"a"', 'BAD_JSON'],
  ['10 000 brackets', '['.repeat(10_000), 'TOO_DEEP'],
  ['33 objects', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, 'TOO_DEEP'],
  ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'BAD_UTF8'],
  ['a number of 65 characters', `{"rows":${'1'.repeat(65)}}`, 'BAD_JSON'],
  ['a NUL', '{"rows":[\0]}', 'BAD_JSON'],
]

describe.each(Object.entries(jsonDialects))('%s', (_, dialect) => {
  const path = dialect.path('late')
  const media = mediaOf(dialect)
  const expectRefused = (sent: Sent, status: number, code: string) => {
    expect([sent.status, sent.code, sent.body && dialect.codeOf(sent.body)]).toEqual([status, code, code])
    expect(sent.body).not.toMatch(/node:|\/src\/|at .*\.ts/)
  }

  it.each(bodies)('%s', async (_name, body, code) => {
    expectRefused(await send(path, body, media), 400, code)
  })

  it('a byte-order mark', async () => {
    const sent = await send(path, `\ufeff${dialect.body('"SEA"', '1', 'late')}`, media)
    expectRefused(sent, 400, dialect.media ? 'BAD_CSV' : 'BAD_JSON')
  })

  const values: [string, string, string, string][] = [
    ['a lone surrogate', '"\\ud800"', '1', 'BAD_UTF8'],
    ['no key', 'null', '1', 'NULL_NOT_ALLOWED'],
    ['a key of another type', '7', '1', 'WRONG_TYPE'],
    ['a key with NUL', '"a\\u0000"', '1', 'BAD_KEY'],
    ['a key of 1 MB', `"${'a'.repeat(1_000_000)}"`, '1', 'BAD_KEY'],
    ['text for a number', '"SEA"', '"1"', 'WRONG_TYPE'],
    ['true for a number', '"SEA"', 'true', 'WRONG_TYPE'],
    ['an object for a number', '"SEA"', '{"a":1}', 'WRONG_TYPE'],
    ['1e400', '"SEA"', '1e400', 'OUT_OF_RANGE'],
    ['Infinity', '"SEA"', 'Infinity', 'OUT_OF_RANGE'],
    ['-Infinity', '"SEA"', '-Infinity', 'OUT_OF_RANGE'],
    ['NaN for a text', 'NaN', '1', 'WRONG_TYPE'],
  ]
  it.each(values)('%s', async (_name, origin, distance, code) => {
    const sent = await send(path, dialect.body(origin, distance, 'late'), media)
    expectRefused(sent, 400, code)
    expect(sent.body).toMatch(/origin|distance/)
  })

  const integers: [string, string][] = [
    ['1.5', 'NOT_AN_INTEGER'],
    ['9223372036854775808', 'OUT_OF_RANGE'],
    ['1e19', 'OUT_OF_RANGE'],
    ['1e999999999', 'OUT_OF_RANGE'],
    ['"x"', 'WRONG_TYPE'],
    ['false', 'WRONG_TYPE'],
    ['NaN', 'NOT_AN_INTEGER'],
  ]
  it.each(integers)('%s for int64', async (distance, code) => {
    expectRefused(
      await send(dialect.path('of-int64'), dialect.body('"SEA"', distance, 'of-int64'), media),
      400,
      code,
    )
  })

  it.each(['1.0', '1e3', '"9007199254740993"', '9223372036854775807', 'null'])(
    '%s for a nullable int64 is fine',
    async distance => {
      const body = dialect.body('"SEA"', distance, 'of-int64')
      expect((await send(dialect.path('of-int64'), body, media)).status).toBe(200)
    },
  )

  it('NaN and null for a nullable float are missing; an unknown entity is answered', async () => {
    for (const distance of ['NaN', 'null'])
      expect((await send(path, dialect.body('"ZZZ"', distance, 'late'), media)).status).toBe(200)
  })

  it('encodings: br, truncated gzip, a bomb', async () => {
    const body = dialect.body('"SEA"', '1', 'late')
    const zipped = gzipSync(body)
    const bomb = gzipSync(Buffer.alloc(13 * 1024 * 1024, 0x20))
    expect(bomb.length).toBeLessThan(14 * 1024)
    expectRefused(await send(path, body, { ...media, 'content-encoding': 'br' }), 415, 'UNSUPPORTED_ENCODING')
    const gzip = { ...media, 'content-encoding': 'gzip' }
    expectRefused(await send(path, zipped.subarray(0, 20), gzip), 400, 'BAD_HEADER')
    expectRefused(await send(path, 'plain', gzip), 400, 'BAD_HEADER')
    expectRefused(await send(path, bomb, gzip), 413, 'BODY_TOO_LARGE')
    expect((await send(path, zipped, gzip)).status).toBe(200)
    expect((await send(path, deflateSync(body), { ...media, 'content-encoding': 'deflate' })).status).toBe(
      200,
    )
  })

  it('media, methods, timeouts, deployments', async () => {
    const body = dialect.body('"SEA"', '1', 'late')
    expectRefused(await send(path, body, { 'content-type': 'image/png' }), 415, 'UNSUPPORTED_MEDIA')
    expectRefused(
      await send(path, body, { 'content-type': `${dialect.media ?? 'application/json'}; charset=latin1` }),
      415,
      'BAD_CHARSET',
    )
    for (const [timeout, status, code] of [
      ['0', 504, 'DEADLINE'],
      ['-1', 400, 'BAD_HEADER'],
      ['abc', 400, 'BAD_HEADER'],
    ] as const)
      expectRefused(await send(path, body, { ...media, 'fettle-timeout-ms': timeout }), status, code)
    expect((await send(path, body, { ...media, 'fettle-timeout-ms': '1000000000' })).status).toBe(200)
    expectRefused(await send(dialect.path('nobody'), body, media), 404, 'UNKNOWN_DEPLOYMENT')
    const got = await fetch(front.url + path)
    expect([got.status, got.headers.get('fettle-error-code'), got.headers.get('allow')]).toEqual([
      405,
      'METHOD_NOT_ALLOWED',
      'POST',
    ])
  })
})

describe('transport', () => {
  const head = 'POST /predict/late HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'

  it('a body that does not come: 408, and the connection ends', async () => {
    const answer = await rawHttp(front.url, `${head}Content-Length: 100\r\n\r\n{"origin"`)
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(answer).toMatch(/fettle-error-code: SLOW_BODY/i)
    expect(answer).toMatch(/connection: close/i)
  })

  it('100 000 headers: 431', async () => {
    const headers = Array.from({ length: 100_000 }, (_, i) => `x-${i}: 1\r\n`).join('')
    const answer = await rawHttp(front.url, `${head}${headers}Content-Length: 2\r\n\r\n{}`)
    expect(answer).toMatch(/^HTTP\/1\.1 431 /)
    expect(answer).toMatch(/fettle-error-code: HEADERS_TOO_LARGE/i)
  })

  const body = '{"origin":"SEA","distance":1}'
  const smuggled: [string, string][] = [
    ['two lengths', `Content-Length: ${body.length}\r\nContent-Length: 5\r\n\r\n${body}`],
    ['length and chunks', `Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${body}`],
    ['chunks twice removed', `Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${body}`],
    ['a length that is none', `Content-Length: +5\r\n\r\n${body}`],
    ['a bare line feed in a header', `X-A: b\nContent-Length: 5\r\n\r\n${body}`],
    ['a header with NUL', `X-A: b\0c\r\nContent-Length: ${body.length}\r\n\r\n${body}`],
  ]
  it.each(smuggled)('%s: 400 once, and the connection ends', async (_, rest) => {
    const answer = await rawHttp(front.url, head + rest)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(answer).toMatch(/connection: close/i)
  })

  const paths: [string, number][] = [
    ['/deployments/late', 404],
    ['/deployments//invocations', 404],
    ['/deployments/%2e%2e/invocations', 404],
    ['/v1/models/late:nothing', 404],
    ['/v1/models/late/versions/9:predict', 404],
    ['/v1/models/late/labels/stable:predict', 404],
    ['/v1/../v2', 404],
    ['/v2/models/late/versions/9/infer', 404],
    ['/v2/models/late/versions/%00/infer', 404],
    ['/v2/repository/models/late/drop', 404],
    [`/v2/models/${'x'.repeat(5000)}/infer`, 404],
    ['/openapi.json/x', 404],
  ]
  it.each(paths)('POST %s: %i', async (path, status) => {
    const answer = await rawHttp(
      front.url,
      `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(answer).toMatch(/fettle-error-code: UNKNOWN_|METHOD_/i)
  })

  it('after all of it: answers, and no fault was ours', async () => {
    expect((await send('/predict/late', body)).status).toBe(200)
    const status = await front.admin('/admin/status')
    expect(status.text).not.toContain('INTERNAL')
  })
})
