import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  createExperimentService,
  type ExperimentService,
  latestPoints,
} from '../../../src/experiments/index.ts'
import { byCodePoint, everyRun, naivePoints, naiveRuns, sortedPoints } from '../../oracles/experiment-runs.ts'
import type { MetadataUnderTest } from '../metadata.ts'

const stored = { hash: `sha256:${'0'.repeat(64)}`, bytes: 1 }
const objects = { has: async (hash: string) => hash === stored.hash, putBytes: async () => stored }

export function experimentsSuite({ db, again, clock }: MetadataUnderTest): void {
  let service: ExperimentService
  beforeAll(() => {
    service = createExperimentService({ uow: db(), clock, objects })
  })
  const start = (experiment = 'suite') => service.startRun({ experiment, name: 'run' })
  const audited = async (run: string) =>
    (await db().read.audit.list({ objectPrefix: `experiment-run:${run}` })).items
      .map(({ action }) => action)
      .reverse()

  describe('experiments', () => {
    it('makes an experiment once, and says how many runs it has', async () => {
      const [a, b] = await Promise.all([
        service.ensureExperiment('Once ✓'),
        service.ensureExperiment('Once ✓'),
      ])
      expect(a).toEqual(b)
      await start('Once ✓')
      clock.set(clock.nowMicros() + 1_000_000n)
      const last = await start('Once ✓')
      const page = await service.list({ limit: 500 })
      expect(page.items.find(({ id }) => id === a.id)).toEqual({
        ...a,
        runCount: 2,
        lastRunAt: last.startedAt,
      })
    })

    it('keeps every kind of number, time and step, and answers the latest', async () => {
      const run = await start()
      const at = 253_402_300_799_999_999n
      const metrics = [
        { key: 'loss', value: 0.1 + 0.2, step: 1, at: 5n },
        { key: 'loss', value: Number.NaN, step: 2, at: 5n },
        { key: 'loss', value: Number.NEGATIVE_INFINITY, step: 2, at: 5n },
        { key: 'gone', value: Number.NaN, step: Number.MIN_SAFE_INTEGER, at: 0n },
        { key: 'far', value: Number.MAX_VALUE, step: Number.MAX_SAFE_INTEGER, at },
        { key: 'tiny', value: 5e-324, step: 0, at: 0n },
        { key: 'inf', value: Number.POSITIVE_INFINITY, step: 0, at: 0n },
        { key: '__proto__', value: 1, step: 0, at: 0n },
      ]
      await service.log(run.id, { metrics })
      const { metrics: latest } = await service.getRun(run.id)
      expect(Object.entries(latest).sort()).toEqual([
        ['__proto__', 1],
        ['far', Number.MAX_VALUE],
        ['gone', Number.NaN],
        ['inf', Number.POSITIVE_INFINITY],
        ['loss', Number.NEGATIVE_INFINITY],
        ['tiny', 5e-324],
      ])
      expect(await service.metricHistory(run.id, 'far')).toEqual([
        { key: 'far', value: Number.MAX_VALUE, step: Number.MAX_SAFE_INTEGER, at },
      ])
      expect((await service.metricHistory(run.id, 'loss')).map(({ value }) => value)).toEqual([
        0.1 + 0.2,
        Number.NEGATIVE_INFINITY,
        Number.NaN,
      ])
    })

    it('takes an equal batch again as nothing, also after the run ended', async () => {
      const run = await start()
      const batch = {
        params: { depth: '4' },
        tags: { team: 'ops' },
        metrics: [
          { key: 'm', value: Number.NaN, step: 1, at: 1n },
          { key: 'm', value: 2, step: 1, at: 1n },
        ],
      }
      await service.log(run.id, batch)
      await service.log(run.id, batch)
      await service.finishRun(run.id, 'finished')
      await service.log(run.id, batch)
      expect(await service.metricHistory(run.id, 'm')).toHaveLength(2)
      expect(await audited(run.id)).toEqual([
        'experiment-run.started',
        'experiment-run.logged',
        'experiment-run.finished',
      ])
      await expect(service.log(run.id, { tags: { team: 'other' } })).rejects.toMatchObject({
        code: 'RUN_FINISHED',
      })
      expect((await service.getRun(run.id)).tags).toEqual({ team: 'ops' })
    })

    it('writes params once, and nothing of a batch that changes one', async () => {
      const run = await start()
      await service.log(run.id, { params: { depth: '4' }, tags: { a: '1' } })
      const bad = {
        params: { fresh: '1', depth: '5' },
        tags: { a: '2' },
        metrics: [{ key: 'm', value: 1, step: 0, at: 0n }],
      }
      await expect(service.log(run.id, bad)).rejects.toMatchObject({
        code: 'PARAM_CHANGED',
        details: { key: 'depth', before: '4', after: '5' },
      })
      expect(await service.getRun(run.id)).toMatchObject({
        params: { depth: '4' },
        tags: { a: '1' },
        metrics: {},
      })
    })

    it('lets one of two writers of a param win', async () => {
      const run = await start()
      const other = await again()
      const rival = createExperimentService({ uow: other, clock, objects })
      const both = await Promise.allSettled([
        service.log(run.id, { params: { depth: '4' } }),
        rival.log(run.id, { params: { depth: '5' } }),
      ])
      await other.close()
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { code: 'PARAM_CHANGED' },
      })
    })

    it('ends a run once', async () => {
      const run = await start()
      const ended = await service.finishRun(run.id, 'failed')
      expect(await service.finishRun(run.id, 'failed')).toEqual(ended)
      await expect(service.finishRun(run.id, 'finished')).rejects.toMatchObject({ code: 'RUN_FINISHED' })
      await expect(service.finishRun('run_0', 'finished')).rejects.toMatchObject({
        code: 'EXPERIMENT_RUN_UNKNOWN',
      })
    })

    it('shows the newest file of each path', async () => {
      const run = await start()
      await service.addArtifacts(run.id, [
        { path: 'b/x.txt', ...stored },
        { path: 'a.txt', ...stored },
      ])
      await service.addArtifacts(run.id, [{ path: 'a.txt', ...stored }])
      expect((await service.listArtifacts(run.id)).map(({ path }) => path)).toEqual(['a.txt', 'b/x.txt'])
      expect(await audited(run.id)).toEqual(['experiment-run.started', 'experiment-run.artifacts-added'])
      const lost = { path: 'c', hash: `sha256:${'1'.repeat(64)}`, bytes: 1 }
      await expect(service.addArtifacts(run.id, [lost])).rejects.toMatchObject({ code: 'OBJECT_UNKNOWN' })
    })

    it('latest, history, order and pages equal those of a list in memory', async () => {
      await fc.assert(
        fc.asyncProperty(
          everyRun,
          fc.constantFrom('asc', 'desc'),
          fc.integer({ min: 1, max: 4 }),
          async (runs, direction, limit) => {
            const experiment = `property ${clock.nowMicros()}`
            const written = []
            for (const { batches, later } of runs) {
              if (later) clock.set(clock.nowMicros() + 1n)
              const run = await service.startRun({ experiment, name: 'r' })
              for (const metrics of batches) await service.log(run.id, { metrics })
              written.push({ run, points: batches.flat() })
            }
            clock.set(clock.nowMicros() + 1n)
            for (const { run, points } of written) {
              const latest = latestPoints(points)
              expect((await service.getRun(run.id)).metrics).toEqual(
                Object.fromEntries([...latest].map(([key, { value }]) => [key, value])),
              )
              expect(await service.metricHistory(run.id, 'm')).toEqual(sortedPoints(naivePoints(points, 'm')))
            }
            for (const orderBy of ['started', `metric.m ${direction}`])
              expect(await readAll(service, { experiment, orderBy, limit })).toEqual(
                naiveRuns(written, orderBy),
              )
          },
        ),
        { numRuns: 40 },
      )
    }, 120_000)

    it('sorts text by code point', async () => {
      const names = ['Zebra', 'apple', 'Äpfel', 'zoo', '_x', '\u{1F600}', '\uFF5E']
      const run = await start()
      await service.addArtifacts(
        run.id,
        names.map(path => ({ path, ...stored })),
      )
      expect((await service.listArtifacts(run.id)).map(({ path }) => path)).toEqual(
        [...names].sort(byCodePoint),
      )
    })

    it('refuses bad input and writes nothing', async () => {
      const run = await start()
      const point = { key: 'm', value: 1, step: 0, at: 0n }
      const good = { metrics: [point], params: { p: '1' } }
      const bad = [
        { metrics: [point, { ...point, step: 1.5 }] },
        { metrics: [{ ...point, step: 2 ** 53 }] },
        { metrics: [{ ...point, at: -1n }] },
        { metrics: [{ ...point, value: '1' as unknown as number }] },
        ...['', '../x', 'a//b', '/a', 'a/', 'x\u0000', '\ud800', 'k'.repeat(251)].map(key => ({
          metrics: [{ ...point, key }],
        })),
        { params: { p: '\u0000' } },
        { params: { p: '\udfff' } },
        { params: { p: 'x'.repeat(6_001) } },
        { tags: { 'a\nb': '1' } },
      ]
      for (const batch of bad)
        await expect(service.log(run.id, { ...good, ...batch })).rejects.toMatchObject({
          code: 'LOG_INVALID',
        })
      expect(await service.getRun(run.id)).toMatchObject({ metrics: {}, params: {}, tags: {} })
      for (const name of ['', '  ', 'x'.repeat(501), '\u0000'])
        await expect(service.startRun({ experiment: name, name: 'r' })).rejects.toMatchObject({
          code: 'NAME_INVALID',
        })
      for (const path of [
        '',
        '.',
        '..',
        '../a',
        'a/../b',
        '/a',
        'a\\b',
        'a%2e%2e',
        'a\u0000',
        'a#b',
        'x'.repeat(1_025),
      ])
        await expect(service.addArtifacts(run.id, [{ path, ...stored }])).rejects.toMatchObject({
          code: 'ARTIFACT_PATH_INVALID',
        })
      for (const orderBy of ['', 'metric', 'metric.', 'name', 'started desc'])
        await expect(service.listRuns({ experiment: 'suite', orderBy })).rejects.toMatchObject({
          code: 'ORDER_INVALID',
        })
      await expect(service.listRuns({ experiment: 'no such' })).rejects.toMatchObject({
        code: 'EXPERIMENT_UNKNOWN',
      })
    })
  })
}

async function readAll(
  service: ExperimentService,
  query: { readonly experiment: string; readonly orderBy: string; readonly limit: number },
): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page = await service.listRuns({ ...query, ...(cursor === undefined ? {} : { cursor }) })
    ids.push(...page.items.map(({ id }) => id))
    cursor = page.next
  } while (cursor !== undefined)
  return ids
}
