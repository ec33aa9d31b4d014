import { useQuery } from '@tanstack/react-query'
import type { ComparedSliceView, ComparisonView } from '../../../api/judged.ts'
import { useFirst } from '../../components/first-rows.tsx'
import { IntervalBar } from '../../components/interval-bar.tsx'
import { Measured } from '../../components/measured.tsx'
import { Facts, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { State } from '../../components/state.tsx'
import { formatCount, formatShare } from '../../format.ts'
import { emptyTexts, inReadingOrder, metricWord } from '../../texts.ts'
import { changeLooks, changeOf, changeTones, changeWords, domainOfMetric } from './compared.ts'
import { ComparedSlices } from './compared-slices.tsx'
import { FlippedRows } from './flipped-rows.tsx'
import { type ReleaseAt, releaseQueries } from './queries.ts'
import { ReportGate } from './report-gate.tsx'

export function ComparisonTab({ at }: { at: ReleaseAt }) {
  const query = useQuery(releaseQueries.report('releaseComparison', at))
  return (
    <ReportGate at={at} query={query} absent={emptyTexts.comparison}>
      {report => (
        <>
          <Overall report={report} />
          <div className="columns">
            <Flips slice={report.all} />
            <Scores scores={report.scores} />
          </div>
          <ComparedSlices report={report} />
          <FlippedRows report={report} />
        </>
      )}
    </ReportGate>
  )
}

function Overall({ report: { all, champion, challenger, rows } }: { report: ComparisonView }) {
  const [names, more] = useFirst(inReadingOrder(all.metrics.map(each => each.metric)), 9)
  return (
    <Panel
      title="On all rows"
      aside={`n = ${formatCount(rows)}, ${formatCount(all.matured)} with a label`}
      note={`Champion ${champion} against this release, ${challenger}, on the same rows: all that are held out, also those that chose thresholds. Contracts are decided without these, so their numbers differ a little. A difference is told only where its 95 % interval leaves out zero.`}
    >
      <SimpleTable
        label="Metrics of both"
        head={['Metric', 'Says', 'better ← 0 → worse', '>Difference', '>Champion', '>This release']}
        rows={names.flatMap(name => {
          const metric = all.metrics.find(each => each.metric === name)
          if (metric === undefined) return []
          const change = changeOf(metric)
          return [
            [
              metricWord(metric.metric),
              <State key="says" value={changeLooks[change]} word={changeWords[change]} />,
              metric.interval === null ? (
                <span key="bar" className="muted">
                  no interval
                </span>
              ) : (
                <IntervalBar
                  key="bar"
                  domain={domainOfMetric([metric])}
                  {...metric.interval}
                  estimate={typeof metric.difference === 'number' ? metric.difference : undefined}
                  mark={0}
                  tone={changeTones[change]}
                />
              ),
              <Measured key="difference" value={metric.difference} bounds={metric.interval} />,
              <Measured key="champion" value={metric.champion} />,
              <Measured key="challenger" value={metric.challenger} />,
            ],
          ]
        })}
      />
      {more}
    </Panel>
  )
}

function Flips({ slice: { flips, pMcNemar, rows } }: { slice: ComparedSliceView }) {
  if (flips === null)
    return (
      <Panel title="Decisions that flip">
        <p className="panel-note">A model does not say what it would do: no decision can flip.</p>
      </Panel>
    )
  const count = (value: number) => (
    <>
      {formatCount(value)} <span className="tiny muted">{formatShare(value / rows)}</span>
    </>
  )
  const judged = flips.challengerRight + flips.championRight
  return (
    <Panel title="Decisions that flip" note="The same rows, by what each of the two would do.">
      <SimpleTable
        label="What both would do"
        head={['', '>This release acts', '>This release does not']}
        rows={[
          ['Champion acts', count(flips.both), count(flips.onlyChampion)],
          ['Champion does not', count(flips.onlyChallenger), count(flips.neither)],
        ]}
      />
      <p className="sentence">
        {formatCount(flips.onlyChallenger + flips.onlyChampion)} decisions flip.{' '}
        {judged === 0
          ? 'None of them has a label yet, so nobody knows who was right.'
          : `Of the ${formatCount(judged)} with a label, this release was right in ${formatCount(flips.challengerRight)} and the champion in ${formatCount(flips.championRight)}.`}{' '}
        McNemar p: <Measured value={pMcNemar} />.
      </p>
    </Panel>
  )
}

function Scores({ scores }: { scores: ComparisonView['scores'] }) {
  return (
    <Panel title="Scores">
      <Facts
        items={[
          ['Largest gap of the distributions', <Measured key="ks" value={scores.ks} />],
          ['Mean shift', <Measured key="shift" value={scores.meanShift} />],
          ['Rank correlation', <Measured key="rank" value={scores.rankCorrelation} />],
        ]}
      />
    </Panel>
  )
}
