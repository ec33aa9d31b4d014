import { expect, test } from 'vitest'
import { randomFrom } from '../../kernel/statistics/index.ts'
import type { JudgedRows, ModelOutputs } from '../rows.ts'
import { resolveSlices } from '../slices/resolve.ts'
import { measureCells } from './measure-cells.ts'
import type { MetricName } from './metric-table.ts'

const costs = { falsePositive: 1, falseNegative: 4 }

/** Scores a little off: the chance of a positive is score^1.2. */
function draw(
  rows: number,
  random: ReturnType<typeof randomFrom>,
): { rows: JudgedRows; outputs: ModelOutputs } {
  const scores = Float64Array.from({ length: rows }, () => random.unit())
  return {
    rows: {
      ...{ task: 'binary', rows, hash: '', columns: {} },
      labels: scores.map(score => (random.unit() < score ** 1.2 ? 1 : 0)),
    },
    outputs: { scores, actions: Uint8Array.from(scores, score => (score > 0.7 ? 1 : 0)) },
  }
}

const names: readonly MetricName[] = [
  ...(['accuracy', 'precision', 'recall', 'fpr', 'balanced_accuracy', 'f1', 'mcc', 'kappa', 'cost'] as const),
  ...(['roc_auc', 'pr_auc', 'log_loss', 'brier', 'ece', 'score_mean'] as const),
]

test('95 % intervals hold the truth about 95 times in 100, of metrics with closed forms too', () => {
  const random = randomFrom('interval-coverage.test')
  const whole = draw(400_000, random)
  const measure = ({ rows, outputs }: typeof whole) =>
    measureCells(rows, outputs, { cells: resolveSlices(rows, []), costs })[0]?.measurement
  const truth = measure(whole)
  const held = new Map<MetricName, number>()
  const times = 500
  for (let time = 0; time < times; time++) {
    const found = measure(draw(300, random))
    for (const name of names) {
      const [interval, value] = [found?.intervals[name], truth?.metrics[name]]
      if (
        interval &&
        'lower' in interval &&
        typeof value === 'number' &&
        interval.lower <= value &&
        value <= interval.upper
      )
        held.set(name, (held.get(name) ?? 0) + 1)
    }
  }
  for (const name of names) {
    const share = (held.get(name) ?? 0) / times
    expect(share, name).toBeGreaterThan(0.92)
    expect(share, name).toBeLessThanOrEqual(name === 'ece' ? 1 : 0.98)
  }
})
