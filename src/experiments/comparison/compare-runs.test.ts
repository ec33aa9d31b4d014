import { describe, expect, it } from 'vitest'
import type { SeriesSummary, TrackedRun } from '../tracking/model.ts'
import { compareRuns } from './compare-runs.ts'

const point = (key: string, value: number, step = 1) => ({ key, value, step, at: 0n })
const run = (id: string, parts: Partial<TrackedRun>) =>
  ({
    id,
    user: 'mila',
    pipelineRun: null,
    trainingSet: null,
    params: {},
    tags: {},
    metrics: [],
    datasets: [],
    ...parts,
  }) as unknown as TrackedRun

const a = run('a', {
  params: { depth: '4', seed: '7' },
  metrics: [point('auc', 0.7), point('loss', Number.NaN)],
  tags: { team: 'ops', 'mlflow.source.git.commit': 'c0ffee', 'mlflow.user': 'mila' },
})
const b = run('b', {
  params: { depth: '8', seed: '7', extra: 'yes' },
  metrics: [point('auc', 0.8), point('loss', Number.NaN)],
  tags: { team: 'ops', 'mlflow.source.git.commit': 'beef' },
})
const summary: SeriesSummary = {
  key: 'auc',
  count: 2,
  first: point('auc', 0.1),
  latest: point('auc', 0.7),
  least: point('auc', 0.1),
  greatest: point('auc', 0.9),
}
const runs = {
  many: async (ids: readonly string[]) => ids.map(id => (id === 'a' ? a : b)),
  summaries: async () => [summary],
}

describe('comparison of runs', () => {
  it('shows what differs or is absent, and counts the rest', async () => {
    const { params, metrics, tags, origin } = await compareRuns(runs, { runs: ['a', 'b'] })
    expect(params).toEqual({
      rows: [
        { key: 'depth', values: ['4', '8'] },
        { key: 'extra', values: [null, 'yes'] },
      ],
      same: 1,
      differ: 2,
      left: 0,
    })
    expect(metrics.rows).toEqual([{ key: 'auc', values: [0.7, 0.8] }])
    expect([tags.same, tags.differ]).toEqual([1, 0])
    expect(origin.rows).toEqual([{ key: 'mlflow.source.git.commit', values: ['c0ffee', 'beef'] }])
  })
  it('shows all rows when asked, NaN equal to itself, by part of the name', async () => {
    const { params, metrics } = await compareRuns(runs, { runs: ['a', 'b'], equal: true, contains: 'S' })
    expect(params.rows.map(row => row.key)).toEqual(['seed'])
    expect(metrics.rows).toEqual([{ key: 'loss', values: ['NaN', 'NaN'] }])
  })
  it('takes the least, greatest or first of a metric instead of the last', async () => {
    const of = async (point: 'min' | 'max' | 'first') =>
      (await compareRuns(runs, { runs: ['a'], of: point, equal: true })).metrics.rows
    expect(await of('max')).toEqual([{ key: 'auc', values: [0.9] }])
    expect(await of('min')).toEqual([{ key: 'auc', values: [0.1] }])
    expect(await of('first')).toEqual([{ key: 'auc', values: [0.1] }])
  })
  it('compares a run named twice once, and refuses more than fifty', async () => {
    expect((await compareRuns(runs, { runs: ['a', 'a'] })).runs).toHaveLength(1)
    await expect(
      compareRuns(runs, { runs: Array.from({ length: 51 }, (_, i) => `${i}`) }),
    ).rejects.toMatchObject({
      code: 'TRACKING_INVALID',
    })
  })
})
