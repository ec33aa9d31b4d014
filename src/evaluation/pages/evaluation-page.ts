import { isDefined } from '../../kernel/statistics/index.ts'
import type { MetricName } from '../metrics/metric-table.ts'
import type { EvaluationReport, Measurement, RowsEvaluation } from '../report.ts'
import type { ComparisonReport } from '../reports/comparison.ts'
import type { ContractsReport } from '../reports/contracts.ts'
import type { FairnessReport, ImportanceReport } from '../reports/fairness.ts'
import { comparisonSections } from './comparison-sections.ts'
import { contractSection } from './contract-section.ts'
import { fairnessSections } from './fairness-sections.ts'
import { html, htmlTable, type Markup } from './html.ts'
import { importanceSection } from './importance-section.ts'
import { countText, intervalText, metricText, percentText, quantityText } from './number-text.ts'
import { plots } from './plots.ts'
import { sliceSections } from './slice-sections.ts'
import { pageStyle } from './style.ts'

/** What may stand on the page beside the evaluation. */
export interface PageParts {
  readonly comparison?: ComparisonReport
  readonly contracts?: ContractsReport
  readonly fairness?: FairnessReport
  readonly importance?: ImportanceReport
}

/**
 * An evaluation as one HTML file that needs nothing else: no scripts, no files beside it, light and dark, and fit to print.
 * It opens with the verdict of contracts and with what changes, where there are any.
 */
export function renderEvaluationPage(
  report: EvaluationReport | RowsEvaluation,
  { comparison, contracts, fairness, importance }: PageParts = {},
): string {
  const full = isFull(report) ? report : null
  const isLabelled = full === null || full.coverage.matured > 0
  const title = comparison
    ? `${comparison.challenger} against ${comparison.champion}`
    : `Evaluation: ${report.split}`
  const page = html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${{ markup: pageStyle }}</style></head>
<body><h1>${title}</h1>
<p class="soft">${basisText(report, full)}</p>
${contracts ? contractSection(contracts) : null}
${comparison ? comparisonSections(comparison) : null}
${comparison ? html`<h2>${comparison.challenger} on these rows</h2>` : null}
${isLabelled ? headline(report.all) : html`<p>No row has a label: only what needs none is measured.</p>`}
${isLabelled ? plots(report, full) : null}
${isLabelled && full ? calibrations(full) : null}
${sliceSections(report, full)}
${fairness ? fairnessSections(fairness) : null}
${importance ? importanceSection(importance) : null}
${isLabelled ? thresholds(report) : null}
${allMetrics(report.all, full)}
</body></html>`
  return `<!doctype html>\n${page.markup}\n`
}

function isFull(report: EvaluationReport | RowsEvaluation): report is RowsEvaluation {
  return report.schema === 2 && 'coverage' in report
}

function basisText(report: EvaluationReport, full: RowsEvaluation | null): string {
  const { kind, build } = report.scorer
  const matured = full?.coverage.matured ?? report.all.rows
  const waiting = full
    ? [
        full.coverage.immature > 0 ? `${countText(full.coverage.immature)} still wait for a label` : '',
        full.coverage.unobservable > 0 ? `${countText(full.coverage.unobservable)} will never have one` : '',
      ]
    : [report.unlabelled > 0 ? `${countText(report.unlabelled)} have no label` : '']
  const rows = [`${countText(matured)} rows with a label`, ...waiting].filter(text => text !== '').join(', ')
  const hash = full ? ` Row set ${full.rowSet.slice(0, 19)}.` : ''
  return `${rows}. Scored by ${kind} (${build}).${hash} Intervals are 95 %, two-sided.`
}

const headlineMetrics: readonly MetricName[] = [
  ...(['roc_auc', 'log_loss', 'ece', 'fpr', 'recall', 'precision', 'cost'] as const),
  ...(['accuracy', 'macro_f1', 'mae', 'rmse', 'r2', 'bias', 'ndcg', 'map', 'mrr'] as const),
]
const mostCards = 8

function headline(all: Measurement): Markup {
  const shown = headlineMetrics
    .filter(
      name => all.metrics[name] !== undefined && !(name === 'accuracy' && all.metrics.roc_auc !== undefined),
    )
    .slice(0, mostCards)
  return html`<div class="cards">${shown.map(name => {
    const value = all.metrics[name]
    const isNumber = value !== undefined && isDefined(value)
    return html`<div class="card"><span class="soft">${metricText(name)}</span><b>${quantityText(value)}</b><small>${isNumber ? intervalText(all.intervals[name]) : null}</small></div>`
  })}</div>`
}

function calibrations({ recalibrated: all }: RowsEvaluation): Markup | null {
  if (all.length === 0) return null
  const names = { none: 'As they are', platt: 'Platt scaling', isotonic: 'Isotonic regression' }
  return html`<h2>Calibrating the scores</h2>
<p class="soft">Fitted on one half of the rows, measured on the other.</p>
${htmlTable(
  ['Scores', 'Rows', 'Calibration error', '95 % interval', 'Log loss', '95 % interval'],
  all.map(({ kind, rows, ece, logLoss }) => [
    names[kind],
    countText(rows),
    quantityText(ece.value),
    isDefined(ece.value) ? intervalText(ece.interval) : '',
    quantityText(logLoss.value),
    isDefined(logLoss.value) ? intervalText(logLoss.interval) : '',
  ]),
)}`
}

function thresholds({ thresholds: all }: EvaluationReport): Markup | null {
  if (all.length === 0) return null
  const at = { half: '½', 'base-rate': 'as many as are positive', given: 'given', cheapest: 'cheapest' }
  const shown = ['recall', 'fpr', 'precision', 'accuracy', 'f1'] as const
  return html`<h2>At thresholds</h2><p class="soft">A row is acted on when its score is greater.</p>${htmlTable(
    ['Threshold', 'Acted on', ...shown.map(metricText)],
    all.map(each => {
      const { tp, fp, fn, tn } = each.confusion
      const acted = tp + fp + fn + tn === 0 ? '–' : percentText((tp + fp) / (tp + fp + fn + tn))
      return [
        `${quantityText(each.threshold)} (${at[each.at]})`,
        acted,
        ...shown.map(
          name => html`${quantityText(each.rates[name])}<br><small>${intervalCell(each, name)}</small>`,
        ),
      ]
    }),
  )}`
}

function intervalCell(each: EvaluationReport['thresholds'][number], name: MetricName): string {
  const interval = each.intervals?.[name]
  return interval && 'lower' in interval ? intervalText(interval) : ''
}

const methodTexts: Readonly<Record<string, string>> = {
  wilson: 'Wilson',
  delong: 'DeLong',
  delta: 'delta method',
  'delta-logit': 'delta method on log-odds',
  'fisher-z': 'Fisher z',
  'order-statistics': 'order statistics',
  bins: 'bound over bins, conservative',
}

const none = { undefined: '' }

function allMetrics(all: Measurement, full: RowsEvaluation | null): Markup {
  const known = Object.keys(all.metrics) as MetricName[]
  const names = all.matured === 0 ? known.filter(name => isDefined(all.metrics[name] ?? none)) : known
  const effective =
    all.effective !== undefined && all.effective < (all.matured ?? all.rows) * 0.999
      ? ` They weigh like ${countText(Math.round(all.effective))} independent rows, because entities repeat or weights differ.`
      : ''
  return html`<h2>All metrics</h2><p class="soft">${countText(all.rows)} rows, ${countText(all.matured ?? all.rows)} with a label.${effective}</p>${htmlTable(
    ['Metric', 'Value', '95 % interval', ...(full ? ['Method'] : [])],
    names.map(name => [
      metricText(name),
      quantityText(all.metrics[name]),
      isDefined(all.metrics[name] ?? none) ? intervalText(all.intervals[name]) : '',
      ...(full ? [methodTexts[full.methods[name] ?? ''] ?? ''] : []),
    ]),
  )}`
}
