import { isDefined } from '../../kernel/statistics/index.ts'
import type { MetricName } from '../metrics/metric-table.ts'
import type { EvaluationReport, Measurement, RowsEvaluation, SliceReport } from '../report.ts'
import { intervalBar, limitsOf } from './charts.ts'
import { html, htmlTable, type Markup } from './html.ts'
import { countText, intervalText, metricText, numberText, percentText, quantityText } from './number-text.ts'

/** Worst first where any is worse beyond noise; then what search found, and every slice with its intervals. */
export function sliceSections(report: EvaluationReport, full: RowsEvaluation | null): Markup {
  return html`${full && harmed(full)}${full && discovered(full)}${report.slices.map(slice => sliceSection(slice, report, full))}`
}

function harmed({ harmed: found, slices, coverage }: RowsEvaluation): Markup | null {
  if (slices.length === 0 || coverage.matured === 0) return null
  const cells = slices.reduce((sum, slice) => sum + slice.values.length, 0)
  if (found.length === 0)
    return html`<h2>Slices</h2><p class="good">None of ${cells} slices is worse than the whole beyond noise.</p>`
  return html`<h2>Slices worse than the whole</h2>
<p class="soft">${found.length} of ${cells}: the interval lies wholly on the bad side of the whole's value, and not by the chance of looking at so many (false discoveries at most one in ten). Harm is how much larger the error is, at the least.</p>
${htmlTable(
  ['Slice', 'Rows', 'Worst by', 'Here', '95 % interval', 'Whole', 'Harm'],
  found.map(each => [
    each.slice,
    countText(each.rows),
    metricText(each.metric),
    numberText(each.value),
    intervalText(each.interval),
    numberText(each.whole),
    html`<span class="bad">${percentText(each.harm)}</span>`,
  ]),
)}`
}

function discovered({ discovered: found }: RowsEvaluation): Markup | null {
  if (found.length === 0) return null
  return html`<h2>Found by search</h2>
<p class="soft">Slices that nobody declared. Found on one half of the rows, measured on the other; shown for a look, never decisive.</p>
${htmlTable(
  ['Where', 'Rows', 'Measure', 'Here', 'Elsewhere', 'Difference, 95 %', 'q'],
  found.map(each => [
    each.where,
    countText(each.rows),
    metricText(each.loss.name),
    numberText(each.loss.value),
    numberText(each.loss.rest),
    intervalText(each.interval),
    numberText(each.q),
  ]),
)}`
}

/** All that is known of rows without a label. */
const unlabelledMetrics: readonly MetricName[] = ['action_rate', 'score_mean']
const mainMetrics: readonly MetricName[] = ['roc_auc', 'accuracy', 'mae', 'ndcg']
const besideMetrics: readonly MetricName[] = [
  'ece',
  'fpr',
  'recall',
  'log_loss',
  'macro_f1',
  'rmse',
  'bias',
  'map',
]
const mostBeside = 4

function sliceSection(slice: SliceReport, report: EvaluationReport, full: RowsEvaluation | null): Markup {
  const [main = 'log_loss', ...beside] = metricsShown(report, full)
  const whole = report.all.metrics[main]
  const shown = slice.values.flatMap(measured => {
    const value = measured.metrics[main]
    return value !== undefined && isDefined(value) ? [{ value, interval: measured.intervals[main] }] : []
  })
  const limits = limitsOf(shown)
  const rank = new Map(full?.harmed.map((each, index) => [each.slice, index]))
  const place = (value: string) =>
    rank.get(`${slice.column}=${value}`) ?? rank.get(value) ?? Number.POSITIVE_INFINITY
  const values =
    slice.column === 'month'
      ? slice.values
      : [...slice.values].sort((a, b) => place(a.value) - place(b.value) || 0)
  return html`<h3>By ${slice.column}</h3>${htmlTable(
    ['Value', 'Rows', metricText(main), '', ...beside.map(metricText)],
    values.map(measured => {
      const value = measured.metrics[main]
      const interval = measured.intervals[main]
      const known = value !== undefined && isDefined(value)
      const name =
        place(measured.value) < Number.POSITIVE_INFINITY
          ? html`<span class="bad">${measured.value}</span>`
          : measured.value
      return [
        name,
        countText(measured.rows),
        valueCell(measured, main),
        known
          ? intervalBar(
              { value, interval },
              { ...limits, mark: whole !== undefined && isDefined(whole) ? whole : null },
            )
          : '',
        ...beside.map(other => valueCell(measured, other)),
      ]
    }),
  )}`
}

function metricsShown({ all }: EvaluationReport, full: RowsEvaluation | null): readonly MetricName[] {
  const known = (name: MetricName) => all.metrics[name] !== undefined
  if (full?.coverage.matured === 0) return unlabelledMetrics.filter(known)
  const main = mainMetrics.find(known) ?? 'log_loss'
  return [main, ...besideMetrics.filter(known).slice(0, mostBeside)]
}

function valueCell(measured: Measurement, metric: MetricName): Markup {
  const interval = measured.intervals[metric]
  const known = interval && 'lower' in interval ? intervalText(interval) : ''
  return html`${quantityText(measured.metrics[metric])}<br><small>${known}</small>`
}
