import { expect, it } from 'vitest'
import { groupKeys } from './chart-groups.ts'

it('puts the splits of one measure into one chart, in an order that keeps their colours', () => {
  const groups = groupKeys(['curve.judge.log_loss', 'curve.train.log_loss', 'loss'])
  expect(groups).toEqual([
    {
      metric: 'log_loss',
      lines: [
        { name: 'train', key: 'curve.train.log_loss' },
        { name: 'judge', key: 'curve.judge.log_loss' },
      ],
    },
    { metric: 'loss', lines: [{ name: 'loss', key: 'loss' }] },
  ])
})
