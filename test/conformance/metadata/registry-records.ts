import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { CurrentDefinition } from '../../../src/projects/index.ts'
import { createRegistryRecords, type RegistryRecords, type Release } from '../../../src/registry/index.ts'
import type { MetadataUnderTest } from '../metadata.ts'
import { hashOf, loggedId, runId, trackedFiles } from './registry-fixture.ts'

const ada = { name: 'ada' }
const step = { name: 'step:prn_1/register' }
export function registryRecordsSuite({ db, again, clock }: MetadataUnderTest): void {
  let records: RegistryRecords
  const deps = () => ({ uow: db(), clock, ...trackedFiles() })
  beforeAll(() => {
    records = createRegistryRecords(deps())
  })
  const tick = () => clock.set(clock.nowMicros() + 1_000n)
  const create = (name: string, tags = {}) => records.models.create({ name, tags }, ada)
  const register = (model: string, changes = {}) => {
    tick()
    return records.versions.create({ model, source: 'runs:/run_id/model', run: 'run_id', ...changes }, ada)
  }
  const actions = async (model: string) =>
    (await db().read.audit.list({ objectPrefix: `model:${model}`, limit: 500 })).items
      .map(each => each.action)
      .reverse()

  describe('registry records', () => {
    it('keeps names as they come, and counts a name made again from 1 under another id', async () => {
      const first = await create('Late Flights / ü')
      expect(await records.models.get('Late Flights / ü')).toEqual(first)
      await register(first.name)
      await register(first.name)
      await expect(create(first.name)).rejects.toMatchObject({
        code: 'NAME_TAKEN',
        message: expect.stringMatching(/Registered Model .+ already exists/),
      })
      await records.models.remove(first.name, ada)
      await expect(records.models.get(first.name)).rejects.toMatchObject({
        code: 'MODEL_UNKNOWN',
        message: `Registered Model with name=${first.name} not found`,
      })
      const second = await create(first.name)
      expect(second.id).not.toBe(first.id)
      expect((await register(first.name)).version).toBe(1)
    })

    it('never gives a number again while the model lives', async () => {
      await create('numbered')
      for (const version of [1, 2, 3]) expect((await register('numbered')).version).toBe(version)
      await records.versions.remove({ model: 'numbered', version: 3 }, ada)
      expect((await register('numbered')).version).toBe(4)
      const gone = { model: 'numbered', version: 3 }
      for (const refused of [
        () => records.versions.get(gone),
        () => records.aliases.set({ ...gone, alias: 'best' }, ada),
      ])
        await expect(refused()).rejects.toMatchObject({ code: 'MODEL_VERSION_UNKNOWN' })
    })

    it('takes aliases away with a deleted version, as events, and writes an audit row for every change', async () => {
      await create('audited', { team: 'ops' })
      await register('audited', { tags: { n: '1' }, description: 'one' })
      const name = { model: 'audited', version: 1 }
      await records.aliases.set({ ...name, alias: 'Best', reason: 'good' }, ada)
      await records.aliases.set({ ...name, alias: 'best' }, ada)
      await records.aliases.remove({ model: 'audited', alias: 'nobody' }, ada)
      expect((await records.versions.get(name)).aliases).toEqual(['Best', 'best'])
      await records.versions.setTag(name, { key: 'k', value: '' }, ada)
      await records.versions.removeTag(name, 'k', ada)
      await records.versions.removeTag(name, 'k', ada)
      await records.versions.describe(name, 'first', ada)
      await records.versions.setStage(name, { stage: 'Staging', archiveExisting: false }, ada)
      await records.models.setTag('audited', { key: 'k', value: 'v' }, ada)
      await records.models.removeTag('audited', 'k', ada)
      await records.models.describe('audited', 'all', ada)
      await records.versions.remove(name, ada)
      expect(await records.aliases.history('audited')).toMatchObject([
        { alias: 'Best', version: 1, by: 'ada', reason: 'good' },
        { alias: 'best', version: 1 },
        { alias: 'Best', version: null, reason: 'version 1 was deleted' },
        { alias: 'best', version: null },
      ])
      await records.models.rename('audited', 'renamed', ada)
      expect(await records.aliases.history('renamed')).toHaveLength(4)
      await records.models.remove('renamed', ada)
      expect(await actions('audited')).toEqual([
        'model.created',
        'model-version.created',
        'alias.moved',
        'alias.moved',
        'model-version.tagged',
        'model-version.untagged',
        'model-version.described',
        'model-version.staged',
        'model.tagged',
        'model.untagged',
        'model.described',
        'alias.removed',
        'alias.removed',
        'model-version.deleted',
      ])
      expect(await actions('renamed')).toEqual(['model.renamed', 'model.deleted'])
    })

    it('shares stages, archives those of the same on demand, and answers the newest of each', async () => {
      await create('staged')
      for (let i = 0; i < 4; i++) await register('staged')
      const stage = (version: number, to: string, archiveExisting = false) =>
        records.versions.setStage({ model: 'staged', version }, { stage: to as 'None', archiveExisting }, ada)
      expect((await stage(1, 'production')).stage).toBe('Production')
      await stage(2, 'Production')
      expect((await records.versions.latest('staged', ['PRODUCTION'])).map(each => each.version)).toEqual([2])
      await stage(3, 'Production', true)
      const all = await records.versions.latest('staged')
      expect(all.map(each => [each.version, each.stage])).toEqual(
        expect.arrayContaining([
          [2, 'Archived'],
          [3, 'Production'],
          [4, 'None'],
        ]),
      )
      expect(all).toHaveLength(3)
      for (const [bad, archive] of [
        ['None', true],
        ['Archived', true],
        ['Prod', false],
      ] as const)
        await expect(stage(1, bad, archive)).rejects.toMatchObject({ code: 'REGISTRY_INVALID' })
    })

    it('finds files, signature and location behind every kind of source', async () => {
      await create('sourced')
      const version = async (source: string) => {
        const { files, signature, location, format, executesCode } = await register('sourced', { source })
        return {
          paths: files.map(({ path }) => path),
          inputs: signature?.inputs.length,
          location,
          format,
          executesCode,
        }
      }
      const whole = {
        paths: ['MLmodel', 'model.pkl'],
        inputs: 1,
        format: 'mlflow',
        executesCode: ['MLmodel', 'model.pkl'],
      }
      const place = `mlflow-artifacts:/1/${runId}/artifacts/model`
      expect(await version(`runs:/${runId}/model`)).toEqual({ ...whole, location: place })
      expect(await version(place)).toEqual({ ...whole, location: place })
      expect(await version(`models:/${loggedId}`)).toEqual({
        ...whole,
        location: `mlflow-artifacts:/1/models/${loggedId}/artifacts`,
      })
      expect(await version('models:/sourced/1')).toEqual({ ...whole, location: place })
      expect(await version('s3://bucket/model')).toMatchObject({ paths: [], location: 's3://bucket/model' })
      expect(await version('runs:/unknown/model')).toMatchObject({
        paths: [],
        location: 'runs:/unknown/model',
      })
      expect(await records.versions.dependents({ model: 'sourced', version: 1 })).toEqual([
        { kind: 'version', name: 'sourced@4' },
      ])
      const refused: readonly (readonly [string, string])[] = [
        [`runs:/${runId}/lost`, 'lost/MLmodel'],
        [`runs:/${runId}/told`, 'told/MLmodel'],
      ]
      for (const [source, path] of refused)
        await expect(register('sourced', { source })).rejects.toMatchObject({
          code: 'REGISTRY_INVALID',
          message: expect.stringContaining(path),
        })
      await expect(register('sourced', { source: `models:/m-${'c'.repeat(32)}` })).rejects.toMatchObject({
        code: 'LOGGED_MODEL_UNKNOWN',
      })
      expect((await register('sourced')).version).toBe(7)
    })

    it('refuses bad input and writes nothing', async () => {
      await create('strict')
      const sources = [
        ...['/etc/passwd', 'file:/etc', './a', 'a/b', 'C:\\x', '', 'mlflow-artifacts:/1/../../etc'],
        ...[
          'mlflow-artifacts:/1/%2e%2e/x',
          's3://b/%252e%252e/x',
          'http://10.0.0.1/m',
          'https://localhost/m',
        ],
        ...[
          'http://[::1]/m',
          'http://169.254.169.254/',
          'http://0x7f.1/m',
          'runs:/',
          'models:/',
          's3://a\u0000b',
        ],
      ]
      for (const source of sources)
        await expect(register('strict', { source }), source).rejects.toMatchObject({
          code: 'REGISTRY_INVALID',
          message: expect.stringContaining('Invalid model version source'),
        })
      for (const key of ['', 'a//b', '../a', '/a', 'a/', './a', 'k'.repeat(251), 'a\nb', 'a*'])
        await expect(register('strict', { tags: { [key]: 'v' } }), key).rejects.toMatchObject({
          code: 'REGISTRY_INVALID',
        })
      const long = { tags: { k: 'v'.repeat(100_001) } }
      await expect(register('strict', long)).rejects.toMatchObject({ code: 'REGISTRY_INVALID' })
      await expect(register('ghost')).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' })
      for (const name of ['', 'a\u0000', 'x'.repeat(257)])
        await expect(create(name)).rejects.toMatchObject({ code: 'NAME_INVALID' })
      expect((await register('strict', { tags: { 'a b/c.d-e:f_ü': '' } })).version).toBe(1)
      const set = (alias: string, version = 1) =>
        records.aliases.set({ model: 'strict', alias, version }, ada)
      for (const alias of ['', 'latest', 'v1', 'V12', 'a b', 'a/b'])
        await expect(set(alias)).rejects.toMatchObject({ code: 'NAME_INVALID' })
      await expect(set('best', 9)).rejects.toMatchObject({ code: 'MODEL_VERSION_UNKNOWN' })
      await expect(records.aliases.get('strict', 'best')).rejects.toMatchObject({ code: 'ALIAS_UNKNOWN' })
      for (const limit of [0, -1, 1.5, 200_001])
        await expect(records.versions.search({ limit })).rejects.toMatchObject({ code: 'REGISTRY_INVALID' })
      for (const filter of ["name > 'a'", "evil = 'x'", "name = 'a' OR name = 'b'"])
        await expect(records.models.search({ filter })).rejects.toMatchObject({ code: 'FILTER_INVALID' })
      await expect(records.models.search({ orderBy: ['name', 'name DESC'] })).rejects.toMatchObject({
        code: 'ORDER_INVALID',
      })
      await expect(records.versions.search({ cursor: 'bm90IG91cnM' })).rejects.toMatchObject({
        code: 'BAD_REQUEST',
      })
    })

    it('refuses to delete or rename what a release refers to, and keeps its aliases to deploying', async () => {
      const model = 'released'
      await create(model)
      await register(model)
      await register(model)
      await release(db, { deployment: 'live', model, version: 1 })
      const one = { model, version: 1 }
      expect(await records.versions.dependents(one)).toEqual([{ kind: 'release', name: 'live@1' }])
      await expect(records.versions.remove(one, ada)).rejects.toMatchObject({
        code: 'VERSION_IN_USE',
        details: { dependents: [{ kind: 'release', name: 'live@1' }] },
      })
      await expect(records.models.remove(model, ada)).rejects.toMatchObject({ code: 'VERSION_IN_USE' })
      await expect(records.models.rename(model, 'other', ada)).rejects.toMatchObject({
        code: 'VERSION_IN_USE',
      })
      await records.aliases.set({ ...one, alias: 'champion' }, ada)
      await db().transaction(stores => stores.definitions.setCurrent(liveDeployment))
      expect(await records.versions.dependents(one)).toEqual([
        { kind: 'release', name: 'live@1' },
        { kind: 'deployment', name: 'live' },
      ])
      for (const alias of ['champion', 'challenger'])
        await expect(records.aliases.set({ model, version: 2, alias }, ada)).rejects.toMatchObject({
          code: 'ALIAS_PROTECTED',
          message: expect.stringContaining('"live"'),
        })
      await expect(records.aliases.remove({ model, alias: 'champion' }, step)).rejects.toMatchObject({
        code: 'ALIAS_PROTECTED',
      })
      await records.aliases.set({ model, version: 2, alias: 'challenger' }, step)
      await records.aliases.set({ ...one, alias: 'champion' }, ada)
      await records.aliases.set({ model, version: 2, alias: 'best' }, ada)
      expect((await records.models.get(model)).aliases).toEqual({ best: 2, challenger: 2, champion: 1 })
      await records.versions.remove({ model, version: 2 }, ada)
      expect((await records.models.get(model)).aliases).toEqual({ champion: 1 })
      await db().transaction(stores => stores.definitions.archive('deployment:live', 2n))
      await records.aliases.remove({ model, alias: 'champion' }, ada)
    })

    it('two who move one alias at once both leave an event, and the last wins', async () => {
      await create('raced-records')
      for (let i = 0; i < 2; i++) await register('raced-records')
      const other = await again()
      const rival = createRegistryRecords({ ...deps(), uow: other })
      const set = (service: RegistryRecords, version: number) =>
        service.aliases.set({ model: 'raced-records', alias: 'best', version }, ada)
      await Promise.all([set(records, 1), set(rival, 2)])
      await other.close()
      const history = await records.aliases.history('raced-records')
      expect(history.map(({ version }) => version).sort()).toEqual([1, 2])
      expect((await records.models.get('raced-records')).aliases).toEqual({ best: history.at(-1)?.version })
    })

    it('the alias history answers as of any instant what a list in memory answers', async () => {
      await create('history')
      for (let i = 0; i < 3; i++) await register('history')
      const moves = fc.array(
        fc.record({
          alias: fc.constantFrom('a', 'A', 'b'),
          version: fc.constantFrom(1, 2, 3, null),
          wait: fc.constantFrom(0n, 1n, 7n),
        }),
        { minLength: 1, maxLength: 12 },
      )
      const told: { readonly alias: string; readonly version: number | null; readonly at: bigint }[] = []
      await fc.assert(
        fc.asyncProperty(moves, async list => {
          for (const { alias, version, wait } of list) {
            clock.set(clock.nowMicros() + wait)
            const change = { model: 'history', alias }
            if (version === null) await records.aliases.remove(change, ada)
            else await records.aliases.set({ ...change, version }, ada)
            told.push({ alias, version, at: clock.nowMicros() })
          }
          for (const alias of ['a', 'A', 'b'])
            for (const at of new Set(told.slice(-8).flatMap(each => [each.at - 1n, each.at, each.at + 1n]))) {
              let wanted: number | null = null
              for (const each of told) if (each.alias === alias && each.at <= at) wanted = each.version
              expect(await records.aliases.at({ model: 'history', alias, at })).toBe(wanted)
            }
        }),
        { numRuns: 8 },
      )
    })
  })
}

const liveDeployment: CurrentDefinition = {
  ref: 'deployment:live',
  kind: 'deployment',
  name: 'live',
  version: 1,
  semanticHash: hashOf('e'),
  descriptiveHash: hashOf('e'),
  definition: { kind: 'deployment', name: 'live' } as CurrentDefinition['definition'],
  appliedAt: 1n,
  by: 'ada',
  location: null,
}

/** The part of a release that tells which version it is of. */
function release(
  db: MetadataUnderTest['db'],
  {
    deployment,
    model,
    version,
  }: { readonly deployment: string; readonly model: string; readonly version: number },
): Promise<void> {
  const document = { deployment, number: 1, digest: hashOf('d'), model: { name: model, version } }
  return db().transaction(async stores => {
    const told = { by: 'ada', reason: '' }
    await stores.deployments.insertRelease({ release: document as Release, createdAt: 1n, ...told })
    await stores.deployments.insertServing({ deployment, number: 1, at: 1n, ...told })
  })
}
