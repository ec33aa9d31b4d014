import { useQuery } from '@tanstack/react-query'
import type { ThresholdsView } from '../../../api/judged.ts'
import { Hash } from '../../components/hash.tsx'
import { Measured, shortNumber } from '../../components/measured.tsx'
import { Facts, Figures, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Time } from '../../components/time.tsx'
import { formatCount, formatFixed, formatShare, plural } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { type ReleaseAt, releaseQueries } from './queries.ts'
import { ReportGate } from './report-gate.tsx'
import { namesInOrder, nameText } from './row-names.ts'
import { SegmentTable } from './segment-table.tsx'
import { ThresholdHistogram } from './threshold-histogram.tsx'
import { changeWords, targetText } from './thresholds.ts'

export function ThresholdsTab({ at }: { at: ReleaseAt }) {
  const query = useQuery(releaseQueries.report('releaseThresholds', at))
  return (
    <ReportGate at={at} query={query} absent={emptyTexts.thresholds}>
      {report => (
        <>
          <Summary report={report} />
          <SegmentTable segments={report.segments} name={at.name} release={at.number} />
          <Examples report={report} />
          <Rule report={report} />
        </>
      )}
    </ReportGate>
  )
}

function Summary({ report: { set, total, changes, segments } }: { report: ThresholdsView }) {
  const { actionRate, flips, realised } = total
  const counts = (Object.keys(changeWords) as (keyof typeof changeWords)[]).flatMap(change =>
    changes[change] > 0 ? [`${changes[change]} ${changeWords[change][1]}`] : [],
  )
  return (
    <Panel
      title="What would change"
      aside={`${plural(segments.length, 'threshold')}: ${counts.join(', ')}`}
      note={targetText(set.rule.target)}
    >
      <div className="panel-body">
        <Figures
          items={[
            [
              'Acted on',
              <span key="rate">
                <Measured value={actionRate.before} show={formatShare} /> →{' '}
                <Measured value={actionRate.after} show={formatShare} />
              </span>,
            ],
            [
              'Decisions that flip a week',
              <span key="flips">
                <Measured value={flips.perWeek} />{' '}
                <small>
                  at most <Measured value={flips.perWeekUpper} />
                </small>
              </span>,
            ],
            ['False positive rate', <Measured key="fpr" value={realised.fpr} show={formatShare} />],
            ['Recall', <Measured key="recall" value={realised.recall} show={formatShare} />],
            ['Precision', <Measured key="precision" value={realised.precision} show={formatShare} />],
          ]}
        />
        <p className="panel-note">
          On the judging half: {formatCount(flips.newlyActed)} rows would be acted on that were not,{' '}
          {formatCount(flips.noLonger)} would be no longer.
        </p>
        <ThresholdHistogram segments={segments} />
      </div>
    </Panel>
  )
}

function Examples({ report: { examples } }: { report: ThresholdsView }) {
  if (examples.length === 0)
    return (
      <Panel title="Who would be acted on">
        <p className="panel-note">Nobody who is not acted on already.</p>
      </Panel>
    )
  const names = namesInOrder(examples.map(each => each.names)).slice(0, 8)
  return (
    <Panel title="Who would be acted on, and was not" aside="examples, highest scores first">
      <SimpleTable
        label="Newly acted on"
        head={['>Score', 'Segment', '>Row', ...names]}
        rows={examples.map(each => [
          formatFixed(each.score, 3),
          each.segment,
          each.row,
          ...names.map(name => nameText(name, each.names[name] ?? null)),
        ])}
      />
    </Panel>
  )
}

function Rule({ report: { set } }: { report: ThresholdsView }) {
  const { rule, otherwise, basis } = set
  return (
    <Panel title="The rule">
      <Facts
        items={[
          ['Action', set.action],
          [
            'Segments',
            rule.per === undefined
              ? 'one threshold for all'
              : `by ${rule.per}${rule.within ? `; small ones inherit from ${rule.within.join(', then ')}` : ''}`,
          ],
          ['Any other segment', `acts above ${shortNumber(otherwise.value)}`],
          ['Largest step', `${shortNumber(rule.maxStep ?? 0.05)} in score a cycle`],
          [
            'Rows',
            <span key="rows">
              <Hash value={basis.rowSet} /> from <Time at={basis.from} /> to <Time at={basis.to} />
            </span>,
          ],
          ['Labels', `of cohorts with at least ${formatShare(basis.maturity)} known`],
          ['Rule', <Hash key="rule" value={set.ruleHash} />],
        ]}
      />
    </Panel>
  )
}
