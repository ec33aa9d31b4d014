import { isDefined } from '../../kernel/statistics/index.ts'
import type { EvaluationReport, RowsEvaluation } from '../report.ts'
import { plotOf } from './charts.ts'
import { html, type Markup } from './html.ts'
import { intervalText, metricText, numberText, signedText } from './number-text.ts'

/** Reliability, cost and course over time, as far as the report has them. */
export function plots(report: EvaluationReport, full: RowsEvaluation | null): Markup | null {
  const shown = [reliabilityPlot(report), full && costPlot(full), full && foldsPlot(full)].filter(
    plot => plot !== null,
  )
  return shown.length === 0 ? null : html`<div class="plots">${shown}</div>`
}

function reliabilityPlot({ calibration }: EvaluationReport): Markup | null {
  const points = calibration.bins.flatMap(({ meanScore, rate, interval }) =>
    isDefined(meanScore) && isDefined(rate) ? [{ x: meanScore, y: rate, interval }] : [],
  )
  if (points.length === 0) return null
  const unit = [0, 1] as const
  return plotOf({
    ...{
      title: 'Reliability',
      note: 'What was predicted, and what came.',
      x: 'Mean score of a bin',
      y: 'Share of positives',
    },
    ...{ points, shape: 'dots', diagonal: true, limits: { x: unit, y: unit } },
  })
}

function costPlot({ costs }: RowsEvaluation): Markup | null {
  if (!costs || costs.points.length < 2) return null
  const least = costs.least && { x: costs.least.actionRate, y: costs.least.cost }
  const text = costs.least
    ? ` Least at ${numberText(costs.least.threshold)}: ${numberText(costs.least.cost)}, chosen on these rows and so optimistic.`
    : ''
  return plotOf({
    ...{ title: 'Cost of a row', x: 'Share of rows acted on', y: 'Cost', shape: 'line', marked: least },
    note: `${numberText(costs.falsePositive)} per false positive, ${numberText(costs.falseNegative)} per false negative.${text}`,
    points: costs.points.map(({ actionRate, cost, interval }) => ({ x: actionRate, y: cost, interval })),
  })
}

function foldsPlot({ folds }: RowsEvaluation): Markup | null {
  if (!folds) return null
  const shown = folds.folds.flatMap(({ value, interval, from }, index) =>
    isDefined(value) ? [{ x: index, y: value, interval, from }] : [],
  )
  if (shown.length < 2) return null
  const { trend } = folds
  const moves = 'slope' in trend && (trend.interval.lower > 0 || trend.interval.upper < 0)
  const slope =
    'slope' in trend
      ? `${moves ? 'It moves' : 'No clear trend'}: ${signedText(trend.slope)} a ${folds.by} (${intervalText(trend.interval)}).`
      : 'Too few periods for a trend.'
  return plotOf({
    ...{ title: `${metricText(folds.metric)} by ${folds.by}`, note: slope, shape: 'dots', points: shown },
    ...{ x: folds.by === 'month' ? 'Month' : 'Week from', y: metricText(folds.metric) },
    ticks: shown.map(({ from }) => from.slice(0, folds.by === 'month' ? 7 : 10)),
  })
}
