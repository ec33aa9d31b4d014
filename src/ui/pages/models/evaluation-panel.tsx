import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { Notice } from '../../components/messages.tsx'
import { Panel } from '../../components/page.tsx'
import { Quantity } from '../../components/quantity.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Segments } from '../../components/tabs.tsx'
import { formatCount, formatFixed, formatNumber, plural } from '../../format.ts'
import { metricWord } from '../../texts.ts'
import { Calibration } from './calibration.tsx'
import type { EvaluationView, Interval } from './evaluation.ts'
import { readEvaluation } from './evaluation.ts'
import { SliceTable } from './slice-table.tsx'

const route = getRouteApi('/models/$name')

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
      <Slices view={view} />
      {view.bins.length > 0 ? <Calibration bins={view.bins} /> : null}
      {view.thresholds.length > 0 ? <Thresholds view={view} /> : null}
    </>
  )
}

function Overall({ view: { all, split, scorer } }: { view: EvaluationView }) {
  return (
    <Panel
      title={`Evaluation on ${split}`}
      aside={all.rows === undefined ? null : `n = ${formatCount(all.rows)} rows`}
      note={scorer ? `Scored by ${scorer}.` : undefined}
    >
      <SimpleTable
        label="Metrics"
        head={['Metric', '>Value', '95 % interval']}
        rows={[
          ...Object.entries(all.metrics).map(([key, value]) => [
            metricWord(key),
            <Quantity key="value" value={value} />,
            <IntervalText key="interval" interval={key === 'roc_auc' ? all.interval : undefined} />,
          ]),
          [
            'Base rate',
            <Quantity key="base" value={all.baseRate} />,
            <IntervalText key="interval" interval={all.baseRateInterval} />,
          ],
          [
            'Mean score',
            <Quantity key="mean" value={all.scoreMean} />,
            <IntervalText key="interval" interval={undefined} />,
          ],
        ]}
      />
    </Panel>
  )
}

function IntervalText({ interval }: { interval: Interval | undefined }) {
  if (!interval) return <span className="muted">not computed</span>
  return (
    <span className="num">
      {formatFixed(interval[0])} to {formatFixed(interval[1])}
    </span>
  )
}

const shownAtFirst = 15

function Slices({ view }: { view: EvaluationView }) {
  const { slice } = route.useSearch()
  const [all, setAll] = useState(false)
  // A cut into one part says what the whole says: it comes last.
  const slices = view.slices.toSorted(
    (left, right) => Number(right.values.length > 1) - Number(left.values.length > 1),
  )
  const [first] = slices
  if (!first) return null
  const chosen = slices.find(item => item.column === slice) ?? first
  return (
    <Panel
      title={`By ${chosen.column}`}
      aside={
        <Segments
          label="Sliced by"
          param="slice"
          choices={slices.map(item => [item.column, item.column] as const)}
        />
      }
      note={`${whichValues(chosen)} Bars show ROC AUC from 0.5, where guessing stands, to 1; the line is the value over all rows.`}
    >
      <SliceTable
        values={all ? chosen.values : chosen.values.slice(0, shownAtFirst)}
        overall={view.all}
        column={chosen.column}
      />
      {chosen.values.length > shownAtFirst ? (
        <p className="more">
          <button type="button" className="button" onClick={() => setAll(!all)}>
            {all ? `Show the first ${shownAtFirst}` : `Show all ${chosen.values.length}`}
          </button>
        </p>
      ) : null}
    </Panel>
  )
}

/** What the rows of the table are: every value, or those with most rows and the rest in one. */
function whichValues({ values, distinct }: EvaluationView['slices'][number]): string {
  if (distinct === undefined || distinct <= values.length) return `All ${plural(values.length, 'value')}.`
  return `The values with most rows, out of ${formatCount(distinct)}; the others are measured together.`
}

const shownRates = ['precision', 'recall', 'fpr', 'f1', 'selection_rate']

function Thresholds({ view }: { view: EvaluationView }) {
  const rates = shownRates.filter(rate => view.thresholds.some(item => rate in item.rates))
  return (
    <Panel title="At a threshold" note="A row is acted on if its score is greater than the threshold.">
      <SimpleTable
        label="Thresholds"
        head={['Chosen', '>Threshold', ...rates.map(rate => `>${metricWord(rate)}`)]}
        rows={view.thresholds.map(item => [
          item.at === 'base-rate' ? 'as many as are positive' : item.at === 'half' ? 'one half' : item.at,
          item.threshold === undefined ? '—' : formatNumber(item.threshold),
          ...rates.map(rate => <Quantity key={rate} value={item.rates[rate]} decimals={3} />),
        ])}
      />
    </Panel>
  )
}
