import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Tracking } from '../../../src/experiments/index.ts'
import {
  inTime,
  naiveHistory,
  naiveKeys,
  naiveLog,
  naiveRun,
  naiveSummary,
} from '../../oracles/tracked-runs.ts'
import { toText, trackingOver } from '../../support/tracking.ts'
import type { MetadataUnderTest } from '../metadata.ts'

const anna = { name: 'anna' }

export function trackingSeriesSuite({ db, clock }: MetadataUnderTest): void {
  let tracking: Tracking
  let experiment = ''
  beforeAll(async () => {
    tracking = trackingOver(db(), clock)
    experiment = (await tracking.experiments.ensure('series', anna)).id
  })
  const start = () => tracking.runs.create({ experiment, startedAt: clock.nowMicros() }, anna)

  describe('series of points', () => {
    it('page a history of 20 000 points, and sample it', async () => {
      const run = await start()
      for (let from = 0; from < 20_000; from += 1_000) {
        const metrics = Array.from({ length: 1_000 }, (_, i) => {
          const step = from + i
          return { key: 'm', step, at: BigInt(step), value: step === 777 ? 1e9 : Math.sin(step) }
        })
        await tracking.runs.log(run.id, { metrics }, anna)
      }
      const steps: number[] = []
      for (let cursor: string | undefined, more = true; more; ) {
        const page = await tracking.runs.history({
          run: run.id,
          key: 'm',
          limit: 4_999,
          ...(cursor && { cursor }),
        })
        steps.push(...page.items.map(({ step }) => step))
        cursor = page.next
        more = cursor !== undefined
      }
      expect(steps).toEqual(Array.from({ length: 20_000 }, (_, i) => i))
      const curve = await tracking.runs.curve({ run: run.id, key: 'm', axis: 'step', pixels: 100 })
      expect(curve).toMatchObject({ sampled: true, of: 20_000 })
      expect(curve.points.length).toBeLessThanOrEqual(500)
      expect(curve.points.some(({ value }) => value === 1e9)).toBe(true)
      const bad = tracking.runs.history({ run: run.id, key: 'm', cursor: 'x' })
      await expect(bad).rejects.toMatchObject({ code: 'BAD_REQUEST' })
      const fork = await tracking.runs.create({ experiment, forkOf: { run: run.id, step: 9 } }, anna)
      await tracking.runs.log(fork.id, { metrics: [{ key: 'm', step: 10, at: 10n, value: 5 }] }, anna)
      const forked = await tracking.runs.history({ run: fork.id, key: 'm' })
      expect(forked.items.map(({ step }) => step)).toEqual(Array.from({ length: 11 }, (_, i) => i))
    })

    it('keep what many batches of many keys add, through every change of how it is stored', async () => {
      const run = await start()
      const wide = (step: number) => ({
        metrics: Array.from({ length: 20 }, (_, i) => ({
          ...{ key: step === 40 && i === 0 ? 'once' : `wide-${i}`, step, at: BigInt(1_000 + step) },
          value: step * i,
        })),
      })
      const expected = (key: number, steps: number) =>
        Array.from({ length: steps }, (_, step) => ({
          ...{ key: `wide-${key}`, step, at: BigInt(1_000 + step) },
          value: step * key,
        }))
      const history = async (key: string) =>
        (await tracking.runs.history({ run: run.id, key, limit: 1_000 })).items
      for (let step = 0; step < 150; step++) {
        const service = step % 30 === 29 ? trackingOver(db(), clock) : tracking
        await service.runs.log(run.id, wide(step), anna)
        if (step % 25 === 24) await service.runs.log(run.id, wide(Math.floor(step / 2)), anna)
        if (step % 50 === 13 || step === 64) expect(await history('wide-7')).toEqual(expected(7, step + 1))
      }
      await tracking.runs.log(run.id, { metrics: [...wide(3).metrics, ...wide(149).metrics] }, anna)
      for (const key of [1, 19]) expect(await history(`wide-${key}`)).toEqual(expected(key, 150))
      expect(await history('once')).toEqual([{ key: 'once', step: 40, at: 1_040n, value: 0 }])
      const summaries = await tracking.runs.summaries(run.id)
      expect(summaries.map(({ key, count }) => [key, count])).toContainEqual(['wide-0', 149])
      expect(summaries.map(({ key, count }) => [key, count])).toContainEqual(['wide-19', 150])
    })

    it('sample several runs at the same steps', async () => {
      const runs = await Promise.all([start(), start()])
      const log = (index: number, steps: readonly number[]) =>
        tracking.runs.log(
          runs[index]?.id ?? '',
          { metrics: steps.map(step => ({ key: 'm', step, at: 0n, value: step })) },
          anna,
        )
      await log(0, [-5, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      await log(1, [3, 20])
      const ids = runs.map(({ id }) => id)
      const all = await tracking.runs.historyAtSteps({ runs: ids, key: 'm', limit: 50 })
      expect(all.map(({ step }) => step)).toEqual([-5, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 3, 20])
      const few = await tracking.runs.historyAtSteps({ runs: ids, key: 'm', limit: 3 })
      expect(few.map(({ run, step }) => [ids.indexOf(run), step])).toEqual([
        ...[
          [0, -5],
          [0, 3],
          [0, 7],
          [0, 9],
        ],
        ...[
          [1, 3],
          [1, 20],
        ],
      ])
    })

    it('equal the naive list of points, whatever is logged in whatever order', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(batch, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 }),
          async groups => {
            const run = await start()
            const naive = naiveRun()
            for (const group of groups) {
              const service = Math.random() < 0.5 ? tracking : trackingOver(db(), clock)
              const outcomes = await Promise.allSettled(
                group.map(each => service.runs.log(run.id, each, anna)),
              )
              for (const [index, each] of group.entries())
                expect(outcomes[index]?.status === 'fulfilled').toBe(naiveLog(naive, each))
            }
            const stored = await tracking.runs.get(run.id)
            expect(new Map(Object.entries(stored.params))).toEqual(naive.params)
            const { 'mlflow.runName': _, ...tags } = stored.tags
            expect(new Map(Object.entries(tags))).toEqual(naive.tags)
            const keys = naiveKeys(naive)
            const summaries = keys.map(key => naiveSummary(naive, key))
            expect(await tracking.runs.summaries(run.id)).toEqual(summaries)
            expect(stored.metrics).toEqual(summaries.map(({ latest }) => latest))
            for (const key of keys) {
              const { items } = await tracking.runs.history({ run: run.id, key, limit: 50_000 })
              expect(items).toEqual(naiveHistory(naive, key))
              const curve = await tracking.runs.curve({ run: run.id, key, axis: 'step', pixels: 10_000 })
              expect([...curve.points].sort(inTime)).toEqual(items)
              expect(isAscending(curve.points.map(({ step }) => step))).toBe(true)
              const atSteps = await tracking.runs.historyAtSteps({ runs: [run.id], key, limit: 2_500 })
              expect(atSteps.map(({ run: _of, ...rest }) => rest).sort(inTime)).toEqual(items)
              expect(isAscending(atSteps.map(({ step }) => step))).toBe(true)
            }
            expect(await tracking.runs.document(run.id)).toBe(toText(stored))
          },
        ),
        { numRuns: 40 },
      )
    })
  })
}

const isAscending = (steps: readonly number[]) =>
  steps.every((step, index) => index === 0 || step >= (steps[index - 1] ?? step))

const key = fc.constantFrom('a', 'b', 'ž', '𝒳')
const point = fc.record({
  key,
  value: fc.oneof(fc.double(), fc.constantFrom(0, -0, 1, Number.NaN, Number.POSITIVE_INFINITY)),
  step: fc.oneof(fc.integer({ min: -3, max: 6 }), fc.maxSafeInteger()),
  at: fc.oneof(fc.bigInt({ min: 0n, max: 6n }), fc.bigInt({ min: 0n, max: (1n << 62n) - 1n })),
})
/** Some long enough to be packed at once. */
const series = fc.record({
  key,
  length: fc.integer({ min: 250, max: 700 }),
  from: fc.integer({ min: 0, max: 500 }),
})
const longSeries = series.map(({ key: name, length, from }) =>
  Array.from({ length }, (_, i) => ({
    key: name,
    step: from + i,
    at: BigInt(from + (i % 50)),
    value: i % 7,
  })),
)
const fact = fc.record({ key, value: fc.constantFrom('1', '2') })
const batch = fc.record({
  metrics: fc.oneof(
    { weight: 4, arbitrary: fc.array(point, { maxLength: 12 }) },
    { weight: 1, arbitrary: longSeries },
  ),
  params: fc.uniqueArray(fact, { maxLength: 2, selector: each => each.key }),
  tags: fc.array(fact, { maxLength: 2 }),
})
