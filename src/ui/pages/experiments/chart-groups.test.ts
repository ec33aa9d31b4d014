import { describe, expect, it } from 'vitest'
import type { MetricHistory } from '../../../api/tracking.ts'
import { alignLines, groupCharts } from './chart-groups.ts'

const history = (key: string, ...points: readonly [number, number | string][]): MetricHistory =>
  ({ key, points: points.map(([step, value]) => ({ step, value, at: '2024-01-01T00:00:00Z' })) }) as never

describe('chart groups', () => {
  const train = history('curve.train.log_loss', [1, 0.5], [2, 0.4], [3, 'NaN'])
  const judge = history('curve.judge.log_loss', [2, 0.6], [4, 0.55])
  it('puts the splits of one measure into one chart and leaves single values out', () => {
    const groups = groupCharts([train, judge, history('judge.roc_auc', [0, 0.7])])
    expect(groups.map(group => [group.metric, group.lines.map(line => line.name)])).toEqual([
      ['log_loss', ['train', 'judge']],
    ])
  })
  it('lines the curves up over all steps, with gaps', () => {
    const [group] = groupCharts([train, judge])
    expect(alignLines(group?.lines ?? [])).toEqual({
      x: [1, 2, 3, 4],
      lines: [
        { name: 'train', y: [0.5, 0.4, null, null] },
        { name: 'judge', y: [null, 0.6, null, 0.55] },
      ],
    })
  })
})
