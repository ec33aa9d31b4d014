import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deploy, writeRelease } from '../../testing/release-fixture.ts'
import { row, startTestFront, type TestFront, until } from '../../testing/test-front.ts'

let front: TestFront
beforeAll(async () => {
  front = await startTestFront({
    others: [{ deployment: 'of-time', distanceType: 'timestamp' }],
    dialects: { defaultDeployment: 'late' },
  })
})
afterAll(() => front.close())

async function send(path: string, body: unknown, type = 'application/json') {
  const response = await fetch(front.url + path, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': type },
  })
  const text = await response.text()
  return {
    status: response.status,
    code: response.headers.get('fettle-error-code'),
    type: response.headers.get('content-type'),
    text,
    body: (text.startsWith('{') ? JSON.parse(text) : {}) as {
      predictions: unknown
      error_code: string
      message: string
    },
  }
}

describe('MLflow scoring', () => {
  const other = { origin: 'ZZZ', distance: 1 }
  const expected = async () => {
    const { body } = await front.post('/predict/late', { rows: [row, other] })
    return body.predictions.map(({ score }, at) => ({ score, action: at === 0 ? 'warn' : 'none' }))
  }
  const bodies: [string, unknown][] = [
    [
      'dataframe_split, extra columns dropped',
      {
        dataframe_split: {
          columns: ['distance', 'x', 'origin'],
          index: [7, 8],
          data: [
            [500, null, 'SEA'],
            [1, null, 'ZZZ'],
          ],
        },
        params: {},
      },
    ],
    ['dataframe_records', { dataframe_records: [{ ...row, x: 1 }, other] }],
    ['instances', { instances: [row, other] }],
    ['inputs, columns', { inputs: { origin: ['SEA', 'ZZZ'], distance: [500, 1] } }],
    ['inputs, records', { inputs: [row, other] }],
  ]
  it.each(bodies)('%s', async (_, body) => {
    expect((await send('/invocations', body)).body.predictions).toEqual(await expected())
    expect((await send('/deployments/late/invocations', body)).body.predictions).toEqual(await expected())
  })

  it.each([
    ['origin,distance\nSEA,500\nZZZ,1', 'text/csv'],
    ['distance,origin,x\r\n500.0,"SEA",\r\n1e0,ZZZ,"a,\nb"\r\n', 'text/csv; charset=utf-8'],
    ['SEA,500\nZZZ,1\n', 'text/csv; header=absent'],
  ])('CSV %j as %s', async (body, type) => {
    expect((await send('/invocations', body, type)).body.predictions).toEqual(await expected())
  })

  it('an empty field is missing, so are nan and NaN; times may be without zone', async () => {
    const sent = await send('/invocations', 'origin,distance\nSEA,\nSEA,nan\nSEA,NaN\n', 'text/csv')
    const [first] = (await front.post('/predict/late', { origin: 'SEA', distance: null })).body.predictions
    expect(sent.body.predictions).toEqual(Array(3).fill({ score: first?.score, action: expect.any(String) }))
    const times = ['2001-05-17', '2001-05-17T10:58:00', '2001-05-17 10:58:00.000', '2001-05-17T10:58:00Z']
    for (const time of times) {
      const body = { dataframe_records: [{ origin: 'SEA', distance: time }] }
      expect((await send('/deployments/of-time/invocations', body)).status).toBe(200)
    }
  })

  const csv = 'text/csv'
  const bad: [string, unknown, string, number, string, RegExp][] = [
    [
      'two keys',
      { instances: [], dataframe_records: [] },
      'application/json',
      400,
      'EXACTLY_ONE_OF',
      /instances/,
    ],
    ['none', {}, 'application/json', 400, 'EXACTLY_ONE_OF', /none/],
    ['a bare list', [row], 'application/json', 400, 'EXACTLY_ONE_OF', /bare list/],
    ['something else', { instances: [], x: 1 }, 'application/json', 400, 'UNKNOWN_INPUT', /beside instances/],
    ['messages', { messages: [] }, 'application/json', 501, 'UNSUPPORTED', /generative/],
    ['no columns', { dataframe_split: { data: [] } }, 'application/json', 400, 'WRONG_TYPE', /columns/],
    [
      'a short row',
      { dataframe_split: { columns: ['origin', 'distance'], data: [['SEA', 1], ['SEA']] } },
      'application/json',
      400,
      'RAGGED_DATA',
      /row 1/,
    ],
    [
      'a missing column',
      { dataframe_split: { columns: ['origin'], data: [] } },
      'application/json',
      400,
      'MISSING_INPUT',
      /distance/,
    ],
    ['a column twice', 'origin,origin,distance\n', csv, 400, 'DUPLICATE_NAME', /origin/],
    ['no header', '', csv, 400, 'BAD_CSV', /line 1/],
    ['no header but a row', 'SEA,500\n', csv, 400, 'MISSING_INPUT', /origin/],
    ['a quote never closed', 'origin,distance\n"SEA,1\n', csv, 400, 'BAD_CSV', /line 2/],
    ['a quote within', 'origin,distance\nS"EA,1\n', csv, 400, 'BAD_CSV', /line 2/],
    ['text behind a quote', 'origin,distance\n"SEA"x,1\n', csv, 400, 'BAD_CSV', /line 2/],
    ['an empty line', 'origin,distance\nSEA,1\n\nSEA,2\n', csv, 400, 'BAD_CSV', /line 3/],
    ['a lone CR', 'origin,distance\rSEA,1', csv, 400, 'BAD_CSV', /line 1/],
    ['a thousands separator', 'origin,distance\nSEA,1,000\n', csv, 400, 'BAD_CSV', /line 2/],
    ['the same in quotes', 'origin,distance\nSEA,"1,000"\n', csv, 400, 'WRONG_TYPE', /line 2/],
    [
      'text after a line break in quotes',
      'origin,distance\n"a\nb",1\nSEA,x\n',
      csv,
      400,
      'WRONG_TYPE',
      /line 4/,
    ],
    ['a byte-order mark', '\ufefforigin,distance\n', csv, 400, 'BAD_CSV', /byte-order/],
    ['too many fields', `${','.repeat(20_000)}\n`, csv, 400, 'BAD_CSV', /line 1/],
    ['too many lines', `origin,distance\n${'SEA,1\n'.repeat(5000)}`, csv, 413, 'BATCH_TOO_LARGE', /4096/],
    ['a charset', 'origin\n', 'text/csv; charset=latin1', 415, 'BAD_CHARSET', /charset/],
    ['another parameter', {}, 'application/json; format=pandas-split', 415, 'BAD_CHARSET', /parameter/],
    ['JSON lines out of the profile', '{}', 'application/jsonlines', 415, 'UNSUPPORTED_MEDIA', /csv/],
  ]
  it.each(bad)('%s', async (_, body, type, status, code, message) => {
    const sent = await send('/invocations', body, type)
    expect([sent.status, sent.code]).toEqual([status, code])
    expect(sent.text).toMatch(message)
    if (status === 415) expect(sent.type).toMatch(/^text\/plain/)
    else expect(sent.body.error_code).toBe(status === 501 ? 'NOT_IMPLEMENTED' : 'BAD_REQUEST')
  })

  it('probes', async () => {
    const get = async (path: string) => {
      const response = await fetch(front.url + path)
      return [response.status, await response.text()]
    }
    expect(await get('/ping')).toEqual([200, '\n'])
    expect(await get('/health')).toEqual([200, '\n'])
    expect(await get('/version')).toEqual([200, expect.stringMatching(/^\d+\.\d+\.\d+/)])
    expect((await get('/execution-parameters'))[0]).toBe(404)
  })
})

describe('the default deployment', () => {
  it('is the only one; of several none is', async () => {
    const alone = await startTestFront()
    try {
      const body = JSON.stringify({ instances: [row] })
      const invoke = async () => {
        const headers = { 'content-type': 'application/json' }
        const response = await fetch(`${alone.url}/invocations`, { method: 'POST', body, headers })
        return [response.status, response.headers.get('fettle-error-code')]
      }
      expect(await invoke()).toEqual([200, null])
      const second = writeRelease(alone.folder, { deployment: 'second' })
      deploy(
        alone.folder,
        { name: 'late', digest: alone.release.digest },
        { name: 'second', digest: second.digest },
      )
      await until(async () => (await invoke())[0] === 404)
      expect(await invoke()).toEqual([404, 'UNKNOWN_DEPLOYMENT'])
    } finally {
      await alone.close()
    }
  })
})
