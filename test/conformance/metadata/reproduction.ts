import { describe, expect, it } from 'vitest'
import { receiptSigner } from '../../../src/governance/index.ts'
import { canonicalJson, type Json, sha256Hex } from '../../../src/kernel/canonical.ts'
import { FettleError } from '../../../src/kernel/errors/index.ts'
import type { ObjectStore, PipelineRun, RunPlan, StepRecord } from '../../../src/pipelines/index.ts'
import { createRegistryService, type NewModelVersion } from '../../../src/registry/index.ts'
import { type Compared, createReproductionService } from '../../../src/reproduction/index.ts'
import type { MetadataUnderTest } from '../metadata.ts'

const principal = { name: 'mila' }
const key = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
`

function memoryObjects() {
  const kept = new Map<string, Uint8Array>()
  const objects = {
    has: async (hash: string) => kept.has(hash),
    putBytes: async (bytes: Uint8Array) => {
      const hash = `sha256:${sha256Hex(bytes)}`
      kept.set(hash, bytes)
      return { hash, bytes: bytes.length }
    },
    getBytes: async (hash: string) => {
      const found = kept.get(hash)
      if (found === undefined) throw new FettleError('OBJECT_UNKNOWN', `there is no object ${hash}`)
      return found
    },
    async *read(hash: string) {
      yield await objects.getBytes(hash)
    },
  }
  return { kept, objects: objects as unknown as ObjectStore }
}

const body = (action: string) => ({ kind: 'action', action }) as const

function step(
  id: string,
  action: string,
  parts: { params?: Json; inputs?: Json; outputs?: Json },
): StepRecord {
  const { params = {}, inputs = {}, outputs = {} } = parts
  const named = Object.entries(outputs as Record<string, Json>)
  return {
    plan: { id, title: id, body: body(action), code: 'sha256:code', environment: 'none', params, inputs },
    state: 'succeeded',
    reusedFrom: null,
    outputs: Object.fromEntries(
      named.map(([name, value]) => [name, { kind: 'json', hash: '', bytes: 0, value }]),
    ),
  } as unknown as StepRecord
}

/** A run that trained one logistic candidate. */
function trainingRun(
  id: string,
  files: readonly { path: string; bytes: number; sha256: string }[],
): PipelineRun {
  const set = {
    id: 'ds-1',
    name: 'rows',
    checksum: 'sha256:cc',
    rows: 9,
    asOf: '',
    engine: 'e',
    sources: {},
    files,
  }
  const closure = { trainingSet: { label: {}, splits: [] }, views: [], sources: [] }
  const candidate = { name: 'logistic', trainer: { kind: 'builtin', name: 'logistic' }, params: { l2: 1 } }
  const machine = { system: 'linux', cpu: 'EPYC', cpus: 2, node: process.versions.node }
  const summary = {
    experimentRun: `exp-${id}`,
    environment: {},
    machine,
    threads: 2,
    switches: {},
    seconds: 1,
  }
  const params = { candidate, label: 'late', features: [], split: { judge: 'april' } }
  return {
    id,
    plan: { pipeline: 'late', model: 'late', seed: 7, params: {}, steps: [] } as unknown as RunPlan,
    state: 'succeeded',
    createdAt: 1n,
    startedAt: 1n,
    finishedAt: 2n,
    steps: [
      step('training-set', 'features.build-training-set', {
        params: { closure } as unknown as Json,
        outputs: { manifest: set } as unknown as Json,
      }),
      step('train', 'training.train', {
        params: params as unknown as Json,
        inputs: { set: { from: 'training-set', output: 'set' } },
        outputs: { summary } as unknown as Json,
      }),
      step('evaluate', 'training.evaluate', { inputs: { model: { from: 'train', output: 'model' } } }),
    ],
  }
}

/** Manifests, reports and classes of versions are kept, and say the same to another process. */
export function reproductionSuite({ db, again, clock }: MetadataUnderTest): void {
  describe('reproduction', () => {
    const { kept, objects } = memoryObjects()
    const runs = new Map<string, PipelineRun>()
    const started: RunPlan[] = []
    const serviceOn = (database: ReturnType<typeof db>) =>
      createReproductionService({
        uow: database,
        clock,
        project: 'conformance',
        objects,
        registry: createRegistryService({ uow: database, clock }),
        present: {
          build: 'sha256:code',
          machine: { system: 'linux', cpu: 'EPYC', cpus: 2, node: process.versions.node },
          commit: async () => ({ unavailable: 'no repository' }),
          sourceVersions: async () => ({}),
          storedSet: async () => undefined,
          interpreter: async () => ({ unavailable: 'none' }),
        },
        signer: receiptSigner(key),
        holders: async () => [],
        findRun: async id => runs.get(id),
        startRun: async plan => {
          started.push(plan)
          return trainingRun('prn_again', [])
        },
      })
    const register = async (model: string, content: Partial<NewModelVersion>) => {
      const file = await objects.putBytes(new TextEncoder().encode(`weights of ${model}`))
      return createRegistryService({ uow: db(), clock }).registerVersion({
        model,
        experimentRun: null,
        pipelineRun: null,
        format: 'linear',
        signature: { inputs: [], outputs: [] },
        metrics: { roc_auc: 0.7 },
        trainingSet: null,
        environment: {},
        files: [{ path: 'linear.json', ...file }],
        evaluation: null,
        ...content,
      })
    }
    const trained = async (model: string) => {
      const rows = await objects.putBytes(new TextEncoder().encode(`rows of ${model}`))
      const run = trainingRun(`prn_${model}`, [
        { path: 'part-0.parquet', bytes: rows.bytes, sha256: rows.hash.slice('sha256:'.length) },
      ])
      runs.set(run.id, run)
      const { version } = await register(model, { pipelineRun: run.id, experimentRun: `exp-${run.id}` })
      return { name: { model, version }, rows: rows.hash }
    }
    const compared = (name: { model: string; version: number }, manifest: string): Compared => ({
      ...name,
      manifest,
      tolerance: 1e-6,
      ingredients: [],
      erased: { rows: 0, receipts: [] },
      items: [{ step: 'train', name: 'predictions', outcome: 'same', wanted: 1, found: 1, detail: '' }],
      seconds: {},
    })

    it('keeps the manifest as it was first made, under the hash of its canonical JSON', async () => {
      const { name } = await trained('steady')
      const { manifest, hash } = await serviceOn(db()).manifest(name)
      expect(new TextDecoder().decode(kept.get(hash))).toBe(canonicalJson(manifest as unknown as Json))
      expect(manifest.randomness.seed).toBe(7)
      runs.delete('prn_steady')
      expect(await serviceOn(db()).manifest(name)).toEqual({ manifest, hash })
    })

    it('goes from R1 to R3, to R0 while something is gone, and back', async () => {
      const { name, rows } = await trained('moving')
      const service = serviceOn(db())
      const looked = await service.explain(name)
      expect(looked.class).toMatchObject({ class: 'R1', reason: 'not yet rebuilt' })
      await service.record('prn_1', compared(name, looked.hash), principal)
      expect((await service.explain(name)).class.class).toBe('R3')
      const bytes = kept.get(rows) ?? new Uint8Array()
      kept.delete(rows)
      const lost = clock.nowMicros()
      const gone = (await service.explain(name)).class
      expect(gone).toMatchObject({ class: 'R0', missing: ['stored training set'] })
      clock.set(lost + 3_600_000_000n)
      expect((await service.explain(name)).class.at).toBe(gone.at)
      expect((await service.start(name, principal)).report?.report.verdict).toBe('inconclusive')
      kept.set(rows, bytes)
      const other = await again()
      try {
        const there = serviceOn(other)
        expect((await there.explain(name)).class.class).toBe('R3')
        expect((await there.reports(name)).map(each => each.report.verdict)).toEqual([
          'inconclusive',
          'reproduced',
        ])
      } finally {
        await other.close()
      }
    })

    it('keeps what a run found once, signed; anything else is not genuine', async () => {
      const { name } = await trained('signed')
      const service = serviceOn(db())
      const { hash } = await service.manifest(name)
      const first = await service.record('prn_2', compared(name, hash), principal)
      expect(await service.record('prn_2', compared(name, hash), principal)).toEqual(first)
      expect(await service.reports(name)).toHaveLength(1)
      expect(await service.report(first.report.id)).toEqual(first)
      expect(kept.has(first.hash)).toBe(true)
      expect(await service.verify(first.report)).toEqual([])
      expect(await service.verify({ ...first.report, class: 'R2' })).toHaveLength(1)
      expect(await service.verify({ ...first.report, id: 'rep_other' })).toHaveLength(2)
      await expect(service.record('prn_3', compared(name, 'sha256:other'), principal)).rejects.toMatchObject({
        code: 'INGREDIENTS_MISSING',
      })
    })

    it('plans a rebuild from the manifest alone, and none where something is missing', async () => {
      const { name } = await trained('planned')
      const service = serviceOn(db())
      runs.delete('prn_planned')
      const plan = await service.plan(name, principal).catch((error: FettleError) => error)
      expect(plan).toMatchObject({ code: 'INGREDIENTS_MISSING' })
      const kept = await trained('kept')
      const steps = (await service.plan(kept.name, principal)).steps.map(each => [each.id, each.reusable])
      expect(steps).toEqual([
        ['training-set', false],
        ['train', false],
        ['evaluate', false],
        ['compare', false],
      ])
      expect((await service.start(kept.name, principal)).run?.id).toBe('prn_again')
      expect(started.at(-1)).toMatchObject({ pipeline: 'kept-rebuild', reuse: 'never', seed: 7 })
    })

    it('of a version registered by hand is R0 with the list, and of an unknown one is an error', async () => {
      const { model, version } = await register('brought', {})
      const service = serviceOn(db())
      const { report, run } = await service.start({ model, version }, principal)
      expect(run).toBeNull()
      expect(report?.report).toMatchObject({ verdict: 'inconclusive', class: 'R0' })
      const found = await service.check({ readAll: true })
      expect(found.find(each => each.model === 'brought')?.missing).toContain('training set')
      await expect(service.explain({ model, version: 9 })).rejects.toMatchObject({
        code: 'MODEL_VERSION_UNKNOWN',
      })
      await expect(service.report('rep_9')).rejects.toMatchObject({ code: 'REPRODUCTION_UNKNOWN' })
    })
  })
}
