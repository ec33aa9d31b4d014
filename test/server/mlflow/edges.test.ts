import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DialectServer, type Sent, startDialect } from '../../support/dialect-server.ts'

let server: DialectServer
beforeAll(async () => {
  server = await startDialect()
})
afterAll(() => server.close())

const told = async (method: string, path: string, sent: Sent): Promise<readonly [number, unknown]> => {
  const { status, body } = await server.send(method, path, sent)
  return [status, body['error_code']]
}
const post = (path: string, json: object) => told('POST', path, { json })
const get = (path: string, query: Readonly<Record<string, string>>) =>
  told('GET', path, { query: Object.entries(query) })
const ok = [200, undefined] as const
const invalid = [400, 'INVALID_PARAMETER_VALUE'] as const
const unknown = [404, 'RESOURCE_DOES_NOT_EXIST'] as const

describe('runs and experiments', () => {
  it('are born without user and time as an empty text and 0', async () => {
    const { run } = await server.ok('POST', '/runs/create', { json: { experiment_id: '0' } })
    expect(run).toHaveProperty('info', expect.objectContaining({ user_id: '', start_time: 0 }))
    expect(run).not.toHaveProperty('info.end_time')
  })

  it('may be called a space, and keys may not begin with two dots', async () => {
    expect(await post('/experiments/create', { name: ' ' })).toEqual(ok)
    const run_id = await server.createRun()
    for (const key of ['..a', '...', '..'])
      expect(await post('/runs/log-metric', { run_id, key, value: 1, timestamp: 1 })).toEqual(invalid)
    for (const key of ['.a', 'a..b', 'a/..b'])
      expect(await post('/runs/log-metric', { run_id, key, value: 1, timestamp: 1 })).toEqual(ok)
  })

  it.each([
    ['inf', Number.MAX_VALUE],
    ['-Inf', -Number.MAX_VALUE],
    ['+infinity', Number.MAX_VALUE],
  ])('take %s as a metric', async (value, kept) => {
    const run_id = await server.createRun()
    await server.ok('POST', '/runs/log-metric', { json: { run_id, key: 'm', value, timestamp: 1 } })
    const query = Object.entries({ run_id, metric_key: 'm', max_results: '30000' })
    const { metrics } = await server.ok('GET', '/metrics/get-history', { query })
    expect(metrics).toEqual([{ key: 'm', value: kept, timestamp: 1, step: 0 }])
  })

  it('may hold a thousand params, and are found in pages of 50 000', async () => {
    const run_id = await server.createRun('many params')
    for (let part = 0; part < 10; part++) {
      const params = Array.from({ length: 100 }, (_, at) => ({ key: `p${part}/${at}`, value: String(at) }))
      await server.ok('POST', '/runs/log-batch', { json: { run_id, params } })
    }
    const json = { experiment_ids: ['0'], filter: "run_name = 'many params'", max_results: 50_000 }
    const { runs } = (await server.ok('POST', '/runs/search', { json })) as {
      runs: { data: { params: object[] } }[]
    }
    expect(runs.map(({ data }) => data.params.length)).toEqual([1000])
  })

  it('list their files and folders by path', async () => {
    const run = await server.createRun()
    for (const path of ['b/x', 'a', 'c'])
      await server.ok('PUT', `/api/2.0/mlflow-artifacts/artifacts/0/${run}/artifacts/${path}`, { text: path })
    const { files } = (await server.ok('GET', '/artifacts/list', { query: [['run_id', run]] })) as {
      files: { path: string }[]
    }
    expect(files.map(({ path }) => path)).toEqual(['a', 'b', 'c'])
  })

  it('take no page token of another store', async () => {
    const other = await startDialect()
    try {
      const json = { experiment_ids: ['0'], max_results: 1 }
      for (const each of [server, other])
        for (const name of ['one', 'two']) {
          await each.ok('POST', '/runs/create', {
            json: { experiment_id: '0', run_name: name, start_time: 5 },
          })
        }
      const { next_page_token: page_token } = await other.ok('POST', '/runs/search', { json })
      expect(page_token).toEqual(expect.any(String))
      expect(await post('/runs/search', { ...json, page_token })).toEqual(invalid)
    } finally {
      await other.close()
    }
  })
})

describe('registered models', () => {
  const register = (name: string, more: object = {}) =>
    server.ok('POST', '/model-versions/create', { json: { name, source: 's3://b/x', ...more } })

  it('say nothing with an empty text', async () => {
    await server.ok('POST', '/registered-models/create', { json: { name: 'quiet' } })
    const { model_version } = await register('quiet')
    expect(model_version).toMatchObject({ description: '', run_id: '', run_link: '' })
    const search = (filter: string) =>
      server.ok('GET', '/model-versions/search', { query: [['filter', `name = 'quiet' AND ${filter}`]] })
    expect(await search("run_id != 'x'")).toHaveProperty('model_versions')
    expect(await search("run_id NOT IN ('x')")).toHaveProperty('model_versions')
    expect(await search("run_id = ''")).toHaveProperty('model_versions')
    expect(await get('/model-versions/search', { filter: 'version_number = 1.5' })).toEqual(invalid)
    expect(await get('/registered-models/search', { order_by: 'attribute.name' })).toEqual(invalid)
  })

  it('may be renamed to what they are called, with their aliases', async () => {
    await server.ok('POST', '/registered-models/create', { json: { name: 'kept' } })
    await register('kept')
    await server.ok('POST', '/registered-models/alias', {
      json: { name: 'kept', alias: 'prod', version: '1' },
    })
    expect(await post('/registered-models/rename', { name: 'kept', new_name: 'kept' })).toEqual(ok)
    expect(await post('/registered-models/rename', { name: 'kept', new_name: 'moved' })).toEqual(ok)
    expect(await get('/registered-models/alias', { name: 'moved', alias: 'prod' })).toEqual(ok)
    expect(await get('/registered-models/alias', { name: 'kept', alias: 'prod' })).toEqual(unknown)
  })

  it('have a latest version, and reserved aliases that are absent', async () => {
    await server.ok('POST', '/registered-models/create', { json: { name: 'aliased' } })
    expect(await get('/registered-models/alias', { name: 'aliased', alias: 'latest' })).toEqual(unknown)
    await register('aliased')
    await register('aliased')
    const query = Object.entries({ name: 'aliased', alias: 'Latest' })
    const found = await server.ok('GET', '/registered-models/alias', { query })
    expect(found).toHaveProperty('model_version.version', '2')
    for (const alias of ['v1', 'latest', 'nobody'])
      expect(await told('DELETE', '/registered-models/alias', { json: { name: 'aliased', alias } })).toEqual(
        ok,
      )
    expect(
      await told('DELETE', '/registered-models/alias', { json: { name: 'aliased', alias: 'a b' } }),
    ).toEqual(invalid)
  })

  it('show the newest version of each stage, for all models of a page at once', async () => {
    for (const name of ['staged one', 'staged two']) {
      await server.ok('POST', '/registered-models/create', { json: { name } })
      for (let version = 1; version <= 3; version++) await register(name)
      const json = { name, version: '2', stage: 'Staging' }
      await server.ok('POST', '/model-versions/transition-stage', { json })
    }
    const query = [['filter', "name LIKE 'staged %'"]] as const
    const { registered_models: found } = (await server.ok('GET', '/registered-models/search', { query })) as {
      registered_models: { latest_versions: { version: string; current_stage: string }[] }[]
    }
    expect(
      found.map(each => each.latest_versions.map(({ version, current_stage }) => [version, current_stage])),
    ).toEqual(
      Array(2).fill([
        ['3', 'None'],
        ['2', 'Staging'],
      ]),
    )
  })

  it('keep the versions of prompts to those who ask for them', async () => {
    const tags = [{ key: 'mlflow.prompt.is_prompt', value: 'true' }]
    await server.ok('POST', '/registered-models/create', { json: { name: 'prompted', tags } })
    await register('prompted', { source: 'dummy-source', tags })
    const search = (filter: string) =>
      server.ok('GET', '/model-versions/search', { query: [['filter', `name = 'prompted'${filter}`]] })
    expect(await search('')).toEqual({})
    expect(await search(" AND tags.`mlflow.prompt.is_prompt` = 'true'")).toHaveProperty('model_versions')
  })

  it('have no tags of unusable keys to delete', async () => {
    await server.ok('POST', '/registered-models/create', { json: { name: 'tagged' } })
    for (const key of ['../x', 'a#', '...'])
      expect(
        await told('DELETE', '/registered-models/delete-tag', { json: { name: 'tagged', key } }),
      ).toEqual(invalid)
  })
})

describe('logged models', () => {
  it('keep every point, each once, and are ordered by the latest in time', async () => {
    const { experiment_id } = await server.ok('POST', '/experiments/create', { json: { name: 'points' } })
    const run_id = await server.createRun()
    const ids: string[] = []
    for (const [low, high] of [
      [1, 9],
      [5, 2],
    ] as const) {
      const { model } = (await server.ok('POST', '/logged-models', {
        json: { experiment_id, name: `m${low}` },
      })) as { model: { info: { model_id: string } } }
      const { model_id } = model.info
      ids.push(model_id)
      const on = { dataset_name: 'd', dataset_digest: 'x' }
      const metrics = [
        { key: 'a b', value: low, timestamp: 1, step: 7, model_id },
        { key: 'a b', value: high, timestamp: 2, step: 0, model_id, ...on },
      ]
      for (let twice = 0; twice < 2; twice++)
        await server.ok('POST', '/runs/log-batch', { json: { run_id, metrics } })
      const found = await server.ok('GET', `/logged-models/${model_id}`)
      expect(found).toHaveProperty('model.data.metrics.length', 2)
    }
    const order = async (more: object) => {
      const json = { experiment_ids: [experiment_id], order_by: [{ field_name: 'metrics.a b', ...more }] }
      const { models } = (await server.ok('POST', '/logged-models/search', { json })) as {
        models: { info: { model_id: string } }[]
      }
      return models.map(({ info }) => ids.indexOf(info.model_id))
    }
    expect(await order({})).toEqual([1, 0])
    expect(await order({ ascending: false })).toEqual([0, 1])
    expect(await order({ dataset_digest: 'x' })).toEqual([1, 0])
    expect(await order({ dataset_name: 'nobody', dataset_digest: 'x' })).toEqual([1, 0])
    for (const field_name of ['params.p', 'attributes.name', 'metrics.'])
      expect(
        await post('/logged-models/search', { experiment_ids: [experiment_id], order_by: [{ field_name }] }),
      ).toEqual(invalid)
  })

  it('are searched in experiments that are named', async () => {
    expect(await post('/logged-models/search', {})).toEqual(invalid)
    expect(await post('/logged-models/search', { experiment_ids: [] })).toEqual(ok)
    expect(await post('/logged-models/search', { experiment_ids: ['0'], filter: ' ' })).toEqual(invalid)
  })
})
