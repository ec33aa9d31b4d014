import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DialectServer, startDialect } from '../../support/dialect-server.ts'

let server: DialectServer
beforeAll(async () => {
  server = await startDialect()
})
afterAll(() => server.close())

let models = 0
/** A registered model with so many versions. */
async function modelWith(versions: number): Promise<string> {
  const name = `m${++models}`
  await server.ok('POST', '/registered-models/create', { json: { name } })
  for (let made = 0; made < versions; made++)
    await server.ok('POST', '/model-versions/create', { json: { name, source: 's3://bucket/model' } })
  return name
}

async function told(method: string, path: string, json: object): Promise<readonly [number, unknown]> {
  const { status, body } = await server.send(method, path, { json })
  return [status, body['error_code']]
}

async function model(name: string): Promise<Readonly<Record<string, unknown>>> {
  const found = await server.ok('GET', '/registered-models/get', { query: [['name', name]] })
  return found['registered_model'] as Readonly<Record<string, unknown>>
}

const invalid = [400, 'INVALID_PARAMETER_VALUE']
const unknown = [404, 'RESOURCE_DOES_NOT_EXIST']

describe('registered models', () => {
  it('keep any name, and refuse an unknown one by every call', async () => {
    const name = "Größe 'x' / ü & 100%"
    await server.ok('POST', '/registered-models/create', { json: { name, description: '' } })
    expect(await model(name)).toEqual({
      name,
      creation_timestamp: expect.any(Number),
      last_updated_timestamp: expect.any(Number),
    })
    for (const [method, path, more] of [
      ['POST', '/registered-models/rename', { new_name: 'x' }],
      ['PATCH', '/registered-models/update', { description: 'x' }],
      ['DELETE', '/registered-models/delete', {}],
      ['POST', '/registered-models/get-latest-versions', {}],
      ['POST', '/registered-models/set-tag', { key: 'a', value: 'b' }],
      ['POST', '/registered-models/alias', { alias: 'a', version: '1' }],
      ['POST', '/model-versions/create', { source: 's3://b/m' }],
    ] as const)
      expect(await told(method, path, { name: 'ghost', ...more }), path).toEqual(unknown)
  })

  it('refuse a taken name, and tags too long', async () => {
    const [first, second] = [await modelWith(0), await modelWith(0)]
    expect(await told('POST', '/registered-models/rename', { name: first, new_name: second })).toEqual([
      400,
      'RESOURCE_ALREADY_EXISTS',
    ])
    const tag = { name: first, key: 'k', value: 'v'.repeat(100_000) }
    await server.ok('POST', '/registered-models/set-tag', { json: tag })
    expect(await told('POST', '/registered-models/set-tag', { ...tag, value: `${tag.value}v` })).toEqual(
      invalid,
    )
    expect(await told('POST', '/registered-models/set-tag', { ...tag, key: 'k'.repeat(251) })).toEqual(
      invalid,
    )
  })

  it('show the newest version of each stage', async () => {
    const name = await modelWith(3)
    await server.ok('POST', '/model-versions/transition-stage', {
      json: { name, version: '1', stage: 'STAGING' },
    })
    const { latest_versions: latest } = await model(name)
    const shown = (latest as { version: string; current_stage: string }[]).map(each => [
      each.version,
      each.current_stage,
    ])
    expect(shown.sort()).toEqual([
      ['1', 'Staging'],
      ['3', 'None'],
    ])
    expect(await told('POST', '/registered-models/get-latest-versions', { name, stages: ['Gone'] })).toEqual(
      invalid,
    )
    const found = await server.ok('POST', '/registered-models/get-latest-versions', {
      json: { name, stages: ['staging'] },
    })
    expect(found).toMatchObject({ model_versions: [{ version: '1' }] })
  })
})

describe('versions', () => {
  it('are named by decimal text', async () => {
    const name = await modelWith(1)
    for (const version of ['two', '1.5', '1e0', '1_0', '--1'])
      expect(
        (
          await server.send('GET', '/model-versions/get', {
            query: [
              ['name', name],
              ['version', version],
            ],
          })
        ).status,
      ).toBe(400)
    for (const version of ['0', '-1', '2', '999999999999999', '9'.repeat(30)])
      expect(
        (
          await server.send('GET', '/model-versions/get', {
            query: [
              ['name', name],
              ['version', version],
            ],
          })
        ).status,
      ).toBe(404)
    expect(await told('PATCH', '/model-versions/update', { name, version: 1, description: 'x' })).toEqual(
      invalid,
    )
    expect(await told('DELETE', '/model-versions/delete', { name })).toEqual(invalid)
  })

  it.each([
    '/etc/passwd',
    'relative/path',
    'file:///etc/passwd',
    '../up',
    'mlflow-artifacts:/0/../../etc',
    'mlflow-artifacts:/0/%2e%2e/%2e%2e/etc',
    's3://bucket/../other',
    'http://127.0.0.1/model',
    'http://169.254.169.254/latest',
    'http://[::1]/x',
  ])('do not come from %s', async source => {
    const name = await modelWith(0)
    const { status, body } = await server.send('POST', '/model-versions/create', { json: { name, source } })
    expect([status, body['error_code']]).toEqual(invalid)
    expect(body['message']).toMatch(/Invalid model version source/)
  })

  it('show what was said of them', async () => {
    const name = await modelWith(0)
    const run = await server.createRun()
    const json = {
      name,
      source: `runs:/${run}/model`,
      run_id: run,
      run_link: 'http://x/y',
      description: 'd',
      tags: [{ key: 'a', value: '' }],
    }
    const { model_version: made } = await server.ok('POST', '/model-versions/create', { json })
    expect(made).toMatchObject({
      ...{
        name,
        version: '1',
        current_stage: 'None',
        source: json.source,
        run_id: run,
        run_link: 'http://x/y',
      },
      ...{ description: 'd', status: 'READY', tags: [{ key: 'a', value: '' }] },
    })
    const uri = await server.ok('GET', '/model-versions/get-download-uri', {
      query: [
        ['name', name],
        ['version', '1'],
      ],
    })
    expect(uri).toEqual({ artifact_uri: `mlflow-artifacts:/0/${run}/artifacts/model` })
  })

  it('share a stage unless the others are archived, which only two stages allow', async () => {
    const name = await modelWith(3)
    const stage = (version: string, to: string, archive?: boolean) =>
      told('POST', '/model-versions/transition-stage', {
        name,
        version,
        stage: to,
        archive_existing_versions: archive,
      })
    expect(await stage('1', 'Production')).toEqual([200, undefined])
    expect(await stage('2', 'production', false)).toEqual([200, undefined])
    expect(await stage('3', 'Production', true)).toEqual([200, undefined])
    expect(await stage('3', 'Archived', true)).toEqual(invalid)
    const { model_versions: found } = await server.ok('GET', '/model-versions/search', {
      query: [
        ['filter', `name='${name}'`],
        ['order_by', 'version_number ASC'],
      ],
    })
    expect((found as { current_stage: string }[]).map(each => each.current_stage)).toEqual([
      'Archived',
      'Archived',
      'Production',
    ])
  })
})

describe('aliases', () => {
  it('are case-sensitive names of versions', async () => {
    const name = await modelWith(2)
    const set = (alias: string, version = '1') =>
      told('POST', '/registered-models/alias', { name, alias, version })
    expect(await set('Best')).toEqual([200, undefined])
    expect(await set('best', '2')).toEqual([200, undefined])
    expect((await model(name))['aliases']).toEqual(
      expect.arrayContaining([
        { alias: 'Best', version: '1' },
        { alias: 'best', version: '2' },
      ]),
    )
    for (const alias of ['latest', 'Latest', 'LATEST', 'v1', 'V007', 'a b', 'a/b', 'a'.repeat(256)])
      expect(await set(alias), alias).toEqual(invalid)
    expect(await set('a'.repeat(255))).toEqual([200, undefined])
    expect(await set('best', '9')).toEqual(unknown)
    expect(await set('best', 'one')).toEqual(invalid)
    await server.ok('DELETE', '/model-versions/delete', { json: { name, version: '2' } })
    expect(await told('DELETE', '/registered-models/alias', { name, alias: 'best' })).toEqual([
      200,
      undefined,
    ])
    const { status } = await server.send('GET', '/registered-models/alias', {
      query: [
        ['name', name],
        ['alias', 'best'],
      ],
    })
    expect(status).toBe(400)
  })

  it('are unset by bodies of DELETE on one connection', async () => {
    const name = await modelWith(1)
    for (const alias of ['a', 'b', 'c'])
      await server.ok('POST', '/registered-models/alias', { json: { name, alias, version: '1' } })
    for (const alias of ['a', 'b', 'c', 'c'])
      await server.ok('DELETE', '/registered-models/alias', { json: { name, alias } })
    expect(await model(name)).not.toHaveProperty('aliases')
  })

  it('are set by many at once, one after another', async () => {
    const name = await modelWith(5)
    const sets = ['1', '2', '3', '4', '5'].map(version =>
      told('POST', '/registered-models/alias', { name, alias: 'raced', version }),
    )
    for (const answer of await Promise.all(sets)) expect(answer).toEqual([200, undefined])
    expect((await model(name))['aliases']).toHaveLength(1)
  })
})

describe('searches', () => {
  it('refuse OR, and what they do not know', async () => {
    for (const path of ['/registered-models/search', '/model-versions/search'])
      for (const filter of ["name = 'a' OR name = 'b'", 'name', "(name = 'a')", "colour = 'x'"]) {
        const { status } = await server.send('GET', path, { query: [['filter', filter]] })
        expect(status, `${path} ${filter}`).toBe(400)
      }
    expect(
      (await server.send('GET', '/model-versions/search', { query: [['page_token', 'x']] })).status,
    ).toBe(400)
  })

  it('leave prompts out unless they are asked for', async () => {
    const tags = [{ key: 'mlflow.prompt.is_prompt', value: 'true' }]
    await server.ok('POST', '/registered-models/create', { json: { name: 'a-prompt', tags } })
    await server.ok('POST', '/model-versions/create', {
      json: { name: 'a-prompt', source: 'dummy-source', tags: [{ key: 'mlflow.prompt.text', value: 'Hi' }] },
    })
    const names = async (filter?: string) => {
      const query = filter === undefined ? [] : [['filter', filter] as const]
      const { registered_models: found = [] } = await server.ok('GET', '/registered-models/search', { query })
      return (found as { name: string }[]).map(each => each.name)
    }
    expect(await names()).not.toContain('a-prompt')
    expect(await names("tags.`mlflow.prompt.is_prompt` = 'true'")).toEqual(['a-prompt'])
  })
})
