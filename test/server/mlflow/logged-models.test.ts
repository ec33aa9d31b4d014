import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DialectServer, startDialect } from '../../support/dialect-server.ts'

let server: DialectServer
let run: string
beforeAll(async () => {
  server = await startDialect()
  run = await server.createRun()
})
afterAll(() => server.close())

interface WireModel {
  readonly info: Readonly<Record<string, unknown>> & { readonly model_id: string }
  readonly data: Readonly<Record<string, unknown>>
}

async function create(json: object): Promise<WireModel> {
  const { model } = await server.ok('POST', '/logged-models', { json: { experiment_id: '0', ...json } })
  return model as WireModel
}

async function get(id: string): Promise<WireModel> {
  return (await server.ok('GET', `/logged-models/${id}`))['model'] as WireModel
}

async function told(method: string, path: string, json?: object): Promise<readonly [number, unknown]> {
  const { status, body } = await server.send(method, path, json === undefined ? {} : { json })
  return [status, body['error_code']]
}

const invalid = [400, 'INVALID_PARAMETER_VALUE']
const unknown = [404, 'RESOURCE_DOES_NOT_EXIST']
const nobody = `m-${'0'.repeat(32)}`

describe('logged models', () => {
  it('are given a name, and empty text for what was not said', async () => {
    const { info, data } = await create({})
    expect(info).toMatchObject({ name: expect.stringMatching(/./), status: 'LOGGED_MODEL_PENDING' })
    expect(info).toMatchObject({ model_type: '', source_run_id: '' })
    expect(info).not.toHaveProperty('tags')
    expect(data).toEqual({})
  })

  it.each(['a/b', 'a:b', 'a.b', 'a%b', 'a"b', "a'b"])('are not named %s', async name => {
    expect(await told('POST', '/logged-models', { experiment_id: '0', name })).toEqual(invalid)
  })

  it('change status by name or number, and not by what is none', async () => {
    const { info } = await create({ name: 'm' })
    const path = `/logged-models/${info.model_id}`
    for (const [status, shown] of [
      ['LOGGED_MODEL_UPLOAD_FAILED', 'LOGGED_MODEL_UPLOAD_FAILED'],
      [2, 'LOGGED_MODEL_READY'],
    ] as const)
      expect(await server.ok('PATCH', path, { json: { status } })).toHaveProperty('model.info.status', shown)
    for (const status of ['READY', 7, 'LOGGED_MODEL_STATUS_UNSPECIFIED', null])
      expect(await told('PATCH', path, { status })).toEqual(invalid)
    expect((await get(info.model_id)).info['status']).toBe('LOGGED_MODEL_READY')
  })

  it('are named by the path, whatever the body says', async () => {
    const [first, second] = [await create({ name: 'first' }), await create({ name: 'second' })]
    const json = { model_id: second.info.model_id, tags: [{ key: 'k', value: 'v' }] }
    expect(await server.ok('PATCH', `/logged-models/${first.info.model_id}/tags`, { json })).toEqual({})
    expect((await get(first.info.model_id)).info['tags']).toEqual([{ key: 'k', value: 'v' }])
    expect((await get(second.info.model_id)).info).not.toHaveProperty('tags')
  })

  it('lose a tag of any key', async () => {
    const { info } = await create({ tags: [{ key: 'a/b c', value: '1' }] })
    const path = `/logged-models/${info.model_id}/tags/${encodeURIComponent('a/b c')}`
    expect(await server.ok('DELETE', path)).toEqual({})
    expect((await get(info.model_id)).info).not.toHaveProperty('tags')
    expect(await told('DELETE', path)).toEqual(unknown)
  })

  it('have metrics of datasets, each with the run that logged it', async () => {
    const { info } = await create({ source_run_id: run })
    const point = { key: 'auc', value: 0.5, timestamp: 1, step: 0, model_id: info.model_id }
    const dataset = { dataset_name: 'valid', dataset_digest: 'd1' }
    await server.ok('POST', '/runs/log-metric', { json: { run_id: run, ...point, ...dataset } })
    await server.ok('POST', '/runs/log-batch', {
      json: { run_id: run, metrics: [{ ...point, value: 'NaN' }] },
    })
    const { metrics } = (await get(info.model_id)).data
    expect(metrics).toHaveLength(2)
    expect(metrics).toEqual(
      expect.arrayContaining([
        { ...point, ...dataset, run_id: run },
        { ...point, value: 'NaN', run_id: run },
      ]),
    )
  })

  it('that are not there are 404 by every call', async () => {
    for (const id of [nobody, 'm-x', 'other'])
      for (const [method, path, json] of [
        ['GET', ''],
        ['PATCH', '', { status: 2 }],
        ['DELETE', ''],
        ['PATCH', '/tags', { tags: [{ key: 'a', value: 'b' }] }],
        ['DELETE', '/tags/a'],
        ['POST', '/params', { params: [{ key: 'a', value: 'b' }] }],
        ['GET', '/artifacts/directories'],
      ] as const)
        expect(await told(method, `/logged-models/${id}${path}`, json), `${method} ${path}`).toEqual(unknown)
    expect(await told('POST', '/runs/outputs', { run_id: run, models: [{ model_id: nobody }] })).toEqual(
      unknown,
    )
  })
})

describe('searching logged models', () => {
  const search = (json: object) => told('POST', '/logged-models/search', { experiment_ids: ['0'], ...json })

  it('orders by a metric of a dataset, absent last, in pages', async () => {
    const { experiment_id: id } = await server.ok('POST', '/experiments/create', {
      json: { name: 'ordered' },
    })
    const values: readonly (readonly [string, number])[] = [
      ['low', 1],
      ['high', 3],
      ['middle', 2],
    ]
    for (const [name, value] of values) {
      const { info } = await create({ experiment_id: id, name })
      const json = {
        run_id: run,
        key: 'm',
        value,
        timestamp: 1,
        model_id: info.model_id,
        dataset_name: 'd',
        dataset_digest: '1',
      }
      await server.ok('POST', '/runs/log-metric', { json })
    }
    await create({ experiment_id: id, name: 'absent' })
    const names: unknown[] = []
    let token: unknown
    do {
      const json = {
        ...{ experiment_ids: [id], max_results: 3, page_token: token },
        order_by: [{ field_name: 'metrics.m', ascending: false, dataset_name: 'd' }],
      }
      const page = await server.ok('POST', '/logged-models/search', { json })
      names.push(...(page['models'] as WireModel[]).map(({ info }) => info['name']))
      token = page['next_page_token']
    } while (token !== undefined)
    expect(names).toEqual(['high', 'middle', 'low', 'absent'])
  })

  it.each([
    [{ filter: "name = 'a' OR name = 'b'" }],
    [{ filter: 'colour = 1' }],
    [{ order_by: ['name'] }],
    [{ order_by: [{ ascending: true }] }],
    [{ order_by: [{ field_name: 'colour' }] }],
    [{ order_by: [{ field_name: 'name', ascending: 'yes' }] }],
    [{ datasets: [{ dataset_digest: 'd' }] }],
    [{ max_results: 0 }],
    [{ page_token: 'x' }],
  ])('refuses %j', async json => {
    expect(await search(json)).toEqual(invalid)
  })
})
