import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DialectServer, startDialect } from '../../support/dialect-server.ts'

let server: DialectServer
beforeAll(async () => {
  server = await startDialect()
})
afterAll(() => server.close())

interface WireRun {
  readonly info: Readonly<Record<string, unknown>>
  readonly data: {
    readonly metrics?: readonly { readonly key: string; readonly value: unknown }[]
    readonly params?: readonly { readonly key: string; readonly value: string }[]
    readonly tags?: readonly { readonly key: string; readonly value: string }[]
  }
}

async function runOf(id: string): Promise<WireRun> {
  const { run } = (await server.ok('GET', '/runs/get', { query: [['run_id', id]] })) as { run: WireRun }
  return run
}

const tagsOf = ({ data }: WireRun) =>
  Object.fromEntries((data.tags ?? []).map(({ key, value }) => [key, value]))

async function post(path: string, json: object): Promise<readonly [number, unknown, string]> {
  const { status, body } = await server.send('POST', path, { json })
  return [status, body['error_code'], String(body['message'] ?? '')]
}

/** Status and code of what was refused; a message that does not hold the fragment is an error. */
async function refusal(
  path: string,
  json: object,
  fragment: RegExp = /./,
): Promise<readonly [number, unknown]> {
  const [status, code, message] = await post(path, json)
  expect(message).toMatch(fragment)
  return [status, code]
}

const invalid = [400, 'INVALID_PARAMETER_VALUE'] as const
const unknown = [404, 'RESOURCE_DOES_NOT_EXIST'] as const

async function createExperiment(name: string): Promise<string> {
  return String((await server.ok('POST', '/experiments/create', { json: { name } }))['experiment_id'])
}

describe('experiments', () => {
  it('count names in code points', async () => {
    await createExperiment('🦩'.repeat(500))
    expect(await refusal('/experiments/create', { name: '🦩'.repeat(501) }, /maximum length of 500/)).toEqual(
      invalid,
    )
  })

  it('keep the place they were given', async () => {
    const json = { name: 'elsewhere', artifact_location: 's3://bucket/place' }
    const { experiment_id: id } = await server.ok('POST', '/experiments/create', { json })
    const found = await server.ok('GET', '/experiments/get', { query: [['experiment_id', String(id)]] })
    expect(found).toHaveProperty('experiment.artifact_location', 's3://bucket/place')
    const { run } = (await server.ok('POST', '/runs/create', { json: { experiment_id: id } })) as {
      run: WireRun
    }
    expect(run.info['artifact_uri']).toBe(`s3://bucket/place/${run.info['run_id']}/artifacts`)
  })

  it('refuse a taken name, tags too long, and all writes while deleted', async () => {
    const id = await createExperiment('taken')
    const other = await createExperiment('other')
    expect(
      await refusal('/experiments/update', { experiment_id: other, new_name: 'taken' }, /already exists/),
    ).toEqual([400, 'RESOURCE_ALREADY_EXISTS'])
    const tag = { experiment_id: id, key: 'k', value: 'v'.repeat(5001) }
    expect(await refusal('/experiments/set-experiment-tag', tag, /maximum length of 5000/)).toEqual(invalid)
    expect(await refusal('/experiments/set-experiment-tag', { ...tag, key: 'k'.repeat(251) }, /250/)).toEqual(
      invalid,
    )
    const { run } = (await server.ok('POST', '/runs/create', { json: { experiment_id: id } })) as {
      run: WireRun
    }
    const gone = { run_id: run.info['run_id'], key: 'k', value: 'v' }
    await server.ok('POST', '/experiments/delete', { json: { experiment_id: id } })
    expect(await refusal('/experiments/set-experiment-tag', { ...tag, value: 'v' }, /must be in/)).toEqual(
      invalid,
    )
    expect(await refusal('/runs/create', { experiment_id: id }, /must be in/)).toEqual(invalid)
    expect(await refusal('/runs/set-tag', gone, /must be in/)).toEqual(invalid)
    expect((await runOf(String(gone.run_id))).info['lifecycle_stage']).toBe('deleted')
    await server.ok('POST', '/experiments/restore', { json: { experiment_id: id } })
    expect(await refusal('/experiments/restore', { experiment_id: id })).toEqual(unknown)
    await server.ok('POST', '/runs/set-tag', { json: gone })
  })
})

describe('runs', () => {
  it('show a zero, and leave out what is not set', async () => {
    const json = { experiment_id: '0', start_time: 0, user_id: '' }
    const { run } = (await server.ok('POST', '/runs/create', { json })) as { run: WireRun }
    expect(run.info).toMatchObject({ start_time: 0, status: 'RUNNING' })
    expect(run.info).not.toHaveProperty('end_time')
    expect(run).toMatchObject({ inputs: {}, outputs: {} })
  })

  it('change what is sent, by name or number, and nothing else', async () => {
    const id = await server.createRun('kept')
    const update = async (json: object) =>
      (await server.ok('POST', '/runs/update', { json: { run_id: id, ...json } }))['run_info']
    expect(await update({ status: 4, end_time: '1700000000123' })).toMatchObject({
      run_name: 'kept',
      status: 'FAILED',
      end_time: 1_700_000_000_123,
    })
    expect(await update({ run_name: '' })).toMatchObject({ run_name: 'kept', status: 'FAILED' })
    expect(await update({ run_name: 'renamed' })).toMatchObject({ run_name: 'renamed', status: 'FAILED' })
    expect(tagsOf(await runOf(id))).toMatchObject({ 'mlflow.runName': 'renamed' })
    expect(await refusal('/runs/update', { run_id: id, status: 'finished' }, /status/)).toEqual(invalid)
    expect(await refusal('/runs/update', { run_id: id, status: 6 }, /status/)).toEqual(invalid)
  })

  it('take logs after their end', async () => {
    const id = await server.createRun()
    await server.ok('POST', '/runs/update', { json: { run_id: id, status: 'FINISHED', end_time: 5 } })
    await server.ok('POST', '/runs/log-metric', { json: { run_id: id, key: 'late', value: 1, timestamp: 6 } })
    expect((await runOf(id)).data.metrics).toEqual([{ key: 'late', value: 1, timestamp: 6, step: 0 }])
  })

  it('keep keys of any letters, and names that objects have', async () => {
    const id = await server.createRun()
    const keys = ['größe', '日本', '__proto__', 'constructor', 'toString', '1', 'a:b/c d.e-f']
    const params = keys.map(key => ({ key, value: `v ${key}` }))
    await server.ok('POST', '/runs/log-batch', { json: { run_id: id, params, tags: params } })
    const { data } = await runOf(id)
    expect(data.params).toHaveLength(keys.length)
    expect(data.params).toEqual(expect.arrayContaining(params))
    expect(data.tags).toEqual(expect.arrayContaining(params))
    await server.ok('POST', '/runs/log-batch', { json: { run_id: id, params } })
  })

  it('find their models in a tag that stays JSON', async () => {
    const id = await server.createRun()
    const model = (name: string) => ({
      artifact_path: name,
      utc_time_created: '2024-01-01',
      run_id: id,
      flavors: { python_function: { filler: 'x'.repeat(3000) } },
    })
    for (const name of ['a', 'b', 'c'])
      await server.ok('POST', '/runs/log-model', {
        json: { run_id: id, model_json: JSON.stringify(model(name)) },
      })
    const history = JSON.parse(tagsOf(await runOf(id))['mlflow.log-model.history'] ?? '') as {
      artifact_path: string
    }[]
    expect(history.map(each => each.artifact_path)).toEqual(['b', 'c'])
    expect(await refusal('/runs/log-model', { run_id: id, model_json: '{' }, /model_json/)).toEqual(invalid)
    expect(await refusal('/runs/log-model', { run_id: id, model_json: '{}' }, /artifact_path/)).toEqual(
      invalid,
    )
  })

  it('are not changed by what is only a little wrong', async () => {
    const id = await server.createRun()
    const metric = { key: 'm', value: 1, timestamp: 1 }
    const cases: readonly (readonly [object, RegExp])[] = [
      [{ metrics: [metric, metric, metric, { ...metric, key: 'a%' }] }, /metrics\[3\]\.name/],
      [
        {
          params: [
            { key: 'p', value: '1' },
            { key: '../x', value: '1' },
          ],
        },
        /params\[1\]\.key/,
      ],
      [
        {
          tags: [
            { key: 't', value: '' },
            { key: 'u', value: '' },
            { key: '/', value: '' },
          ],
        },
        /tags\[2\]\.key/,
      ],
      [{ metrics: [metric], params: [{ value: '1' }] }, /params\[0\]\.key/],
      [{ metrics: [metric], tags: [{ key: 't', value: 5 }] }, /tags\[0\]\.value/],
      [{ metrics: [metric], params: 'p' }, /params/],
      [{ metrics: [metric, 5] }, /metrics\[1\]/],
      [{ metrics: { key: 'm' } }, /metrics/],
    ]
    for (const [json, fragment] of cases)
      expect(await refusal('/runs/log-batch', { run_id: id, ...json }, fragment)).toEqual(invalid)
    expect((await runOf(id)).data).toEqual({ tags: [{ key: 'mlflow.runName', value: 'r' }] })
  })
})

describe('history', () => {
  it('is asked for within its limits', async () => {
    const id = await server.createRun()
    const bulk = async (...query: (readonly [string, string])[]) => {
      const asked = [['run_ids', id], ['metric_key', 'm'], ...query] as const
      const { status, body } = await server.send('GET', '/metrics/get-history-bulk-interval', {
        query: asked,
      })
      return status === 200 ? body : body['error_code']
    }
    expect(await bulk()).toEqual({})
    expect(await bulk(['start_step', '1'])).toBe('INVALID_PARAMETER_VALUE')
    expect(await bulk(['start_step', '2'], ['end_step', '1'])).toBe('INVALID_PARAMETER_VALUE')
    expect(await bulk(['max_results', '2501'])).toBe('INVALID_PARAMETER_VALUE')
    expect(await bulk(...Array.from({ length: 100 }, () => ['run_ids', id] as const))).toBe(
      'INVALID_PARAMETER_VALUE',
    )
    expect(await bulk(['run_ids', '0'.repeat(32)])).toBe('RESOURCE_DOES_NOT_EXIST')
    const query = [
      ['run_id', id],
      ['metric_key', 'm'],
      ['max_results', '0'],
    ] as const
    expect((await server.send('GET', '/metrics/get-history', { query })).status).toBe(400)
  })

  it('of several runs comes in order for pages', async () => {
    const [first = '', second = ''] = [await server.createRun(), await server.createRun()].sort()
    for (const [id, value] of [
      [second, 2],
      [first, 1],
    ] as const)
      await server.ok('POST', '/runs/log-metric', {
        json: { run_id: id, key: 'm', value, timestamp: 1, step: 0 },
      })
    const query = [
      ['run_id', second],
      ['run_id', first],
      ['metric_key', 'm'],
    ] as const
    const { metrics } = await server.ok('GET', '/ajax-api/2.0/mlflow/metrics/get-history-bulk', { query })
    expect(metrics).toEqual([
      { key: 'm', value: 1, timestamp: 1, step: 0, run_id: first },
      { key: 'm', value: 2, timestamp: 1, step: 0, run_id: second },
    ])
  })
})

describe('inputs and outputs', () => {
  it('are shown by the run, with what was set of them', async () => {
    const id = await server.createRun()
    const { model } = (await server.ok('POST', '/logged-models', { json: { experiment_id: '0' } })) as {
      model: { info: { model_id: string } }
    }
    const model_id = model.info.model_id
    const dataset = { name: 'd', digest: '1', source_type: 'local', source: '{}' }
    const inputs = { run_id: id, datasets: [{ dataset }], models: [{ model_id }] }
    await server.ok('POST', '/runs/log-inputs', { json: inputs })
    await server.ok('POST', '/runs/outputs', { json: { run_id: id, models: [{ model_id }] } })
    const run = await runOf(id)
    expect(run).toHaveProperty('inputs', { dataset_inputs: [{ dataset }], model_inputs: [{ model_id }] })
    expect(run).toHaveProperty('outputs', { model_outputs: [{ model_id, step: 0 }] })
    const many = Array.from({ length: 1001 }, () => ({ dataset }))
    expect(await refusal('/runs/log-inputs', { run_id: id, datasets: many }, /1000/)).toEqual(invalid)
    expect(await refusal('/runs/log-inputs', { run_id: id, datasets: [{ tags: [] }] }, /dataset/)).toEqual(
      invalid,
    )
    expect(await refusal('/runs/outputs', { run_id: id }, /models/)).toEqual(invalid)
    for (const ids of [[], Array.from({ length: 21 }, String)])
      expect(await refusal('/experiments/search-datasets', { experiment_ids: ids })).toEqual(invalid)
  })
})

describe('searching runs', () => {
  it('gives a token that fits its query alone', async () => {
    const id = await createExperiment('tokens')
    for (const name of ['a', 'b', 'c'])
      await server.ok('POST', '/runs/create', { json: { experiment_id: id, run_name: name } })
    const page = { experiment_ids: [id], max_results: 2 }
    const { next_page_token: token } = (await server.ok('POST', '/runs/search', { json: page })) as {
      next_page_token: string
    }
    const next = await server.ok('POST', '/runs/search', { json: { ...page, page_token: token } })
    expect(next['runs']).toHaveLength(1)
    const broken = token.slice(0, -3) + (token.endsWith('AAA') ? 'BBB' : 'AAA')
    for (const changed of [{ page_token: broken }, { page_token: token, filter: "run_name = 'a'" }])
      expect(await refusal('/runs/search', { ...page, ...changed }, /[Tt]oken/)).toEqual(invalid)
  })

  it.each([
    ['metrics.a > 1;'],
    ['metrics.a 1'],
    ["metrics.a > '1'"],
    [`metrics.a > 1 ${'AND metrics.a > 1 '.repeat(100)}`],
    [`${'('.repeat(21)}metrics.a > 1${')'.repeat(21)}`],
    [`params.a = '${'x'.repeat(16 * 1024)}'`],
    [`params.a = '${'x'.repeat(1_000_000)}'`],
    ['metrics.a > 1 AND'],
    ['metrics.a > 1 AND AND metrics.b > 1'],
    ['metrics.a > 1 metrics.b > 1'],
  ])('refuses the filter %.40s', async filter => {
    expect(
      await refusal(
        '/runs/search',
        { experiment_ids: ['0'], filter },
        /[Ii]nvalid clause\(s\) in filter string/,
      ),
    ).toEqual(invalid)
  })

  it('answers nothing without experiments, and null is absent', async () => {
    expect(await server.ok('POST', '/runs/search', { json: {} })).toEqual({})
    expect(await server.ok('POST', '/runs/search', { json: { experiment_ids: null } })).toEqual({})
  })
})
