import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { RolloutView } from '../../../../api/rollouts.ts'
import type { LookPointView, StageEvidenceView } from '../../../../api/stage-evidence.ts'
import { useFirst } from '../../../components/first-rows.tsx'
import { boundsText, Measured, shortNumber, smallText, whyUndefined } from '../../../components/measured.tsx'
import { Notice } from '../../../components/messages.tsx'
import { Figures, Loaded, Panel } from '../../../components/page.tsx'
import { SimpleTable } from '../../../components/simple-table.tsx'
import { State } from '../../../components/state.tsx'
import { Time } from '../../../components/time.tsx'
import { formatCount, formatShare, plural } from '../../../format.ts'
import { metricWord } from '../../../texts.ts'
import { chartsOf, harmSeries, harmWord } from './charts.ts'
import { HarmChart, LooksTable, ShareChart } from './look-chart.tsx'
import { rolloutQueries } from './queries.ts'
import { NoLook } from './rollout-panel.tsx'
import { ScoreHistogram } from './score-histogram.tsx'
import { isUnderWay } from './words.ts'

const route = getRouteApi('/deployments/$name/rollouts/$id')

/** What the looks found: the newest in full, all of them as charts. */
export function EvidenceTab({ rollout }: { rollout: RolloutView }) {
  const { evidence } = rollout
  const looks = useQuery({ ...rolloutQueries.looks(rollout), enabled: evidence !== null })
  if (evidence === null) return <NoLook />
  return (
    <>
      <Newest evidence={evidence} live={isUnderWay(rollout)} />
      <Loaded query={looks} rows={8}>
        {({ looks: points }) => <OverTime points={points} evidence={evidence} />}
      </Loaded>
      <Guards evidence={evidence} />
      <Scores evidence={evidence} />
      {evidence.notes.length > 0 ? (
        <Panel title="What could not be measured">
          <ul className="notes small">
            {evidence.notes.map(note => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </Panel>
      ) : null}
    </>
  )
}

function Newest({ evidence, live }: { evidence: StageEvidenceView; live: boolean }) {
  const { coverage, answers, units, planned, matured, harmed, harm } = evidence
  return (
    <section className="panel" aria-label="Newest look">
      <p className="rollout-sentence">
        <State value={harmed ? 'fail' : 'info'} word={harmSentence(harm)} />
      </p>
      <Figures
        items={[
          [
            'Answers with a pair',
            coverage === null ? (
              <small key="pairs">not measured {evidence.stage === 'shadow' ? 'yet' : 'in this stage'}</small>
            ) : (
              <>
                <Measured value={coverage.share} show={formatShare} />{' '}
                <small>
                  {formatCount(coverage.pairs)} of {formatCount(coverage.eligible)}
                </small>
              </>
            ),
          ],
          [
            'Answers by champion, by challenger',
            <>
              {formatCount(answers.champion)} <small>and</small> {formatCount(answers.challenger)}
            </>,
          ],
          [
            'Units first seen in this step',
            <>
              {formatCount(units.champion)} <small>and</small> {formatCount(units.challenger)}
            </>,
          ],
          [
            'Labels known',
            <>
              <Measured value={matured.share} show={formatShare} />{' '}
              <small>
                {formatCount(matured.labelled)} of {formatCount(matured.rows)}
              </small>
            </>,
          ],
          [
            'Cells with their planned rows',
            planned.cells === 0 ? (
              <small key="planned">none is planned</small>
            ) : (
              `${formatCount(planned.reached)} of ${formatCount(planned.cells)}`
            ),
          ],
        ]}
      />
      <p className="panel-note">
        Look of <Time at={evidence.at} full /> at what happened since <Time at={evidence.since} full />.
        {live ? ' Looked at again every few seconds.' : ' The last one before it ended.'}
        {coverage ? <Drops drops={coverage.drops} biased={coverage.biased} /> : null}
      </p>
    </section>
  )
}

function harmSentence(harm: StageEvidenceView['harm']): string {
  if (harm.length === 0) return 'No cell is tested for harm: no contract is declared for this stage.'
  const harmed = harm.filter(each => each.harmed).length
  const unmeasured = harm.filter(({ interval }) => interval === null).length
  const rest = unmeasured === 0 ? '' : `; ${formatCount(unmeasured)} could not be measured`
  if (harmed > 0) return `Harm is proven in ${formatCount(harmed)} of ${plural(harm.length, 'cell')}${rest}.`
  if (unmeasured === harm.length)
    return `Harm could not be measured in any of ${plural(harm.length, 'cell')}.`
  return `No harm is proven in ${plural(harm.length - unmeasured, 'cell')}${rest}.`
}

function Drops({ drops, biased }: { drops: Readonly<Record<string, number>>; biased: boolean }) {
  const lost = Object.entries(drops).filter(([, count]) => count > 0)
  return (
    <>
      {lost.length === 0
        ? ' No shadow score was dropped.'
        : ` Dropped: ${lost.map(([why, count]) => `${why.replaceAll(/[-_]/g, ' ')} ${formatCount(count)}`).join(', ')}.`}
      {biased ? ' What was dropped differs from what was scored: the pairs do not stand for all.' : ''}
    </>
  )
}

function OverTime({ points, evidence }: { points: readonly LookPointView[]; evidence: StageEvidenceView }) {
  const { look } = route.useSearch()
  const charts = chartsOf(points)
  const series = harmSeries(points, evidence.contracts)
  const [shown, more] = useFirst(series, 9)
  const linked = points.find(({ id }) => id === look)
  return (
    <>
      {look === undefined ? null : (
        <Notice tone="info">
          <p>
            {linked ? (
              <>
                A row of the journal rests on the look of <Time at={linked.at} full />: agreement{' '}
                {shareText(linked.agreement)}, {formatCount(linked.harm.filter(each => each.harmed).length)}{' '}
                cells harmed.
              </>
            ) : (
              'The look this row of the journal rests on is not among those shown.'
            )}
          </p>
        </Notice>
      )}
      <Panel
        title="Over the looks"
        aside={
          <>
            {plural(points.length, 'look')}, <Time at={points[0]?.at} /> to <Time at={points.at(-1)?.at} />
          </>
        }
        note="Champion: a line. Challenger: a line with dots. A gap is a look that could not measure it."
      >
        <div className="look-charts">
          {charts.map(chart => (
            <ShareChart key={chart.title} chart={chart} />
          ))}
        </div>
        <LooksTable charts={charts} />
      </Panel>
      {series.length === 0 ? null : (
        <Panel
          title="Harm, cell by cell"
          aside="worse is up"
          note="Each bar is what the rows of one look allow to be true; the shade is not allowed. The intervals hold however often they are looked at. A bar that lies wholly in the shade is harm."
        >
          <div className="look-charts">
            {shown.map(each => (
              <HarmChart key={`${each.contract} ${each.slice} ${each.metric}`} series={each} />
            ))}
          </div>
          {more}
          <HarmTable evidence={evidence} />
        </Panel>
      )}
    </>
  )
}

const shareText = (value: unknown) => (typeof value === 'number' ? formatShare(value) : whyUndefined(value))

function HarmTable({ evidence: { harm } }: { evidence: StageEvidenceView }) {
  return (
    <details>
      <summary>The newest look as a table</summary>
      <SimpleTable
        label="Cells of the harm test"
        head={['Slice', 'Contract', 'Metric', 'Says', '>n', '>Worse by', '>Allowed', '>p, adjusted']}
        rows={harm.map(cell => [
          cell.slice,
          cell.contract,
          metricWord(cell.metric),
          <State
            key="says"
            value={cell.harmed ? 'fail' : cell.interval === null ? 'waiting' : 'pass'}
            word={harmWord(cell)}
          />,
          formatCount(cell.n),
          <Measured key="estimate" value={cell.estimate} bounds={cell.interval} />,
          cell.margin === null ? 'no margin' : shortNumber(cell.margin),
          cell.pHolm === null ? 'not adjusted' : smallText(cell.pHolm),
        ])}
      />
    </details>
  )
}

const guardWords = {
  error_rate: 'Errors',
  slow_rate: 'Slow answers',
  degraded_share: 'Answered by the fallback',
} as const
const guardStates = {
  ok: ['pass', 'within the limit'],
  warning: ['warn', 'near the limit'],
  breached: ['fail', 'beyond the limit'],
  'not-measured': ['waiting', 'not measured'],
} as const
const ratioStates = {
  ok: ['pass', 'as the weights say'],
  mismatch: ['fail', 'not as the weights say'],
  'not-measured': ['waiting', 'not measured: too few units'],
} as const

function Guards({ evidence: { guards, sampleRatio, stage } }: { evidence: StageEvidenceView }) {
  const counted = ({ events, of }: { readonly events: number; readonly of: number }) =>
    of === 0 ? 'none counted' : `${formatCount(events)} of ${formatCount(of)} (${formatShare(events / of)})`
  return (
    <>
      <Panel title="Errors, slowness, fallbacks">
        {guards.length === 0 ? (
          <p className="panel-note">
            {stage === 'shadow'
              ? 'Errors and slowness are guarded from the canary on: a shadow answers nobody.'
              : 'Not measured: no front says what it counted.'}
          </p>
        ) : (
          <SimpleTable
            label="Guards"
            head={['Guard', 'State', '>Champion', '>Challenger', 'Limit']}
            rows={guards.map(({ guard, state, champion, challenger, limit }) => [
              guardWords[guard],
              <State key="state" value={guardStates[state][0]} word={guardStates[state][1]} />,
              counted(champion),
              counted(challenger),
              limit,
            ])}
          />
        )}
      </Panel>
      <Panel title="Split of units">
        {sampleRatio === null ? (
          <p className="panel-note">Not measured: no units are split in this stage.</p>
        ) : (
          <>
            <SimpleTable
              label="Split of units"
              head={['Arm', '>Units', '>Expected']}
              rows={Object.entries(sampleRatio.expected).map(([arm, expected]) => [
                arm,
                formatCount(sampleRatio.counts[arm] ?? 0),
                formatCount(expected),
              ])}
            />
            <p className="panel-note">
              <State value={ratioStates[sampleRatio.state][0]} word={ratioStates[sampleRatio.state][1]} />; p{' '}
              {typeof sampleRatio.p === 'number' ? smallText(sampleRatio.p) : whyUndefined(sampleRatio.p)}.
              Below 0.001 nothing steps up.
            </p>
          </>
        )}
      </Panel>
    </>
  )
}

function Scores({ evidence: { flips } }: { evidence: StageEvidenceView }) {
  if (flips === null) return null
  const { psi, ks, meanShift, rankCorrelation, difference, interval } = flips.all
  return (
    <Panel title="Scores of both on the same rows">
      <div className="panel-body">
        {flips.scores ? (
          <ScoreHistogram scores={flips.scores} />
        ) : (
          <p className="muted">The distribution was not counted by this look.</p>
        )}
        <Figures
          items={[
            ['Population stability', <Measured key="psi" value={psi} />],
            ['Kolmogorov distance', <Measured key="ks" value={ks} />],
            ['Mean shift', <Measured key="shift" value={meanShift} />],
            ['Rank correlation', <Measured key="rank" value={rankCorrelation} />],
            [
              'Acted on, challenger less champion',
              <>
                <Measured value={difference} show={formatShare} />{' '}
                <small>{interval ? boundsText(interval, formatShare) : 'without bounds'}</small>
              </>,
            ],
          ]}
        />
      </div>
    </Panel>
  )
}
