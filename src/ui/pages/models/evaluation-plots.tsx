import { Measured, shortNumber } from '../../components/measured.tsx'
import { Panel } from '../../components/page.tsx'
import { Plot } from '../../components/plot.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { formatCount, formatShare, plural } from '../../format.ts'
import { metricWord } from '../../texts.ts'
import type { CostsView, EvaluationView, FoldsView } from './evaluation.ts'

/** Promised against observed rate: points on the diagonal keep their promise. */
export function Reliability({ bins }: { bins: EvaluationView['bins'] }) {
  const points = bins.flatMap(({ meanScore, rate, bounds }) =>
    typeof meanScore === 'number' && typeof rate === 'number' ? [{ x: meanScore, y: rate, bounds }] : [],
  )
  return (
    <Panel
      title="Calibration"
      note="Rows in bins of equal count by score: what was promised, and what share came true, with its 95 % interval. On the dashed line both are equal."
    >
      {points.length > 1 ? (
        <Plot
          label="Reliability: share that came true by mean score"
          x={{ word: 'mean score' }}
          y={{ word: 'came true' }}
          points={points}
          diagonal
        />
      ) : null}
      <details className="card-section">
        <summary>{plural(bins.length, 'bin')} in numbers</summary>
        <SimpleTable
          label="Calibration"
          head={['Bin', '>n', '>Mean score', '>Came true']}
          rows={bins.map((bin, index) => [
            index + 1,
            bin.n === undefined ? 'not told' : formatCount(bin.n),
            <Measured key="mean" value={bin.meanScore} />,
            <Measured key="rate" value={bin.rate} bounds={bin.bounds} />,
          ])}
        />
      </details>
    </Panel>
  )
}

const calibrations: Readonly<Record<string, string>> = {
  none: 'as they are',
  platt: 'logistic (Platt)',
  isotonic: 'isotonic',
}

/** What calibrating would do, fitted on one half and measured on the other. */
export function Recalibrated({ items }: { items: EvaluationView['recalibrated'] }) {
  return (
    <Panel title="If scores were calibrated" note="Fitted on one half of the rows, measured on the other.">
      <SimpleTable
        label="Calibrated"
        head={['Scores', '>n', `>${metricWord('ece')}`, `>${metricWord('log_loss')}`]}
        rows={items.map(each => [
          calibrations[each.kind] ?? each.kind,
          each.rows === undefined ? 'not told' : formatCount(each.rows),
          <Measured key="ece" value={each.ece} bounds={each.eceBounds} />,
          <Measured key="loss" value={each.logLoss} bounds={each.logLossBounds} />,
        ])}
      />
    </Panel>
  )
}

/** What errors cost at each threshold. */
export function Costs({ costs }: { costs: CostsView }) {
  const { points, least, falsePositive, falseNegative } = costs
  if (points.length < 2) return null
  const prices =
    falsePositive === undefined || falseNegative === undefined
      ? ''
      : `${shortNumber(falsePositive)} per false positive, ${shortNumber(falseNegative)} per missed positive. `
  const best = least
    ? `Least at a threshold of ${shortNumber(least.threshold)}: ${shortNumber(least.cost)} a row. It was chosen on these rows, so it is optimistic.`
    : ''
  return (
    <Panel title="What errors cost" note={prices + best}>
      <Plot
        label="Mean cost of a row by the share acted on"
        x={{ word: 'share acted on' }}
        y={{ word: 'cost of a row' }}
        points={points.map(({ actionRate, cost, bounds }) => ({ x: actionRate, y: cost, bounds }))}
        line
        marked={least && { x: least.actionRate, y: least.cost }}
      />
      <details className="card-section">
        <summary>{plural(points.length, 'threshold')} in numbers</summary>
        <SimpleTable
          label="Costs"
          head={['>Threshold', '>Acted on', '>Cost of a row']}
          rows={points.map(point => [
            shortNumber(point.threshold),
            formatShare(point.actionRate),
            <Measured key="cost" value={point.cost} bounds={point.bounds} />,
          ])}
        />
      </details>
    </Panel>
  )
}

/** The main metric by calendar period. */
export function Folds({ folds: { by, metric, folds, slope, slopeBounds } }: { folds: FoldsView }) {
  const measured = folds.flatMap(({ value, bounds, from }) =>
    typeof value === 'number' ? [{ y: value, bounds, name: from.slice(0, by === 'month' ? 7 : 10) }] : [],
  )
  const moves = slopeBounds !== undefined && (slopeBounds.lower > 0 || slopeBounds.upper < 0)
  const note =
    slope === undefined || slopeBounds === undefined
      ? 'Too few periods to tell whether it moves.'
      : `${moves ? 'It moves' : 'No clear movement'}: ${shortNumber(slope)} a ${by} (95 %: ${shortNumber(slopeBounds.lower)} to ${shortNumber(slopeBounds.upper)}).`
  return (
    <Panel title={`${metricWord(metric)} over time`} note={note}>
      {measured.length > 1 ? (
        <Plot
          label={`${metricWord(metric)} by ${by}`}
          x={{ word: by, names: measured.map(each => each.name) }}
          y={{ word: metricWord(metric) }}
          points={measured.map(({ y, bounds }, index) => ({ x: index, y, bounds }))}
        />
      ) : null}
      <details className="card-section">
        <summary>{plural(folds.length, by)} in numbers</summary>
        <SimpleTable
          label={`${metricWord(metric)} over time`}
          head={[by === 'month' ? 'Month' : 'From', '>n', `>${metricWord(metric)}`]}
          rows={folds.map(({ from, rows, matured, value, bounds }) => [
            from.slice(0, by === 'month' ? 7 : 10),
            rows === undefined ? 'not told' : formatCount(matured ?? rows),
            <Measured key="value" value={value} bounds={bounds} />,
          ])}
        />
      </details>
    </Panel>
  )
}
