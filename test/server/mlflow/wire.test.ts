import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DialectServer, type Sent, startDialect } from '../../support/dialect-server.ts'

let server: DialectServer
let run: string
beforeAll(async () => {
  server = await startDialect()
  run = await server.createRun()
})
afterAll(() => server.close())

const json = { 'content-type': 'application/json' }

/** Refused as a user's mistake, with a message that holds the fragment. */
async function refused(method: string, path: string, sent: Sent, fragment: RegExp = /./): Promise<void> {
  const answer = await server.send(method, path, sent)
  expect([answer.status, answer.body['error_code']], answer.text).toEqual([400, 'INVALID_PARAMETER_VALUE'])
  expect(answer.body['message']).toMatch(fragment)
}

async function historyOf(key: string): Promise<unknown> {
  const query = [
    ['run_id', run],
    ['metric_key', key],
  ] as const
  return (await server.ok('GET', '/metrics/get-history', { query }))['metrics']
}

describe('metrics on the wire', () => {
  it.each([
    ['a word', { value: 'abc' }, /Invalid value "abc" for parameter 'value' supplied/],
    ['a boolean', { value: true }, /Invalid value true for parameter 'value'/],
    ['hexadecimal text', { value: '0x10' }, /value/],
    ['NaN in another case', { value: 'nan' }, /"NaN"/],
    ['no value', { value: null }, /Missing value for required parameter 'value'/],
    ['a fractional step', { step: 1.5 }, /Invalid value 1\.5 for parameter 'step'/],
    ['a step of 2^53', { step: 2 ** 53 }, /step/],
    ['a step of 2^53 as text', { step: '9007199254740992' }, /step/],
    ['a step with a fraction as text', { step: '7.0' }, /step/],
    ['a boolean step', { step: false }, /step/],
    ['a time before 1970', { timestamp: -1 }, /timestamp/],
    ['no time', { timestamp: undefined }, /Missing value for required parameter 'timestamp'/],
    ['a time that is a word', { timestamp: 'now' }, /timestamp/],
    ['a key that is a number', { key: 5 }, /Invalid value 5 for parameter 'key'/],
    ['a dataset without a digest', { dataset_name: 'd' }, /dataset_digest/],
  ])('refuses %s and writes nothing', async (_name, change, fragment) => {
    const point = { run_id: run, key: 'bad', value: 1, timestamp: 1, step: 0, ...change }
    await refused('POST', '/runs/log-metric', { json: point }, fragment)
    const inBatch =
      'key' in change
        ? /metrics\[1\]\.key/
        : new RegExp(
            `metrics\\[1\\]\\.${Object.keys(change)[0] === 'dataset_name' ? 'dataset_digest' : Object.keys(change)[0]}`,
          )
    const good = { key: 'bad', value: 1, timestamp: 1, step: 0 }
    await refused(
      'POST',
      '/runs/log-batch',
      { json: { run_id: run, metrics: [good, { ...good, ...change }] } },
      inBatch,
    )
    expect(await historyOf('bad')).toBeUndefined()
  })

  it.each(['NaN', 'Infinity', '-Infinity'])('says how to send a bare %s', async token => {
    const text = `{"run_id":"${run}","key":"bare","value":${token},"timestamp":1}`
    await refused('POST', '/runs/log-metric', { text, headers: json }, new RegExp(`"${token}"`))
    expect(await historyOf('bare')).toBeUndefined()
  })

  it('keeps a time in the year 9999, decimal text and the sign of a step', async () => {
    const point = { run_id: run, key: 'far', value: '-1.5e3', timestamp: '253370764800000', step: '-7' }
    await server.ok('POST', '/runs/log-metric', { json: point })
    expect(await historyOf('far')).toEqual([
      { key: 'far', value: -1500, timestamp: 253370764800000, step: -7 },
    ])
  })

  it('clamps infinities and what is too large for a double', async () => {
    const values = ['Infinity', '-Infinity', '1e999']
    for (const [step, value] of values.entries())
      await server.ok('POST', '/runs/log-metric', {
        json: { run_id: run, key: 'inf', value, timestamp: 1, step },
      })
    expect(((await historyOf('inf')) as { value: number }[]).map(({ value }) => value)).toEqual([
      Number.MAX_VALUE,
      -Number.MAX_VALUE,
      Number.MAX_VALUE,
    ])
  })
})

describe('bodies', () => {
  it.each([
    ['cut JSON', { text: '{', headers: json }],
    ['a list', { json: [1] }],
    ['a number', { json: 5 }],
    ['null', { text: 'null', headers: json }],
    ['nothing', { text: '', headers: json }],
    ['no UTF-8', { text: Buffer.from([0x7b, 0xff, 0x7d]), headers: json }],
    ['text encoded three times', { json: JSON.stringify(JSON.stringify({ max_results: 1 })) }],
    ['a thousand thousand lists in one another', { text: '['.repeat(1_000_000), headers: json }],
    [
      'a filter as deep as that',
      { text: `{"filter":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, headers: json },
    ],
    ['another content type', { text: '{}', headers: { 'content-type': 'text/plain' } }],
    ['no content type', { text: '{}' }],
    ['a form', { text: 'max_results=5', headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
  ] satisfies readonly (readonly [string, Sent])[])('refuses %s', async (_name, sent) => {
    await refused('POST', '/experiments/search', sent)
  })

  it('refuses 40 MB with 413, and the sender gets to read it', async () => {
    const text = `{"filter":"${'x'.repeat(40_000_000)}"}`
    const answer = await server.send('POST', '/experiments/search', { text, headers: json })
    expect([answer.status, answer.body['error_code']]).toEqual([413, 'INVALID_PARAMETER_VALUE'])
  })

  it('takes a charset, a body encoded twice, and null for absent', async () => {
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' }
    await server.ok('POST', '/experiments/search', { text: '{"max_results":5}', headers })
    await server.ok('POST', '/experiments/search', { json: JSON.stringify({ max_results: 5 }) })
    const sent = { max_results: null, order_by: null, filter: null, view_type: null, page_token: '' }
    await server.ok('POST', '/experiments/search', { json: sent })
  })

  it.each([
    ['text for a list', { order_by: 'name' }, /order_by/],
    ['null in a list', { order_by: [null] }, /order_by\[0\]/],
    ['a number in a list of texts', { order_by: [1] }, /order_by\[0\]/],
    ['a list for text', { filter: ['x'] }, /filter/],
    ['an unknown view', { view_type: 'SOME' }, /view_type/],
    ['an unknown number of a view', { view_type: 9 }, /view_type/],
    ['a fraction', { max_results: 1.5 }, /max_results/],
    ['half of a surrogate pair', { filter: '\ud800' }, /filter/],
    ['U+0000', { filter: '\u0000' }, /filter/],
    ['no results', { max_results: 0 }, /positive integer/],
    ['fewer than no results', { max_results: -1 }, /positive integer/],
    ['too many results', { max_results: 50_001 }, /Invalid value 50001 for parameter 'max_results' supplied/],
    ['an altered token', { page_token: 'x' }, /[Tt]oken/],
  ])('refuses %s', async (_name, sent, fragment) => {
    await refused('POST', '/experiments/search', { json: sent }, fragment)
  })

  it.each(['ALL', 3, '3'])('reads view %s', async view => {
    await server.ok('POST', '/experiments/search', { json: { view_type: view } })
  })

  it('reads a body of GET where there is no query, and the query where there is', async () => {
    const body = { json: { experiment_id: '0' } }
    expect(await server.ok('GET', '/experiments/get', body)).toHaveProperty('experiment.name', 'Default')
    const both = { ...body, query: [['experiment_id', '999']] as const }
    expect((await server.send('GET', '/experiments/get', both)).status).toBe(404)
  })

  it.each(['1.5', 'x', '', '0'])('judges max_results=%s of a query', async value => {
    const query = [['max_results', value]] as const
    const { status } = await server.send('GET', '/registered-models/search', { query })
    expect(status).toBe(400)
  })

  it('reads both names of a run, in a body too', async () => {
    await server.ok('POST', '/runs/set-tag', { json: { run_uuid: run, key: 'a', value: '' } })
    const { run: found } = await server.ok('GET', '/runs/get', { query: [['run_uuid', run]] })
    expect(found).toMatchObject({ info: { run_id: run, run_uuid: run } })
    expect((found as { data: { tags: object[] } }).data.tags).toContainEqual({ key: 'a', value: '' })
  })
})

describe('addresses', () => {
  it.each([
    ['GET', '/api/2.0/mlflow/nope'],
    ['GET', '/api/2.0mlflow/experiments/search-datasets'],
    ['POST', '/api/3.0/mlflow/traces/search'],
    ['GET', '/api/3.0/mlflow/runs/get'],
    ['POST', '/ajax-api/2.0/mlflow/traces'],
    ['GET', '/ajax-api/2.0/mlflow/gateway-proxy'],
    ['GET', '/ajax-api/3.0/mlflow/scorers/list'],
    ['GET', '/api/2.0/mlflow/metrics/get-history-bulk'],
    ['POST', '/v1/traces'],
    ['POST', '/api/2.0/mlflow/runs/create-promptlab-run'],
    ['DELETE', '/api/2.0/mlflow'],
  ])('%s %s is a JSON 404', async (method, path) => {
    const answer = await server.send(method, path, { json: {} })
    expect([answer.status, answer.body['error_code']]).toEqual([404, 'ENDPOINT_NOT_FOUND'])
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
  })

  it.each([
    ['GET', '/api/2.0/mlflow/runs/create', 'POST'],
    ['POST', '/api/2.0/mlflow/registered-models/update', 'PATCH'],
    ['PUT', '/ajax-api/2.0/mlflow/experiments/search', 'POST, GET'],
    ['POST', '/api/2.0/mlflow/logged-models/m-1', 'GET, PATCH, DELETE'],
    ['PATCH', '/api/2.0/mlflow-artifacts/artifacts/0/x', 'GET, PUT, DELETE'],
    ['DELETE', '/graphql', 'GET, POST'],
  ])('%s %s is a JSON 405 that names %s', async (method, path, allow) => {
    const answer = await server.send(method, path, { json: {} })
    expect([answer.status, answer.body['error_code'], answer.headers.allow]).toEqual([
      405,
      'ENDPOINT_NOT_FOUND',
      allow,
    ])
  })

  it('answers below both prefixes', async () => {
    for (const base of ['/api', '/ajax-api'])
      await server.ok('GET', `${base}/2.0/mlflow/experiments/get`, { query: [['experiment_id', '0']] })
  })

  it('tells what cannot be decoded in its own words', async () => {
    await refused('GET', '/api/2.0/mlflow-artifacts/artifacts/%zz', {})
  })
})

describe('probes', () => {
  it('answers health and a version that hides no feature', async () => {
    expect((await server.send('GET', '/health')).text).toBe('OK')
    expect((await server.send('GET', '/version')).text).toMatch(
      /^3\.3\.0\+fettle\.[a-z0-9]+(?:[-_.][a-z0-9]+)*$/,
    )
  })

  it.each(['GET', 'POST'])('%s server-info answers a client with a workspace', async method => {
    const headers = { 'x-mlflow-workspace': 'team' }
    const sent = method === 'POST' ? { headers, text: 'anything' } : { headers }
    expect(await server.ok(method, '/api/3.0/mlflow/server-info', sent)).toMatchObject({
      workspaces_enabled: false,
      trace_archival_enabled: false,
    })
  })

  it('refuses a workspace everywhere else, and an empty one nowhere', async () => {
    const query = [['experiment_id', '0']] as const
    await refused(
      'GET',
      '/experiments/get',
      { query, headers: { 'x-mlflow-workspace': 'team' } },
      /[Ww]orkspace/,
    )
    await server.ok('GET', '/experiments/get', { query, headers: { 'x-mlflow-workspace': '' } })
  })
})

describe('runs that are not there', () => {
  it.each(['0'.repeat(32), 'not-hex', '../x', 'é'.repeat(40)])('%s is a 404 of the same words', async id => {
    for (const [method, path, sent] of [
      ['GET', '/runs/get', { query: [['run_id', id]] }],
      ['POST', '/runs/set-tag', { json: { run_id: id, key: 'a', value: 'b' } }],
      ['POST', '/runs/log-batch', { json: { run_id: id, tags: [{ key: 'a', value: 'b' }] } }],
      ['POST', '/runs/update', { json: { run_id: id, status: 'FINISHED' } }],
      ['POST', '/runs/delete', { json: { run_id: id } }],
      [
        'GET',
        '/metrics/get-history',
        {
          query: [
            ['run_id', id],
            ['metric_key', 'm'],
          ],
        },
      ],
      ['GET', '/artifacts/list', { query: [['run_id', id]] }],
    ] satisfies readonly (readonly [string, string, Sent])[]) {
      const answer = await server.send(method, path, sent)
      expect([answer.status, answer.body['error_code'], answer.body['message']], path).toEqual([
        404,
        'RESOURCE_DOES_NOT_EXIST',
        `Run with id=${id} not found`,
      ])
    }
  })
})
