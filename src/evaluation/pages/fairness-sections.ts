import { isDefined } from '../../kernel/statistics/index.ts'
import type { FairnessColumn, FairnessReport, GroupMetric } from '../reports/fairness.ts'
import { html, htmlTable, type Markup } from './html.ts'
import { countText, intervalText, metricText, numberText, quantityText } from './number-text.ts'

const shown = ['selection_rate', 'base_rate', 'tpr', 'fpr', 'precision', 'accuracy'] as const

/** How the groups of every column fare: their rates with intervals, who is worse off, and what stands in for the group. */
export function fairnessSections({ columns, minDenominator }: FairnessReport): Markup {
  return html`<h2>Groups</h2>
<p class="soft">Rates of what was done to each group, with 95 % intervals. A rate over fewer than ${minDenominator} rows has no value and is compared with nothing.</p>
${columns.map(columnSection)}`
}

function columnSection(column: FairnessColumn): Markup {
  if (column.undefined !== null)
    return html`<h3>By ${column.column}</h3><p>No row has a value: nothing is inferred.</p>`
  const rates = shown.filter(name => column.groups.some(({ metrics }) => isDefined(metrics[name].value)))
  const empty = column.groups[0]?.metrics.selection_rate.value
  return html`<h3>By ${column.column}</h3>
${rates.length === 0 ? html`<p>No rate has a value: ${quantityText(empty)}.</p>` : null}
${htmlTable(
  ['Group', 'Rows', ...rates.map(groupMetricText)],
  column.groups.map(group => [
    group.group,
    html`${countText(group.rows)}<br><small>${group.matured < group.rows ? `${countText(group.matured)} with a label` : ''}</small>`,
    ...rates.map(name => {
      const { value, interval } = group.metrics[name]
      return html`${quantityText(value)}<br><small>${interval ? `${roundedText(interval.lower)} … ${roundedText(interval.upper)}` : ''}</small>`
    }),
  ]),
)}${disparities(column)}${fourFifths(column)}${proxies(column)}`
}

function disparities({ disparities: all }: FairnessColumn): Markup | null {
  const found = all.filter(each => isDefined(each.difference))
  if (found.length === 0) return null
  return htmlTable(
    ['Between groups', 'Difference', 'Bounds', 'Ratio', 'Limit', ''],
    found.map(each => [
      html`${groupMetricText(each.metric)}<br><small>${each.sentence}</small>`,
      quantityText(each.difference),
      each.interval ? intervalText(each.interval) : '',
      quantityText(each.ratio),
      each.limit === null ? '' : numberText(each.limit),
      verdictText(each.verdict),
    ]),
  )
}

function verdictText(verdict: FairnessColumn['fourFifths']['verdict']): string | Markup {
  if (verdict === null) return ''
  if (verdict === 'inconclusive') return 'undecided'
  return verdict === 'pass' ? html`<span class="good">holds</span>` : html`<span class="bad">broken</span>`
}

function fourFifths({ fourFifths: rule }: FairnessColumn): Markup | null {
  if (!isDefined(rule.ratio)) return null
  return html`<p>Four-fifths rule: ${verdictText(rule.verdict)}. ${rule.lowest} is selected ${numberText(rule.ratio)} times as often as ${rule.highest} (${quantityText(rule.lower)} … ${quantityText(rule.upper)}).</p>`
}

function proxies({ proxies: found }: FairnessColumn): Markup | null {
  if (found.length === 0) return null
  return html`<p>Inputs by which a group can be told: ${found
    .slice(0, 5)
    .map(each => `${each.feature} (${each.group}, AUC ${numberText(each.auc)})`)
    .join(', ')}.</p>`
}

/** Six rates with their intervals stand side by side. */
const roundedText = (bound: number): string => numberText(Number(bound.toPrecision(3)))

const names: Readonly<Partial<Record<GroupMetric | 'equalized_odds', string>>> = {
  selection_rate: 'Acted on',
  base_rate: 'Positive',
  tpr: 'True-positive rate',
  equalized_odds: 'Equalised odds',
}

const groupMetricText = (metric: GroupMetric | 'equalized_odds'): string =>
  names[metric] ?? metricText(metric)
