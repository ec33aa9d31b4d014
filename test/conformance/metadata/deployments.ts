import { generateKeyPairSync } from 'node:crypto'
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
  type DeploymentsDependencies,
  type GateCheck,
  type ServedDeployment,
} from '../../../src/deployments/index.ts'
import { receiptSigner } from '../../../src/governance/index.ts'
import { sha256Hex } from '../../../src/kernel/canonical.ts'
import { parseDuration } from '../../../src/kernel/time.ts'
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
    model: plain(score),
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
  judgedSet: async () => null,
  thresholdFacts: async () => ({
    ...{ author: 'ana', cycle: '2026-11-21', asOf: '', expiresAt: '' },
    applied: async () => [],
  }),
}

const check: GateCheck = {
  ...{ name: 'self-test', title: 'Self-test', verdict: 'pass', blocks: true },
  ...{ n: 32, margin: null, finding: 'all equal', change: null, ms: 1 },
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
      counts: async () => null,
    }
    const objects = new Map<string, Uint8Array>()
    const kept: Pick<DeploymentsDependencies, 'objects' | 'signer' | 'heldOutCells'> = {
      objects: {
        putBytes: async bytes => {
          const hash = `sha256:${sha256Hex(bytes)}`
          objects.set(hash, bytes)
          return { hash, bytes: bytes.length }
        },
        getBytes: async hash => objects.get(hash) ?? new Uint8Array(),
      },
      heldOutCells: async () => null,
      signer: receiptSigner(
        generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      ),
    }
    /** What the gate will find next. */
    let finds: readonly GateCheck[] = [check]
    let runs = 0
    const runGate: DeploymentsDependencies['runGate'] = async ({ deployment: name, version, principal }) => {
      const { release } = await service().createRelease({ name, version, reason: 'gate', principal })
      runs += 1
      const run = `prn_${runs}`
      const serving = (await db().read.deployments.servingReleases())[name]?.release
      const champion = serving
        ? { number: serving.number, digest: serving.digest, version: serving.model.version }
        : null
      const found = { champion, checks: finds, judged: null }
      return service().concludeRelease({ run, name, number: release.number, ...found, principal })
    }
    const service = () =>
      createDeploymentsService({
        ...kept,
        runGate,
        uow: db(),
        clock,
        dataPlane,
        readyWithinMs: 300,
        releases: {
          publish: async () => undefined,
          keepOnly: async () => undefined,
          route: async () => undefined,
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
    const later = (): DeploymentsDependencies => ({
      uow: db(),
      clock,
      dataPlane,
      readyWithinMs: 300,
      releases: {
        publish: async () => undefined,
        keepOnly: async () => undefined,
        route: async () => undefined,
        point: async () => undefined,
      },
      ...kept,
      runGate,
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

    it('serves nothing that the gate refuses or cannot decide, in the words of its page', async () => {
      const { version } = await register('4')
      const before = (await service().get('visits-live')).release
      for (const [verdict, name, code] of [
        ['fail', 'contracts', 'CONTRACT_FAILED'],
        ['fail', 'load', 'GATE_FAILED'],
        ['inconclusive', 'contracts', 'CONTRACT_INCONCLUSIVE'],
      ] as const) {
        finds = [check, { ...check, name, verdict, finding: `${name} says why` }]
        await expect(
          service().deploy({ name: 'visits-live', version, reason: '', principal }),
        ).rejects.toMatchObject({ code, message: expect.stringContaining(`${name} says why`) })
      }
      expect((await service().get('visits-live')).release).toBe(before)
      const [newest] = await service().releases('visits-live')
      expect(newest).toMatchObject({ state: 'inconclusive', servings: [] })
      const { release } = newest ?? { release: { number: 0 } }
      await expect(
        service().deploy({ name: 'visits-live', release: release.number, reason: '', principal }),
      ).rejects.toMatchObject({ code: 'CONTRACT_INCONCLUSIVE' })
      finds = [check]
    })

    it('needs no gate while a verdict stands, and a new one after seven days', async () => {
      const { version } = await register('5')
      const order = { name: 'visits-live', version, reason: '', principal, gate: 'require' } as const
      await expect(service().deploy(order)).rejects.toMatchObject({ code: 'STALE_VERIFY' })
      await runGate({ deployment: 'visits-live', version, principal })
      const seen = runs
      const soon = { nowMicros: () => clock.nowMicros() + parseDuration('7d') + 1n }
      const late = createDeploymentsService({ ...later(), clock: soon })
      await expect(late.deploy(order)).rejects.toMatchObject({ code: 'STALE_VERIFY' })
      expect(await service().deploy(order)).toMatchObject({ modelVersion: version })
      expect(runs).toBe(seen)
      expect((await service().releases('visits-live')).map(each => each.state)).toContain('former')
    })

    it('compares anew when another release serves than the one it was compared with', async () => {
      const [late, soon] = [await register('d'), await register('e')]
      const { page } = await runGate({ deployment: 'visits-live', version: late.version, principal })
      await service().deploy({ name: 'visits-live', version: soon.version, reason: '', principal })
      await expect(
        service().deploy({ name: 'visits-live', release: page.release.number, reason: '', principal }),
      ).rejects.toMatchObject({
        code: 'STALE_VERIFY',
        message: expect.stringMatching(/was compared with release \d+, and release \d+ serves now/),
        hint: expect.stringContaining('fettle release verify visits-live'),
      })
      const seen = runs
      finds = [{ ...check, name: 'contracts', verdict: 'fail', finding: 'worse than what serves now' }]
      const order = { name: 'visits-live', version: late.version, reason: '', principal }
      await expect(service().deploy(order)).rejects.toMatchObject({ code: 'CONTRACT_FAILED' })
      finds = [check]
      expect(runs).toBe(seen + 1)
      expect(await service().get('visits-live')).toMatchObject({ modelVersion: soon.version })
    })

    it('voids a verdict when other contracts are declared', async () => {
      const { version } = await register('6')
      const { page } = await runGate({ deployment: 'visits-live', version, principal })
      const { deployment: defined, ...rest } = await definitions.releaseDefinitions()
      const changed = createDeploymentsService({
        ...later(),
        releaseDefinitions: async () => ({
          ...rest,
          deployment: { ...defined, slices: [{ name: 'pages', of: { kind: 'column', column: 'pages' } }] },
        }),
      })
      await expect(
        changed.deploy({ name: 'visits-live', release: page.release.number, reason: '', principal }),
      ).rejects.toMatchObject({ code: 'SIGNATURE_VOID' })
    })

    it('goes back to what served, whole and without another verdict, and nowhere else', async () => {
      const [first, second] = [await register('a'), await register('b')]
      for (const { version } of [first, second])
        await service().deploy({ name: 'visits-live', version, reason: '', principal })
      const before = await service().get('visits-live')
      const seen = runs
      const back = { name: 'visits-live', reason: 'crews are late', principal }
      expect(await service().rollBack(back)).toMatchObject({ modelVersion: first.version })
      expect(await service().rollBack({ ...back, to: before.release ?? 0 })).toMatchObject({
        modelVersion: second.version,
      })
      expect(runs).toBe(seen)
      const again = await service().releases('visits-live')
      await service().rollBack({ ...back, to: before.release ?? 0 })
      expect(await service().releases('visits-live')).toEqual(again)
      const [audited] = (await db().read.audit.list({ limit: 1 })).items
      expect(audited).toMatchObject({
        action: 'release.rolled-back',
        details: { release: before.release, reason: 'crews are late' },
      })
      const { release } = await service().createRelease({
        ...{ name: 'visits-live', version: (await register('c')).version, reason: '', principal },
      })
      await expect(service().rollBack({ ...back, to: release.number })).rejects.toMatchObject({
        code: 'ILLEGAL_TRANSITION',
      })
      await expect(service().rollBack({ ...back, to: 999 })).rejects.toMatchObject({
        code: 'RELEASE_UNKNOWN',
      })
      await expect(service().rollBack({ ...back, reason: ' ' })).rejects.toMatchObject({
        code: 'BAD_REQUEST',
      })
    })

    it('takes what serves with other thresholds only while it serves', async () => {
      const given = { set: `sha256:${'0'.repeat(64)}`, rows: 'ds-1', onto: 999 }
      await expect(service().prepareRelease({ name: 'visits-live', given, principal })).rejects.toMatchObject(
        { code: 'STALE_CANDIDATE' },
      )
      await expect(service().prepareThresholds({ name: 'visits-live', principal })).rejects.toMatchObject({
        code: 'BAD_PARAMETER',
      })
    })

    it('keeps one release for the same document, and one page for the same run', async () => {
      const { version } = await register('7')
      const made = { name: 'visits-live', version, reason: 'twice', principal }
      const first = await service().createRelease(made)
      expect((await service().createRelease(made)).release).toEqual(first.release)
      const { number } = first.release
      const told = { run: 'prn_same', name: 'visits-live', number, champion: null, judged: null, principal }
      const page = await service().concludeRelease({ ...told, checks: [check] })
      const again = await service().concludeRelease({ ...told, checks: [{ ...check, verdict: 'fail' }] })
      expect(again).toEqual(page)
      expect(await service().verifyPage(page.page)).toEqual([])
      expect(await service().verifyPage({ ...page.page, summary: 'all is well' })).toHaveLength(1)
      await expect(service().release('visits-live', 999)).rejects.toMatchObject({ code: 'RELEASE_UNKNOWN' })
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
          route: async () => undefined,
        },
        ...kept,
        runGate,
        ...definitions,
      })
      await expect(
        stuck.deploy({ name: 'visits-live', version: 1, reason: '', principal }),
      ).rejects.toMatchObject({ code: 'NOT_READY', message: expect.stringContaining('its self-test failed') })
    })
  })
}
