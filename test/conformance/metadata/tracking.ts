import { beforeAll, describe, expect, it } from 'vitest'
import type { LoggedBatch, Tracking } from '../../../src/experiments/index.ts'
import { createAuditService } from '../../../src/governance/index.ts'
import { toText, trackingOver } from '../../support/tracking.ts'
import type { MetadataUnderTest } from '../metadata.ts'

const anna = { name: 'anna' }
const ben = { name: 'ben' }

export function trackingSuite({ db, again, clock }: MetadataUnderTest): void {
  let tracking: Tracking
  let experiment = ''
  beforeAll(async () => {
    tracking = trackingOver(db(), clock)
    experiment = (await tracking.experiments.ensure('suite', anna)).id
  })
  const start = () => tracking.runs.create({ experiment, startedAt: clock.nowMicros() }, anna)
  const audited = async (object: string) =>
    [...(await db().read.audit.list({ objectPrefix: object })).items].reverse()

  describe('tracked experiments', () => {
    it('have Default as 0, and count from 1', async () => {
      expect(await tracking.experiments.get('0')).toMatchObject({ name: 'Default', lifecycle: 'active' })
      const a = await tracking.experiments.create({ name: 'Once ✓', tags: { crew: 'ops' } }, anna)
      expect(a).toMatchObject({
        owner: 'anna',
        tags: { crew: 'ops' },
        artifactLocation: `mlflow-artifacts:/${a.id}`,
      })
      expect(Number(a.id)).toBeGreaterThan(0)
      expect(await tracking.experiments.getByName('Once ✓')).toEqual(a)
      expect(await tracking.experiments.statistics([])).toEqual(new Map())
      const same = await Promise.all([1, 2, 3].map(() => tracking.experiments.ensure('thrice', anna)))
      expect(new Set(same.map(({ id }) => id)).size).toBe(1)
    })

    it('keep a deleted name taken, and take runs along', async () => {
      const { id } = await tracking.experiments.create({ name: 'gone' }, anna)
      const [kept, before] = await Promise.all(
        [1, 2].map(() => tracking.runs.create({ experiment: id }, anna)),
      )
      if (kept === undefined || before === undefined) throw new Error('unreachable')
      await tracking.runs.remove(before.id, anna)
      await tracking.experiments.remove(id, ben)
      await expect(tracking.experiments.create({ name: 'gone' }, anna)).rejects.toMatchObject({
        code: 'NAME_TAKEN',
      })
      await expect(tracking.runs.create({ experiment: id }, anna)).rejects.toMatchObject({
        code: 'TRACKING_DELETED',
      })
      const log = tracking.runs.log(kept.id, { tags: [{ key: 'a', value: 'b' }] }, anna)
      await expect(log).rejects.toMatchObject({ code: 'TRACKING_DELETED' })
      await expect(tracking.experiments.remove(id, ben)).rejects.toMatchObject({ code: 'EXPERIMENT_UNKNOWN' })
      await tracking.experiments.restore(id, ben)
      expect((await tracking.runs.head(kept.id)).lifecycle).toBe('active')
      expect((await tracking.runs.head(before.id)).lifecycle).toBe('deleted')
      expect((await audited('experiment:gone')).map(({ action, principal }) => [action, principal])).toEqual([
        ['experiment.created', 'anna'],
        ['experiment.deleted', 'ben'],
        ['experiment.restored', 'ben'],
      ])
    })

    it('are renamed and tagged, and refuse what is too long', async () => {
      const { id } = await tracking.experiments.create({ name: 'first' }, anna)
      await tracking.experiments.rename(id, 'second', anna)
      await tracking.experiments.setTag(id, { key: 'k', value: '1' }, anna)
      await tracking.experiments.setTag(id, { key: 'k', value: '2' }, anna)
      expect(await tracking.experiments.get(id)).toMatchObject({ name: 'second', tags: { k: '2' } })
      await tracking.experiments.removeTag(id, 'k', anna)
      await expect(tracking.experiments.removeTag(id, 'k', anna)).rejects.toMatchObject({
        code: 'TAG_UNKNOWN',
      })
      for (const name of ['', '😀'.repeat(501), 'a\u0000'])
        await expect(tracking.experiments.create({ name }, anna)).rejects.toMatchObject({
          code: 'TRACKING_INVALID',
        })
      expect((await tracking.experiments.create({ name: '😀'.repeat(500) }, anna)).name).toHaveLength(1_000)
    })
  })

  describe('tracked runs', () => {
    it('keep every kind of number, time and step', async () => {
      const run = await start()
      const at = 253_402_300_799_999_999n
      const metrics = [
        { key: 'loss', value: 0.1 + 0.2, step: 1, at: 5n },
        { key: 'loss', value: Number.NaN, step: 2, at: 5n },
        { key: 'loss', value: Number.NEGATIVE_INFINITY, step: 2, at: 5n },
        { key: 'gone', value: Number.NaN, step: Number.MIN_SAFE_INTEGER, at: 0n },
        { key: 'far', value: Number.MAX_VALUE, step: Number.MAX_SAFE_INTEGER, at },
        { key: 'tiny', value: 5e-324, step: 0, at: 0n },
        { key: '__proto__', value: -0, step: 0, at: 0n },
      ]
      await tracking.runs.log(run.id, { metrics }, anna)
      expect((await tracking.runs.get(run.id)).metrics).toEqual([
        { key: '__proto__', value: 0, step: 0, at: 0n },
        metrics[4],
        metrics[3],
        { key: 'loss', value: -Number.MAX_VALUE, step: 2, at: 5n },
        metrics[5],
      ])
      const { items } = await tracking.runs.history({ run: run.id, key: 'loss' })
      expect(items.map(({ value }) => value)).toEqual([0.1 + 0.2, -Number.MAX_VALUE, Number.NaN])
    })

    it('write a param once, and nothing of a request that would change one', async () => {
      const run = await start()
      const params = [{ key: 'depth', value: '4' }]
      await tracking.runs.log(run.id, { params }, anna)
      const { revision } = await tracking.runs.head(run.id)
      await tracking.runs.log(run.id, { params }, anna)
      expect((await tracking.runs.head(run.id)).revision).toBe(revision)
      const refused = tracking.runs.log(
        run.id,
        {
          params: [
            { key: 'other', value: '1' },
            { key: 'depth', value: '5' },
          ],
          tags: [{ key: 't', value: '1' }],
          metrics: [{ key: 'm', value: 1, step: 0, at: 0n }],
        },
        anna,
      )
      await expect(refused).rejects.toMatchObject({
        code: 'PARAM_CHANGED',
        message: expect.stringMatching(/^Changing param values is not allowed/),
      })
      expect(await tracking.runs.get(run.id)).toMatchObject({ params: { depth: '4' }, metrics: [] })
    })

    it('let one of two writers of the same param win', async () => {
      const run = await start()
      const writes = ['1', '2'].map(value =>
        tracking.runs.log(run.id, { params: [{ key: 'p', value }] }, anna),
      )
      const outcomes = (await Promise.allSettled(writes)).map(({ status }) => status)
      expect(outcomes.sort()).toEqual(['fulfilled', 'rejected'])
    })

    it('keep the older values of tags in the event log, one event per commit and principal', async () => {
      const run = await start()
      const tag = (value: string) => ({ tags: [{ key: 'stage', value }] })
      await tracking.runs.log(run.id, tag('a'), anna)
      await Promise.all([
        tracking.runs.log(run.id, tag('b'), anna),
        tracking.runs.log(run.id, { metrics: [{ key: 'm', value: 1, step: 0, at: 0n }] }, anna),
        tracking.runs.log(run.id, tag('c'), ben),
      ])
      expect((await tracking.runs.get(run.id)).tags).toMatchObject({ stage: 'c' })
      const events = (await audited(`experiment-run:${run.id}`)).slice(1)
      expect(events.map(({ principal, details }) => [principal, details])).toEqual([
        ['anna', { params: 0, metrics: 0, tags: 1 }],
        ['anna', { params: 0, metrics: 1, tags: 1, replaced: { stage: 'a' } }],
        ['ben', { params: 0, metrics: 0, tags: 1, replaced: { stage: 'b' } }],
      ])
    })

    it('keep name and tag equal, end, and may be resumed', async () => {
      const run = await tracking.runs.create({ experiment, tags: { 'mlflow.runName': 'one' } }, anna)
      expect(run).toMatchObject({ name: 'one', status: 'running', user: 'anna', startedAt: null })
      await tracking.runs.log(run.id, { tags: [{ key: 'mlflow.runName', value: 'two' }] }, anna)
      expect((await tracking.runs.head(run.id)).name).toBe('two')
      await tracking.runs.update(run.id, { name: 'three', status: 'finished', endedAt: 9n }, anna)
      await tracking.runs.log(run.id, { tags: [{ key: 'late', value: 'x' }] }, anna)
      expect(await tracking.runs.get(run.id)).toMatchObject({
        ...{ status: 'finished', endedAt: 9n, liveness: { state: 'unwatched' } },
        tags: { 'mlflow.runName': 'three', late: 'x' },
      })
      expect((await tracking.runs.update(run.id, { status: 'running' }, ben)).status).toBe('running')
      const clash = tracking.runs.create({ experiment, name: 'a', tags: { 'mlflow.runName': 'b' } }, anna)
      await expect(clash).rejects.toMatchObject({ code: 'TRACKING_INVALID' })
      expect((await audited(`experiment-run:${run.id}`)).map(({ action }) => action)).toEqual([
        ...['experiment-run.started', 'experiment-run.logged', 'experiment-run.renamed'],
        ...['experiment-run.finished', 'experiment-run.logged', 'experiment-run.resumed'],
      ])
    })

    it('are created once per id, and refuse bad ids', async () => {
      const id = 'ab'.repeat(16)
      const born = { id, experiment, user: 'u', startedAt: 7n, name: 'n' }
      const [a, b] = await Promise.all([tracking.runs.create(born, anna), tracking.runs.create(born, anna)])
      expect(toText(b)).toBe(toText(a))
      const other = tracking.runs.create({ ...born, startedAt: 8n }, anna)
      await expect(other).rejects.toMatchObject({ code: 'NAME_TAKEN' })
      const bad = tracking.runs.create({ ...born, id: 'AB'.repeat(16) }, anna)
      await expect(bad).rejects.toMatchObject({ code: 'TRACKING_INVALID' })
      await expect(tracking.runs.get('x')).rejects.toMatchObject({ code: 'EXPERIMENT_RUN_UNKNOWN' })
      expect((await tracking.runs.get(`run_${id}`)).id).toBe(id)
    })

    it('name the place of what is wrong, and write nothing', async () => {
      const run = await start()
      const point = { key: 'm', value: 1, step: 0, at: 0n }
      const texts = (count: number, prefix = 'k') =>
        Array.from({ length: count }, (_, i) => ({ key: `${prefix}${i}`, value: 'v' }))
      const cases: readonly [LoggedBatch, string][] = [
        [{ metrics: [point, { ...point, key: '../x' }] }, 'metrics[1].name'],
        [{ metrics: [{ ...point, key: 'é'.repeat(251) }] }, 'exceeds the maximum length of 250 characters'],
        [{ metrics: [point, { ...point, step: 1.5 }] }, 'metrics[1].step'],
        [{ metrics: [{ ...point, step: 2 ** 53 }] }, 'metrics[0].step'],
        [{ metrics: [{ ...point, at: -1n }] }, 'metrics[0].timestamp'],
        [{ params: [...texts(1), { key: 'a//b', value: '' }] }, 'params[1].key'],
        [{ params: [...texts(1), ...texts(1)] }, 'params[1].key'],
        [{ tags: [...texts(2), { key: 'a\n', value: '' }] }, 'tags[2].key'],
        [{ tags: texts(101) }, 'at most 100 tags'],
        [{ metrics: Array.from({ length: 1_001 }, () => point) }, 'at most 1000 metrics'],
        [{ metrics: Array.from({ length: 950 }, () => point), params: texts(51) }, 'in total'],
      ]
      for (const [batch, place] of cases) {
        const refused = tracking.runs.log(run.id, { tags: [{ key: 'x', value: 'y' }], ...batch }, anna)
        await expect(refused, place).rejects.toMatchObject({
          code: 'TRACKING_INVALID',
          message: expect.stringContaining(place),
        })
      }
      expect((await tracking.runs.head(run.id)).revision).toBe(1)
      await tracking.runs.log(
        run.id,
        {
          params: [
            { key: 'long', value: '😀'.repeat(6_001) },
            { key: '𝒳/a b:c-d.e', value: '' },
          ],
        },
        anna,
      )
      const { params, tags } = await tracking.runs.get(run.id)
      expect([...(params['long'] ?? '')]).toHaveLength(6_000)
      expect(tags['fettle.truncated']).toBe('params.long')
    })

    it('say whether their writer is alive', async () => {
      const run = await start()
      const live = async () => (await tracking.runs.head(run.id)).liveness
      const wait = (seconds: number) => clock.set(clock.nowMicros() + BigInt(seconds) * 1_000_000n)
      expect(await live()).toMatchObject({ state: 'alive', inferred: false })
      wait(3_601)
      expect(await live()).toMatchObject({ state: 'silent', inferred: true })
      const beat = () => tracking.runs.heartbeat({ run: run.id, client: 'c', at: 0n }, anna)
      expect(await beat()).toMatchObject({ state: 'alive', inferred: false })
      wait(20)
      const { revision } = await tracking.runs.head(run.id)
      await beat()
      expect((await tracking.runs.head(run.id)).revision).toBe(revision)
      wait(61)
      expect(await live()).toMatchObject({ state: 'silent', inferred: false })
      wait(180)
      expect(await live()).toMatchObject({
        state: 'lost',
        inferred: false,
        since: clock.nowMicros() - 241_000_000n,
      })
      expect((await trackingOver(db(), clock).runs.head(run.id)).liveness.state).toBe('alive')
    })

    it('end as lost after a day of being lost, and come back with a write', async () => {
      const run = await start()
      clock.set(clock.nowMicros() + 86_500_000_000n)
      expect(await tracking.endLostRuns({ name: 'sweep' }, async () => new Map())).not.toContain(run.id)
      clock.set(clock.nowMicros() + 86_500_000_000n)
      expect(await tracking.endLostRuns({ name: 'sweep' }, async () => new Map())).toContain(run.id)
      expect((await tracking.runs.head(run.id)).status).toBe('failed')
      await tracking.runs.log(run.id, { metrics: [{ key: 'm', value: 1, step: 0, at: 0n }] }, anna)
      expect(await tracking.runs.head(run.id)).toMatchObject({ status: 'running', endedAt: null })
      expect((await audited(`experiment-run:${run.id}`)).map(({ action }) => action)).toEqual([
        ...[
          'experiment-run.started',
          'experiment-run.failed',
          'experiment-run.found',
          'experiment-run.logged',
        ],
      ])
    })

    it('end with the pipeline that left them behind', async () => {
      const [left, going] = await Promise.all(
        ['prn_left', 'prn_going'].map(pipelineRun => tracking.runs.create({ experiment, pipelineRun }, anna)),
      )
      const ends = async (runs: readonly { readonly id: string; readonly pipelineRun: string }[]) =>
        new Map(
          runs
            .filter(({ pipelineRun }) => pipelineRun === 'prn_left')
            .map(({ id }) => [id, { state: 'cancelled' as const }]),
        )
      expect(await tracking.endLostRuns(anna, ends)).toEqual([])
      clock.set(clock.nowMicros() + 61_000_000n)
      expect(await tracking.endLostRuns(anna, ends)).toEqual([left?.id])
      expect((await tracking.runs.head(left?.id ?? '')).status).toBe('killed')
      expect((await tracking.runs.head(going?.id ?? '')).status).toBe('running')
    })

    it('keep datasets with their tags', async () => {
      const run = await start()
      const input = {
        ...{ name: 'late', digest: 'd'.repeat(36), sourceType: 'local', source: '{}', schema: null },
        ...{ profile: 'p', tags: { 'mlflow.data.context': 'train' } },
      }
      await tracking.runs.logInputs(run.id, { datasets: [input] }, anna)
      const { revision } = await tracking.runs.head(run.id)
      await tracking.runs.logInputs(run.id, { datasets: [input] }, anna)
      expect(await tracking.runs.get(run.id)).toMatchObject({ datasets: [input], revision })
      expect(await tracking.runs.datasets([experiment])).toContainEqual({
        ...{ experiment, name: 'late', digest: input.digest, context: 'train' },
      })
      const long = tracking.runs.logInputs(run.id, { datasets: [{ ...input, digest: 'd'.repeat(37) }] }, anna)
      await expect(long).rejects.toMatchObject({
        message: expect.stringContaining('datasets[0].dataset.digest'),
      })
    })

    it('show to another process what is committed, and leave the audit chain whole', async () => {
      const other = await again()
      const run = await start()
      await tracking.runs.log(run.id, { params: [{ key: 'p', value: 'v' }] }, anna)
      const elsewhere = trackingOver(other, clock)
      await elsewhere.runs.log(run.id, { metrics: [{ key: 'm', value: 2, step: 1, at: 1n }] }, ben)
      await tracking.runs.log(run.id, { metrics: [{ key: 'm', value: 1, step: 0, at: 0n }] }, anna)
      const [summary] = await elsewhere.runs.summaries(run.id)
      expect(summary).toMatchObject({ count: 2, latest: { value: 2 }, first: { value: 1 } })
      await other.close()
      expect(await createAuditService({ uow: db() }).verify()).toMatchObject({ fault: null })
    })
  })
}
