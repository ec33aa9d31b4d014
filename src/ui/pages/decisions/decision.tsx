import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { Decision } from '../../../api/deployments.ts'
import { Hash } from '../../components/hash.tsx'
import { Notice } from '../../components/messages.tsx'
import { Facts, Figures, Loaded, Page, Panel } from '../../components/page.tsx'
import { Time } from '../../components/time.tsx'
import { queries } from '../../data/queries.ts'
import { formatFixed, formatMicros, formatNumber, formatSigned } from '../../format.ts'
import { entityText } from '../deployments/decisions.tsx'
import { FeatureTable } from './feature-table.tsx'
import { FeedbackPanel } from './feedback-panel.tsx'
import { OriginPanels } from './origin-panel.tsx'
import { Reasons } from './reasons.tsx'
import { ReplayPanel } from './replay-panel.tsx'
import { ScoreLine } from './score-line.tsx'

const route = getRouteApi('/decisions/$id')

export function DecisionPage() {
  const { id } = route.useParams()
  const decision = useQuery({ ...queries.decision(id), staleTime: Number.POSITIVE_INFINITY })
  const data = decision.data
  return (
    <Page
      title={data ? entityText(data.entity, keysOf(data)) : 'Decision'}
      tab="Decision"
      crumbs={
        <>
          <Link to="/decisions">Decisions</Link>
          {data ? (
            <>
              {' '}
              /{' '}
              <Link to="/deployments/$name" params={{ name: data.deployment }}>
                {data.deployment}
              </Link>
            </>
          ) : null}
        </>
      }
      lede={
        data ? (
          <>
            Decided <Time at={data.decidedAt} full /> with features as of <Time at={data.asOf} full />.
          </>
        ) : null
      }
    >
      <Loaded query={decision} rows={14}>
        {found => <Body decision={found} />}
      </Loaded>
    </Page>
  )
}

/** What was looked up by: what the caller sent and the model did not take as a value of its own. */
function keysOf(decision: Decision): readonly string[] {
  const inputs = new Set(decision.features.map(feature => feature.name))
  return Object.keys(decision.entity).filter(name => !inputs.has(name))
}

function Body({ decision }: { decision: Decision }) {
  return (
    <>
      <section className="panel" aria-label="Answer">
        <Figures
          items={[
            ['Score', formatFixed(decision.score)],
            ['Action', decision.action ?? <span className="muted">none</span>],
            [
              'Threshold',
              decision.threshold === null ? (
                <span key="none" className="muted">
                  none
                </span>
              ) : (
                `${formatNumber(decision.threshold)}${decision.segment === null ? '' : ` of ${decision.segment}`}`
              ),
            ],
          ]}
        />
        <ScoreLine score={decision.score} threshold={decision.threshold} />
        {decision.degradedReasons.length > 0 ? (
          <Notice tone="warn">
            Degraded: {decision.degradedReasons.join(', ')}.{' '}
            {decision.servedBy === 'model'
              ? 'The model answered without some of its features: they count as missing, in the reasons too.'
              : 'The score is not the model’s.'}
          </Notice>
        ) : null}
      </section>
      <Panel title="Reasons" aside="strongest first">
        <div className="panel-body">
          <Reasons {...decision} />
        </div>
      </Panel>
      <Panel
        title="Features as served"
        aside={sumText(decision)}
        note="Contribution: what the value added to the raw score (log-odds), to the right towards the positive class."
      >
        <FeatureTable features={decision.features} asOf={decision.asOf} />
      </Panel>
      <OriginPanels id={decision.predictionId} deployment={decision.deployment} />
      <FeedbackPanel id={decision.predictionId} />
      <ReplayPanel id={decision.predictionId} />
      <div className="columns">
        <Record decision={decision} />
        <Latencies decision={decision} />
      </div>
    </>
  )
}

/** The contributions add up to the raw score exactly; the sentence says so. */
function sumText(decision: Decision): string | null {
  const parts = decision.features.flatMap(feature =>
    feature.contribution === null ? [] : [feature.contribution],
  )
  if (decision.baseline === null || parts.length === 0) return null
  const sum = parts.reduce((left, right) => left + right, 0)
  return `baseline ${formatSigned(decision.baseline)}, contributions ${formatSigned(sum)}, raw score ${formatSigned(decision.rawScore)}`
}

function Record({ decision }: { decision: Decision }) {
  return (
    <Panel title="Record">
      <Facts
        items={[
          ['Prediction id', <code key="id">{decision.predictionId}</code>],
          ['Request id', <code key="request">{decision.requestId}</code>],
          ['Served by', decision.servedBy],
          [
            'Release',
            <Link
              key="release"
              to="/deployments/$name/releases/$number"
              params={{ name: decision.deployment, number: String(decision.release) }}
            >
              r{decision.release}
            </Link>,
          ],
          [
            'Model',
            <Link
              key="model"
              to="/models/$name"
              params={{ name: decision.model }}
              search={{ version: String(decision.modelVersion) }}
            >
              {decision.model} v{decision.modelVersion}
            </Link>,
          ],
          ['Release digest', <Hash key="digest" value={decision.digest} />],
          [
            'Logged in',
            <span key="logged">
              <code>{decision.logged.segment}</code> at byte {formatNumber(decision.logged.offset)}
            </span>,
          ],
        ]}
      />
    </Panel>
  )
}

function Latencies({ decision }: { decision: Decision }) {
  return (
    <Panel title="Time taken">
      <Facts
        items={Object.entries(decision.latencyMicros).map(([stage, micros]) => [
          stage,
          <span key={stage} className="num">
            {formatMicros(micros)}
          </span>,
        ])}
      />
    </Panel>
  )
}
