import { isDefined } from '../../kernel/statistics/index.ts'
import type { ComparedMetric, ComparedSlice, ComparisonReport } from '../reports/comparison.ts'
import { intervalBar, limitsOf } from './charts.ts'
import { html, htmlTable, type Markup } from './html.ts'
import {
  countText,
  intervalText,
  metricText,
  numberText,
  percentText,
  quantityText,
  signedText,
} from './number-text.ts'

/** Champion against challenger: what changes on the whole, where it harms, and which rows flip. */
export function comparisonSections(report: ComparisonReport): Markup {
  return html`<h2>On the whole</h2>
<p>${flipsText(report.all)} ${scoresText(report)}</p>
${metricsTable(report)}
${sliceTable(report)}
${discoveredTable(report)}
${flipTable(report)}`
}

function flipsText({ flips, rows, pMcNemar }: ComparedSlice): string {
  if (!flips) return 'No actions were given, so no row flips.'
  const disagree = flips.onlyChallenger + flips.onlyChampion
  const judged = flips.challengerRight + flips.championRight
  const right =
    judged === 0
      ? ''
      : ` Of ${countText(judged)} with a label the challenger was right in ${countText(flips.challengerRight)}.`
  return `${countText(disagree)} of ${countText(rows)} decisions flip: ${countText(flips.onlyChallenger)} are newly acted on, ${countText(flips.onlyChampion)} no longer (McNemar p ${quantityText(pMcNemar)}).${right}`
}

function scoresText({ scores }: ComparisonReport): string {
  return `Scores: Kolmogorov distance ${quantityText(scores.ks)}, mean shift ${signedText(scores.meanShift)}, rank correlation ${quantityText(scores.rankCorrelation)}.`
}

/** −1 worse beyond noise, 1 better, 0 undecided or neither. */
function judgement({ interval, better }: ComparedMetric): -1 | 0 | 1 {
  if (!interval || !better) return 0
  if (interval.lower > 0) return better === 'higher' ? 1 : -1
  if (interval.upper < 0) return better === 'higher' ? -1 : 1
  return 0
}

const words = {
  '-1': html`<span class="bad">worse</span>`,
  '0': html``,
  '1': html`<span class="good">better</span>`,
}
const judged = (metric: ComparedMetric): Markup => words[judgement(metric)]

function metricsTable({ all, champion, challenger }: ComparisonReport): Markup {
  return htmlTable(
    ['Metric', champion, challenger, 'Difference', '95 % interval, paired', ''],
    all.metrics.map(metric => [
      metricText(metric.metric),
      quantityText(metric.champion),
      quantityText(metric.challenger),
      signedText(metric.difference),
      isDefined(metric.difference) ? intervalText(metric.interval) : '',
      judged(metric),
    ]),
  )
}

const sliceMetrics = ['roc_auc', 'accuracy', 'mae', 'ndcg']
const mostSlices = 100

function sliceTable({ slices, all }: ComparisonReport): Markup | null {
  if (slices.length === 0) return null
  const main = sliceMetrics.find(name => all.metrics.some(each => each.metric === name)) ?? 'log_loss'
  const metricOf = (slice: ComparedSlice, name: string) => slice.metrics.find(each => each.metric === name)
  const shown = slices.slice(0, mostSlices)
  const known = shown.flatMap(slice => {
    const metric = metricOf(slice, main)
    return metric && isDefined(metric.difference)
      ? [{ value: metric.difference, interval: metric.interval }]
      : []
  })
  const limits = limitsOf([...known, { value: 0, interval: null }])
  const harmedCount = slices.filter(slice => slice.harm > 0).length
  return html`<h2>By slice</h2>
<p class="${harmedCount > 0 ? 'bad' : 'good'}">${harmedCount} of ${slices.length} slices are worse with the challenger beyond noise.</p>
${htmlTable(
  ['Slice', 'Rows', 'Harm', 'Worse by', `${metricText(main)}, difference`, '95 % interval', '', 'Flips'],
  shown.map(slice => {
    const metric = metricOf(slice, main)
    const flips = slice.flips ? slice.flips.onlyChallenger + slice.flips.onlyChampion : null
    const worse = slice.metrics.filter(each => judgement(each) < 0).map(each => metricText(each.metric))
    return [
      slice.slice,
      countText(slice.rows),
      slice.harm > 0 ? html`<span class="bad">${percentText(slice.harm)}</span>` : '–',
      worse.slice(0, 2).join(', '),
      metric ? signedText(metric.difference) : '',
      metric && isDefined(metric.difference) ? intervalText(metric.interval) : '',
      metric && isDefined(metric.difference)
        ? intervalBar({ value: metric.difference, interval: metric.interval }, { ...limits, mark: 0 })
        : '',
      flips === null ? '–' : countText(flips),
    ]
  }),
)}${slices.length > mostSlices ? html`<p class="soft">${slices.length - mostSlices} more, less harmed, are not shown.</p>` : null}`
}

function discoveredTable({ discovered }: ComparisonReport): Markup | null {
  if (discovered.length === 0) return null
  return html`<h3>Found by search, where the challenger loses</h3>
<p class="soft">Found on one half of the rows, measured on the other; never decisive.</p>
${htmlTable(
  ['Where', 'Rows', 'Harm', 'q'],
  discovered.map(each => [
    each.where,
    countText(each.rows),
    each.harm > 0 ? percentText(each.harm) : '–',
    numberText(each.q),
  ]),
)}`
}

function flipTable({ flips, champion, challenger }: ComparisonReport): Markup | null {
  if (flips.length === 0) return null
  const names = Object.keys(flips[0]?.names ?? {})
  const hasReasons = flips.some(flip => flip.why.length > 0)
  return html`<h2>Rows that flip</h2><p class="soft">The ${flips.length} with the largest difference of scores.</p>
${htmlTable(
  ['Row', ...names, 'Slices', champion, challenger, 'Label', ...(hasReasons ? ['Why'] : [])],
  flips.map(flip => [
    countText(flip.row),
    ...names.map(name => String(flip.names[name] ?? '–')),
    flip.slices.slice(0, 2).join(', '),
    `${numberText(flip.champion.score)}${flip.champion.acts ? ' acts' : ''}`,
    `${numberText(flip.challenger.score)}${flip.challenger.acts ? ' acts' : ''}`,
    flip.label === null ? 'not yet' : String(flip.label),
    ...(hasReasons
      ? [
          flip.why
            .slice(0, 3)
            .map(({ feature, value }) => `${feature} = ${value ?? 'missing'}`)
            .join(', '),
        ]
      : []),
  ]),
)}`
}
