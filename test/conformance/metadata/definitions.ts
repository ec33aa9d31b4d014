import { beforeAll, describe, expect, it } from 'vitest'
import {
  constant,
  count,
  type Definition,
  deployment,
  entity,
  featureView,
  ge,
  int64,
  logistic,
  lookup,
  model,
  type Project,
  parquet,
  source,
  string,
  timestamp,
  trainingSet,
} from '../../../src/definitions/index.ts'
import { createProjectsService } from '../../../src/projects/index.ts'
import type { MetadataUnderTest } from '../metadata.ts'

const airport = entity('airport', { key: { airport: string() } })
const flights = source('flights', {
  from: parquet('flights.parquet'),
  columns: { airport: string(), delay: int64(), departed_at: timestamp(), landed_at: timestamp() },
  eventTime: 'departed_at',
  knownAt: 'landed_at',
})
const delays = featureView('delays', {
  entity: airport,
  source: flights,
  features: () => ({ n: count().over('1h') }),
})
const rows = trainingSet('rows', {
  spine: flights,
  lookups: f => [lookup(delays, { airport: f.airport })],
  label: { name: 'late', when: f => ge(f.delay, 15) },
  labelMaturity: '1d',
  split: { train: ['2001-01-01', '2001-02-01'], test: ['2001-02-01', '2001-03-01'] },
})
const late = model('late', {
  trainedOn: rows,
  task: 'binary',
  candidates: { baseline: logistic() },
  split: { train: 'train', judge: 'test' },
})
const live = deployment('late', { model: late, fallback: constant(0.2) })

const everything = [airport, flights, delays, rows, late, live]
const projectOf = (definitions: readonly object[]): Project => ({
  name: 'p',
  definitions: JSON.parse(JSON.stringify(definitions)) as Definition[],
  locations: {},
})
const principal = { name: 'ana' }

/** Plan and apply over the definition store: versions, staleness, deletions, all or nothing. */
export function definitionsSuite({ db, clock }: MetadataUnderTest): void {
  describe('definitions', () => {
    const projects = () =>
      createProjectsService({
        uow: db(),
        clock,
        defaultAsOf: () => '2001-05-01T00:00:00.000000Z',
        facts: async () => ({
          code: 'sha256:c',
          environment: 'sha256:e',
          sourceVersions: async () => ({ flights: 'files:1' }) as const,
          onlineStore: 'lmdb',
          scriptHash: async () => 's',
        }),
      })
    const apply = async (
      definitions: readonly object[],
      options: { base?: string; allowDelete?: boolean } = {},
    ) => {
      const project = projectOf(definitions)
      const base = options.base ?? (await projects().plan(project, '/p')).base
      return projects().apply({
        project,
        directory: '/p',
        base,
        allowDelete: options.allowDelete ?? false,
        principal,
      })
    }
    beforeAll(async () => {
      await apply(everything)
    })

    it('keeps what was applied, and applying it again changes nothing', async () => {
      const standing = await db().read.definitions.listCurrent()
      expect(standing.map(each => `${each.ref} v${each.version}`)).toEqual([
        'deployment:late v1',
        'entity:airport v1',
        'featureView:delays v1',
        'model:late v1',
        'source:flights v1',
        'trainingSet:rows v1',
      ])
      expect(await apply(everything)).toMatchObject({ applied: 0, unchanged: 6 })
      expect(await projects().name()).toBe('p')
    })

    it('makes a new version of what changed and keeps the former one', async () => {
      const wider = featureView('delays', {
        entity: airport,
        source: flights,
        features: () => ({ n: count().over('2h') }),
      })
      const result = await apply([airport, flights, wider, rows, late, live])
      expect(result.changes.filter(change => change.action === 'update').map(change => change.ref)).toEqual([
        'featureView:delays',
        'trainingSet:rows',
        'model:late',
        'deployment:late',
      ])
      const versions = await db().read.definitions.listVersions('featureView:delays')
      expect(versions.map(each => each.version)).toEqual([1, 2])
      const first = await db().read.definitions.findVersion('featureView:delays', 1)
      expect(first?.definition).toMatchObject({ features: [{ window: '1h' }] })
    })

    it('refuses a stale base and changes nothing', async () => {
      const before = await db().read.definitions.listCurrent()
      await expect(apply(everything, { base: 'sha256:old' })).rejects.toMatchObject({ code: 'STALE_BASE' })
      expect(await db().read.definitions.listCurrent()).toEqual(before)
    })

    it('refuses other content under a version that exists', async () => {
      const [standing] = await db().read.definitions.listCurrent()
      if (!standing) throw new Error('nothing is applied')
      await expect(
        db().transaction(stores =>
          stores.definitions.insertVersion({ ...standing, semanticHash: 'sha256:other' }),
        ),
      ).rejects.toMatchObject({ code: 'VERSION_EXISTS' })
    })

    it('refuses deletions unless they are asked for, and any of what is still used', async () => {
      const without = everything.filter(each => each !== live)
      await expect(apply(without)).rejects.toMatchObject({
        code: 'DELETION_REFUSED',
        details: { refs: ['deployment:late'] },
      })
      await expect(apply(everything.filter(each => each !== flights))).rejects.toMatchObject({
        code: 'DEFINITIONS_INVALID',
      })
      expect(await apply(without, { allowDelete: true })).toMatchObject({ applied: expect.any(Number) })
      expect((await db().read.definitions.listCurrent()).some(each => each.ref === 'deployment:late')).toBe(
        false,
      )
      expect(await db().read.definitions.listVersions('deployment:late')).not.toEqual([])
    })

    it('compiles a model into a pipeline that pins code, data and as-of time', async () => {
      const plan = await projects().compilePipeline('late', { params: {}, reuse: 'unchanged' })
      expect(plan.steps.map(step => step.id)).toEqual([
        'training-set',
        'train-baseline',
        'evaluate-baseline',
        'register',
      ])
      expect(plan.steps[0]).toMatchObject({
        code: 'sha256:c',
        params: { asOf: '2001-05-01T00:00:00.000000Z', sources: { flights: 'files:1' } },
      })
      expect(await projects().compilePipeline('late', { params: {}, reuse: 'unchanged' })).toEqual(plan)
      await expect(
        projects().compilePipeline('nothing', { params: {}, reuse: 'unchanged' }),
      ).rejects.toMatchObject({ code: 'PIPELINE_UNKNOWN', hint: expect.stringContaining('late-online') })
    })

    it('remembers builds, newest first, each once', async () => {
      const record = { name: 'rows', id: 'ds-1', manifest: { rows: 3 }, pipelineRun: 'prn_1', at: 5n }
      await projects().recordTrainingSetBuild(record)
      await projects().recordTrainingSetBuild(record)
      await projects().recordTrainingSetBuild({ ...record, id: 'ds-2', at: 6n })
      expect((await db().read.definitions.listBuilds('trainingSet:rows', 10)).map(build => build.id)).toEqual(
        ['ds-2', 'ds-1'],
      )
      const { definitions } = db().read
      expect((await definitions.listBuildsOf('trainingSet')).map(build => build.report)).toEqual([
        { rows: 3, number: 2 },
        { rows: 3, number: 1 },
      ])
      expect(await definitions.listBuildsOf('featureView')).toEqual([])
      expect(await definitions.findBuild('trainingSet', 'ds-1')).toMatchObject({
        ref: 'trainingSet:rows',
        at: 5n,
      })
      expect(await definitions.findBuild('featureView', 'ds-1')).toBeUndefined()
    })
  })
}
