import { beforeAll, describe, expect, it } from 'vitest'
import type { Tracking } from '../../../src/experiments/index.ts'
import { uuidv7 } from '../../../src/kernel/ids.ts'
import type { UnitOfWork } from '../../../src/kernel/unit-of-work.ts'
import { trackingOver } from '../../support/tracking.ts'
import type { MetadataUnderTest } from '../metadata.ts'

const anna = { name: 'anna' }
const newId = () => uuidv7().replaceAll('-', '')
const newHash = () => `sha256:${newId()}${newId()}`
const day = 86_400_000_000n

export function purgeSuite({ db, clock }: MetadataUnderTest): void {
  let tracking: Tracking
  beforeAll(() => {
    tracking = trackingOver(db(), clock)
  })
  const experiment = async () => {
    const name = `purge ${newId()}`
    return tracking.experiments.create({ name }, anna)
  }
  const fill = async (
    in_: string,
    id = newId(),
    forkOf?: { readonly run: string; readonly step: number },
  ) => {
    const run = { id, experiment: in_, startedAt: clock.nowMicros(), ...(forkOf && { forkOf }) }
    await tracking.runs.create(run, anna)
    const metrics = [1, 2, 3].map(step => ({ key: 'loss', value: step, step, at: 5n }))
    await tracking.runs.log(id, { metrics, params: [{ key: 'depth', value: '4' }] }, anna)
    return id
  }
  const purge = (experiments: readonly string[], more: { dryRun?: boolean; olderThan?: bigint } = {}) =>
    tracking.purge.purge({ experiments, olderThan: 0n, dryRun: false, ...more }, anna)
  const addFile = (run: string, path: string, hash: string) =>
    db().transaction(({ artifactFiles }) =>
      artifactFiles.add({ kind: 'run', id: run }, [{ path, hash, bytes: 10 }], clock.nowMicros()),
    )
  const registered = async (run: string) => {
    const model = `kept-${newId()}`
    await db().transaction(async ({ registry }) => {
      const now = clock.nowMicros()
      await registry.insertModel({ name: model, description: '', createdAt: now })
      await registry.insertVersion({
        ...{ model, version: 1, createdAt: now, experimentRun: run, pipelineRun: null, format: 'onnx' },
        ...{ signature: { inputs: [], outputs: [] }, metrics: {}, trainingSet: null, environment: {} },
        ...{ files: [], evaluation: null, digest: newId() },
      })
    })
    return model
  }

  describe('a purge', () => {
    it('counts, then frees the name and removes everything, and never gives a number again', async () => {
      const [{ id, name }, other] = [await experiment(), await experiment()]
      const [run, neighbour] = [await fill(id), await fill(other.id)]
      const [shared, alone] = [newHash(), newHash()]
      await addFile(run, 'a', shared)
      await addFile(run, 'b', alone)
      await addFile(neighbour, 'a', shared)
      await tracking.runs.document(run)
      await tracking.experiments.remove(id, anna)
      const counts = { runs: 1, loggedModels: 0, points: 3, params: 1, tags: 1, files: 2 }
      const foreseen = await purge([name], { dryRun: true })
      expect(foreseen).toEqual({
        ...{ held: [], more: false },
        experiments: [{ id, name, removed: true, ...counts, bytes: 10 }],
      })
      expect((await tracking.runs.head(run)).lifecycle).toBe('deleted')
      expect((await purge([name])).experiments).toEqual([{ id, name, removed: true, ...counts, bytes: 0 }])
      for (const read of ['head', 'document', 'get'] as const)
        await expect(tracking.runs[read](run)).rejects.toMatchObject({ code: 'EXPERIMENT_RUN_UNKNOWN' })
      await expect(tracking.experiments.get(id)).rejects.toMatchObject({ code: 'EXPERIMENT_UNKNOWN' })
      expect(await db().read.artifactFiles.below({ kind: 'run', id: run }, '')).toEqual([])
      expect((await tracking.runs.get(neighbour)).params).toEqual({ depth: '4' })
      const again = await tracking.experiments.create({ name }, anna)
      expect(Number(again.id)).toBeGreaterThan(Number(other.id))
      const { items } = await db().read.audit.list({ objectPrefix: `experiment:${name}` })
      expect(items.map(({ action, details }) => [action, details])).toContainEqual([
        'experiment.data-purged',
        { id, ...counts },
      ])
      expect(items.map(({ action }) => action)).toContain('experiment.purged')
    })

    it('shows nothing of a purged run in one that comes with its id', async () => {
      const { id, name } = await experiment()
      const run = await fill(id)
      const before = await tracking.runs.document(run)
      await tracking.experiments.remove(id, anna)
      await purge([name])
      const { id: new_ } = await experiment()
      await tracking.runs.create({ id: run, experiment: new_, startedAt: 1n }, anna)
      await tracking.runs.update(run, { status: 'running' }, anna)
      await tracking.runs.log(run, { params: [{ key: 'depth', value: '9' }] }, anna)
      expect(await tracking.runs.get(run)).toMatchObject({ params: { depth: '9' }, metrics: [] })
      expect(await tracking.runs.document(run)).not.toBe(before)
      expect((await tracking.runs.history({ run, key: 'loss', limit: 10 })).items).toEqual([])
    })

    it('refuses what is not deleted, and what is unknown', async () => {
      const { name } = await experiment()
      await expect(purge([name])).rejects.toMatchObject({ code: 'PURGE_REFUSED' })
      await expect(purge(['nobody has it'])).rejects.toMatchObject({ code: 'EXPERIMENT_UNKNOWN' })
      const all = { experiments: [], olderThan: 0n, dryRun: false }
      const byStep = tracking.purge.purge(all, { name: 'step:prn_1/train' })
      await expect(byStep).rejects.toMatchObject({ code: 'FORBIDDEN' })
    })

    it('keeps runs that a version or a fork needs, and takes the rest', async () => {
      const [{ id, name }, other] = [await experiment(), await experiment()]
      const [versioned, read, free] = [await fill(id), await fill(id), await fill(id)]
      const chained = await fill(id, newId(), { run: free, step: 2 })
      const fork = await fill(other.id, newId(), { run: read, step: 2 })
      const model = await registered(versioned)
      await tracking.experiments.remove(id, anna)
      const { experiments, held } = await purge([name])
      expect(experiments).toMatchObject([{ name, removed: false, runs: 2 }])
      expect(new Map(held.map(each => [each.id, each.by]))).toEqual(
        new Map([
          [versioned, [`model version ${model}@1`]],
          [read, [`run ${fork}`]],
        ]),
      )
      for (const gone of [free, chained])
        await expect(tracking.runs.head(gone)).rejects.toMatchObject({ code: 'EXPERIMENT_RUN_UNKNOWN' })
      await tracking.experiments.restore(id, anna)
      expect((await tracking.runs.head(versioned)).lifecycle).toBe('active')
    })

    it('takes deleted runs of an active experiment once they are old enough', async () => {
      const { id, name } = await experiment()
      const [gone, stays] = [await fill(id), await fill(id)]
      await tracking.runs.remove(gone, anna)
      clock.set(clock.nowMicros() + 2n * day)
      const mine = async (olderThan: bigint) =>
        (await purge([], { olderThan, dryRun: true })).experiments.filter(each => each.name === name)
      expect(await mine(3n * day)).toEqual([])
      expect(await mine(day)).toMatchObject([{ runs: 1, removed: false }])
      await purge([])
      await expect(tracking.runs.head(gone)).rejects.toMatchObject({ code: 'EXPERIMENT_RUN_UNKNOWN' })
      expect((await tracking.runs.get(stays)).params).toEqual({ depth: '4' })
    })

    it('cut anywhere leaves runs whole or gone, and goes on when it is asked again', async () => {
      const { id, name } = await experiment()
      const runs: string[] = []
      for (let count = 0; count < 120; count++) runs.push(await fill(id))
      await tracking.experiments.remove(id, anna)
      const opened = db()
      type Work = Parameters<typeof opened.transaction>[0]
      let commits = 0
      const cut = Object.create(opened, {
        transaction: {
          value: (work: Work) =>
            opened.transaction(async stores => {
              const result = await work(stores)
              commits += 1
              if (commits === 2) throw new Error('cut')
              return result
            }),
        },
      }) as UnitOfWork<(typeof opened)['read']>
      const failing = trackingOver(cut, clock)
      const request = { experiments: [name], olderThan: 0n, dryRun: false }
      await expect(failing.purge.purge(request, anna)).rejects.toThrow()
      const left = await opened.read.tracking.runs.find(runs)
      expect(left).toHaveLength(20)
      const facts = await opened.read.tracking.facts.ofRuns(
        'params',
        left.map(({ ref }) => ref),
      )
      expect([...facts.values()]).toEqual(left.map(() => ({ depth: '4' })))
      expect((await purge([name])).experiments).toMatchObject([{ runs: 20, points: 60, removed: true }])
    })
  })
}
