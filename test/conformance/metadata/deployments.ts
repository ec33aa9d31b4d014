import { describe, expect, it } from 'vitest'
import {
  constant,
  deployment,
  entity,
  featureView,
  ge,
  int64,
  last,
  logistic,
  lookup,
  model,
  parquet,
  source,
  string,
  timestamp,
  trainingSet,
} from '../../../src/definitions/index.ts'
import {
  createDeploymentsService,
  type DataPlane,
  type ServedDeployment,
} from '../../../src/deployments/index.ts'
import { createRegistryService } from '../../../src/registry/index.ts'
import type { MetadataUnderTest } from '../metadata.ts'

const person = entity('person', { key: { person: string() } })
const visits = source('visits', {
  from: parquet('v'),
  columns: { person: string(), pages: int64(), at: timestamp() },
  eventTime: 'at',
  knownAt: 'event',
})
const recent = featureView('recent', {
  entity: person,
  source: visits,
  features: f => ({ pages: last(f.pages).over('1d') }),
})
const rows = trainingSet('visit_rows', {
  spine: visits,
  request: v => [v.pages],
  lookups: v => [lookup(recent, { person: v.person })],
  label: { name: 'many', when: v => ge(v.pages, 3) },
  labelMaturity: '1d',
  split: { train: ['2001-01-01', '2001-02-01'] },
  fullNames: true,
})
const score = model('visits', {
  trainedOn: rows,
  task: 'binary',
  candidates: { baseline: logistic() },
  split: { train: 'train', judge: 'train' },
})
const live = deployment('visits-live', { model: score, fallback: constant(0.5) })
const plain = <Shape extends object>(value: Shape): Shape => JSON.parse(JSON.stringify(value)) as Shape

/** What a deployment needs to know of the definitions and of the model. */
const definitions = {
  definedDeployments: async () => [plain(live)],
  releaseDefinitions: async () => ({
    deployment: plain(live),
    trainingSet: plain(rows),
    entities: [plain(person)],
    sources: [plain(visits)],
    onDemand: [],
    views: [{ ...plain(recent), version: 1, semanticHash: 'sha256:v' }],
  }),
  modelFacts: async () => ({ selfTest: [], tolerance: 1e-5 }),
  assertSigned: async () => undefined,
  freezeCard: async () => undefined,
  signaturesOf: async () => ({}),
}

/** Releases over the deployment store and the registry: numbering, aliases, repeats, waiting for the data plane. */
export function deploymentsSuite({ db, clock }: MetadataUnderTest): void {
  describe('deployments', () => {
    const principal = { name: 'ana' }
    const pointed: string[] = []
    let served: readonly ServedDeployment[] = []
    const dataPlane: DataPlane = {
      url: 'http://127.0.0.1:1',
      status: async () => served,
      predict: async () => null,
    }
    const service = () =>
      createDeploymentsService({
        uow: db(),
        clock,
        dataPlane,
        readyWithinMs: 300,
        releases: {
          publish: async () => undefined,
          keepOnly: async () => undefined,
          point: async (name, digest) => {
            pointed.push(digest)
            served = [
              {
                name,
                digest,
                state: 'ready',
                problem: null,
                predictions: 0,
                degraded: 0,
                p50Ms: null,
                p99Ms: null,
                since: 0n,
              },
            ]
          },
        },
        ...definitions,
      })
    const register = (seed: string, names = ['recent__pages', 'pages']) =>
      createRegistryService({ uow: db(), clock }).registerVersion(
        {
          model: 'visits',
          experimentRun: null,
          pipelineRun: null,
          format: 'linear',
          metrics: {},
          trainingSet: null,
          environment: { seed },
          evaluation: null,
          signature: {
            inputs: names.map(name => ({ name, type: 'int64' as const, nullable: true })),
            outputs: [{ name: 'score', type: 'float64', nullable: false }],
          },
          files: ['linear.json', 'model.json'].map(path => ({
            path,
            hash: `sha256:${seed.repeat(64).slice(0, 64)}`,
            bytes: 1,
          })),
        },
        principal,
      )

    it('says what to do when there is nothing to deploy', async () => {
      await expect(service().deploy({ name: 'visits-live', reason: '', principal })).rejects.toMatchObject({
        code: 'MODEL_VERSION_UNKNOWN',
        hint: expect.stringContaining('fettle run visits'),
      })
      expect(await service().list()).toMatchObject([
        { name: 'visits-live', state: 'undeployed', release: null },
      ])
    })

    it('numbers releases, moves the champion, and deploying the same again is a no-op', async () => {
      const first = await register('1')
      const deployed = await service().deploy({ name: 'visits-live', reason: 'first', principal })
      expect(deployed).toMatchObject({ release: 1, modelVersion: first.version, state: 'ready' })
      expect(deployed.request.map(field => `${field.role} ${field.name}`)).toEqual([
        'key person',
        'request pages',
      ])
      expect(await service().deploy({ name: 'visits-live', reason: 'again', principal })).toMatchObject({
        release: 1,
      })
      const second = await register('2')
      expect(
        await service().deploy({ name: 'visits-live', version: second.version, reason: 'second', principal }),
      ).toMatchObject({ release: 2 })
      expect(await db().read.registry.aliases('visits')).toMatchObject({ champion: second.version })
      const [deployedAgain] = (
        await db().read.audit.list({ objectPrefix: 'deployment:visits-live', limit: 1 })
      ).items
      expect(deployedAgain?.details).toMatchObject({ signature: { effect: 'neutral', reasons: [] } })
      expect(new Set(pointed).size).toBe(2)
    })

    it('refuses a version trained on other columns, and one that is not there', async () => {
      const other = await register('3', ['pages'])
      await expect(
        service().deploy({ name: 'visits-live', version: other.version, reason: '', principal }),
      ).rejects.toMatchObject({ code: 'SIGNATURE_MISMATCH' })
      await expect(
        service().deploy({ name: 'visits-live', version: 99, reason: '', principal }),
      ).rejects.toMatchObject({ code: 'MODEL_VERSION_UNKNOWN' })
    })

    it('says all that a version lacks to be released', async () => {
      const registry = createRegistryService({ uow: db(), clock })
      const { version } = await registry.registerVersion(
        {
          model: 'visits',
          experimentRun: null,
          pipelineRun: null,
          format: 'mlflow',
          signature: null,
          metrics: {},
          trainingSet: null,
          environment: null,
          evaluation: null,
          files: [{ path: 'MLmodel', hash: `sha256:${'a'.repeat(64)}`, bytes: 1 }],
        },
        principal,
      )
      const refused = service().deploy({ name: 'visits-live', version, reason: '', principal })
      await expect(refused).rejects.toMatchObject({
        code: 'VERSION_INCOMPLETE',
        details: {
          lacked: [
            expect.stringContaining('a signature'),
            expect.stringContaining('a format'),
            expect.stringContaining('model.json'),
          ],
        },
      })
    })

    it('reports a data plane that does not take the release, with its reason', async () => {
      const stuck = createDeploymentsService({
        uow: db(),
        clock,
        readyWithinMs: 150,
        dataPlane: {
          ...dataPlane,
          status: async () => [
            {
              name: 'visits-live',
              digest: null,
              state: 'down',
              problem: 'its self-test failed',
              predictions: 0,
              degraded: 0,
              p50Ms: null,
              p99Ms: null,
              since: 0n,
            },
          ],
        },
        releases: {
          publish: async () => undefined,
          point: async () => undefined,
          keepOnly: async () => undefined,
        },
        ...definitions,
      })
      await expect(
        stuck.deploy({ name: 'visits-live', version: 1, reason: '', principal }),
      ).rejects.toMatchObject({ code: 'NOT_READY', message: expect.stringContaining('its self-test failed') })
    })
  })
}
