import { Measured as MeasuredText } from '../../components/measured.tsx'
import { Notice } from '../../components/messages.tsx'
import { Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { formatCount, formatNumber, plural } from '../../format.ts'
import { inReadingOrder, metricWord } from '../../texts.ts'
import type { EvaluationView, Measured } from './evaluation.ts'
import { readEvaluation } from './evaluation.ts'
import { DiscoveredSlices, HarmedSlices } from './evaluation-harm.tsx'
import { Costs, Folds, Recalibrated, Reliability } from './evaluation-plots.tsx'
import { Slices } from './evaluation-slices.tsx'

/** How well a model did on held-out rows: overall, where it is worse, how far its scores can be believed. */
export function EvaluationPanel({ report }: { report: unknown }) {
  if (report === null) {
    return (
      <Panel title="Evaluation">
        <p className="panel-note">Not measured: this version was registered without an evaluation report.</p>
      </Panel>
    )
  }
  const view = readEvaluation(report)
  if (!view) {
    return (
      <Panel title="Evaluation">
        <Notice tone="info">This report has a form this page does not know; here is its content.</Notice>
        <pre className="code-block">{JSON.stringify(report, null, 2)}</pre>
      </Panel>
    )
  }
  return (
    <>
      <Overall view={view} />
      {view.harmed.length > 0 ? <HarmedSlices harmed={view.harmed} /> : null}
      <Slices view={view} />
      {view.discovered.length > 0 ? <DiscoveredSlices discovered={view.discovered} /> : null}
      <div className="plot-panels">
        {view.bins.length > 0 ? <Reliability bins={view.bins} /> : null}
        {view.costs ? <Costs costs={view.costs} /> : null}
        {view.folds && view.folds.folds.length > 1 ? <Folds folds={view.folds} /> : null}
      </div>
      {view.thresholds.length > 0 ? <Thresholds view={view} /> : null}
      {view.recalibrated.length > 0 ? <Recalibrated items={view.recalibrated} /> : null}
    </>
  )
}

function countsText({ rows, matured, effective }: Measured): string | null {
  if (rows === undefined) return null
  return [
    `n = ${formatCount(rows)} rows`,
    ...(matured === undefined || matured === rows ? [] : [`${formatCount(matured)} with a label`]),
    ...(effective === undefined || matured === undefined || Math.round(effective) >= matured
      ? []
      : [`worth ${formatCount(effective)} independent ones`]),
  ].join(', ')
}

function Overall({ view: { all, split, scorer, methods, coverage } }: { view: EvaluationView }) {
  const measured: Readonly<Record<string, unknown>> = {
    base_rate: all.baseRate,
    score_mean: all.scoreMean,
    ...all.metrics,
  }
  const names = inReadingOrder(Object.keys(measured))
  const waiting = [
    [coverage?.['immature'], 'rows wait for their label'],
    [coverage?.['unobservable'], 'rows will never have one'],
  ].flatMap(([count, word]) =>
    typeof count === 'number' && count > 0 ? [`${formatCount(count)} ${word}.`] : [],
  )
  const note = [...waiting, ...(scorer ? [`Scored by ${scorer}.`] : [])].join(' ')
  return (
    <Panel title={`Evaluation on ${split}`} aside={countsText(all)} note={note || undefined}>
      <MetricTable label="Metrics" names={names.slice(0, shownMetrics)} {...{ all, measured, methods }} />
      {names.length > shownMetrics ? (
        <details className="card-section">
          <summary>{plural(names.length - shownMetrics, 'more metric')}</summary>
          <MetricTable
            label="More metrics"
            names={names.slice(shownMetrics)}
            {...{ all, measured, methods }}
          />
        </details>
      ) : null}
    </Panel>
  )
}

const shownMetrics = 9

interface MetricTableProps {
  readonly label: string
  readonly names: readonly string[]
  readonly all: Measured
  readonly measured: Readonly<Record<string, unknown>>
  readonly methods: Readonly<Record<string, unknown>>
}

function MetricTable({ label, names, all, measured, methods }: MetricTableProps) {
  const told = names.some(key => typeof methods[key] === 'string')
  return (
    <SimpleTable
      label={label}
      head={['Metric', '>Value', '95 % interval', ...(told ? ['Interval by'] : [])]}
      rows={names.map(key => [
        metricWord(key),
        <MeasuredText key="value" value={measured[key]} show={digits} />,
        all.bounds[key] ? (
          <span key="interval" className="num">
            {digits(all.bounds[key].lower)} to {digits(all.bounds[key].upper)}
          </span>
        ) : (
          <span key="interval" className="muted">
            not computed
          </span>
        ),
        ...(told
          ? [
              <span key="method" className="muted">
                {typeof methods[key] === 'string' ? methodWord(methods[key]) : 'not told'}
              </span>,
            ]
          : []),
      ])}
    />
  )
}

const digits = (value: number) => formatNumber(value, 4)

const methodWords: Readonly<Record<string, string>> = {
  wilson: 'Wilson',
  delong: 'DeLong',
  delta: 'influence of each row',
  'delta-logit': 'influence of each row, on log-odds',
  'fisher-z': 'Fisher’s z',
  'order-statistics': 'order statistics',
  bins: 'bins, conservative',
}
const methodWord = (method: string) => methodWords[method] ?? method

const shownRates = ['precision', 'recall', 'fpr', 'f1', 'selection_rate']

function Thresholds({ view }: { view: EvaluationView }) {
  const rates = shownRates.filter(rate => view.thresholds.some(item => rate in item.rates))
  const words: Readonly<Record<string, string>> = {
    'base-rate': 'as many as are positive',
    half: 'one half',
    given: 'the one that is given',
    cheapest: 'the cheapest on these rows',
  }
  return (
    <Panel title="At a threshold" note="A row is acted on if its score is greater than the threshold.">
      <SimpleTable
        label="Thresholds"
        head={['Chosen', '>Threshold', ...rates.map(rate => `>${metricWord(rate)}`)]}
        rows={view.thresholds.map(item => [
          words[item.at] ?? item.at,
          item.threshold === undefined ? 'not told' : formatNumber(item.threshold),
          ...rates.map(rate => (
            <MeasuredText
              key={rate}
              value={item.rates[rate]}
              bounds={item.bounds[rate === 'selection_rate' ? 'action_rate' : rate]}
            />
          )),
        ])}
      />
    </Panel>
  )
}
