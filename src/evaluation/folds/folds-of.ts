import { isDefined } from '../../kernel/statistics/index.ts'
import { intervalOf } from '../metrics/estimate.ts'
import { type MeasureOptions, measureCells } from '../metrics/measure-cells.ts'
import type { MetricName } from '../metrics/metric-table.ts'
import type { JudgedRows, ModelOutputs, ResolvedSlice, Task } from '../rows.ts'
import type { FoldsReport } from './folds-report.ts'
import { type Period, periodsOf, trendOf } from './periods.ts'

/** The metric that folds and headlines show. */
export const mainMetric: Readonly<Record<Task, MetricName>> = {
  ...{ binary: 'roc_auc', multiclass: 'accuracy', regression: 'mae', ranking: 'ndcg' },
}

/** The main metric by calendar period; null without times. The model stays the same, so each fold is judged as it came. */
export function foldsOf(
  rows: JudgedRows,
  outputs: ModelOutputs,
  options: MeasureOptions & { readonly folds?: Period },
): FoldsReport | null {
  if (!rows.times || rows.times.every(Number.isNaN)) return null
  const by = options.folds ?? 'month'
  const folds = periodsOf(rows.times, by)
  const cells = folds.map(
    (fold, index): ResolvedSlice => ({ name: String(index), slice: by, value: null, rows: fold.rows }),
  )
  const metric = mainMetric[rows.task]
  const measured = measureCells(rows, outputs, { ...options, cells })
  const points = measured.flatMap(({ estimates }, at) => {
    const { value, variance } = estimates[metric] ?? { value: { undefined: 'no-rows' }, variance: null }
    return isDefined(value) && variance !== null ? [{ at, value, variance }] : []
  })
  return {
    ...{ by, metric, trend: trendOf(points) },
    folds: measured.map(({ measurement, estimates }, index) => {
      const estimate = estimates[metric]
      return {
        from: new Date((folds[index]?.from ?? 0) / 1000).toISOString(),
        rows: measurement.rows,
        matured: measurement.matured ?? measurement.rows,
        value: estimate?.value ?? { undefined: 'no-rows' },
        interval: estimate ? intervalOf(metric, estimate) : { undefined: 'no-rows' },
      }
    }),
  }
}
