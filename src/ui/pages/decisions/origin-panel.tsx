import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { DecisionTrace } from '../../../api/decisions.ts'
import { Hash } from '../../components/hash.tsx'
import { Facts, Loaded, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Time } from '../../components/time.tsx'
import { formatCount, formatFixed } from '../../format.ts'
import { decisionQueries } from './queries.ts'
import { armReason, kindWords } from './words.ts'

/** How the row came to its release, who stands behind that release, and what others said of the same row. */
export function OriginPanels({ id, deployment }: { id: string; deployment: string }) {
  const trace = useQuery(decisionQueries.trace(id))
  return (
    <>
      <div className="columns">
        <Panel title="Why this release">
          <Loaded query={trace} rows={6}>
            {data => <Routing trace={data} />}
          </Loaded>
        </Panel>
        <Panel title="Who stands behind it">
          <Loaded query={trace} rows={6}>
            {data => <Approval trace={data} />}
          </Loaded>
        </Panel>
      </div>
      {trace.data ? <Parts trace={trace.data} deployment={deployment} /> : null}
      {trace.data && trace.data.shadows.length > 0 ? <Twins trace={trace.data} /> : null}
    </>
  )
}

function Routing({ trace: { routing, retries, rollout } }: { trace: DecisionTrace }) {
  const { kind, arm, bucket, salt, sticky, seq } = routing
  return (
    <Facts
      items={[
        ['Made for', kindWords[kind] ?? kind],
        ['Arm', arm],
        ['Because', armReason(routing.armReason)],
        ['Bucket', bucket === null ? 'none was drawn' : `${formatCount(bucket)} of 10 000`],
        ['Salt', salt === null ? 'none' : <code key="salt">{salt}</code>],
        ['Sticky', sticky === null ? 'nothing to stick to' : sticky ? 'yes, by unit' : 'no, by request'],
        [
          'Rollout log row',
          rollout === null ? (
            (seq ?? 'none')
          ) : (
            <>
              {rollout.seq}: {rollout.event} to {formatFixed(rollout.weight, 0)} %, <Act {...rollout} />
            </>
          ),
        ],
        ...(routing.shadowOf === null
          ? []
          : ([['Scores again', <code key="of">{routing.shadowOf}</code>]] as const)),
        ...(routing.parentId === null
          ? []
          : ([['Part of', <DecisionLink key="parent" id={routing.parentId} />]] as const)),
        ...(routing.jobId === null
          ? []
          : ([
              [
                'Batch job',
                <Link key="job" to="/batch-jobs/$id" params={{ id: routing.jobId }}>
                  {routing.jobId}
                </Link>,
              ],
            ] as const)),
        ['Asked by', routing.caller ?? 'callers are not known'],
        ['Retries', retries],
      ]}
    />
  )
}

function DecisionLink({ id }: { id: string }) {
  return (
    <Link to="/decisions/$id" params={{ id }}>
      <code>{id}</code>
    </Link>
  )
}

function Approval({ trace: { release } }: { trace: DecisionTrace }) {
  const [verdict] = release.verdicts
  return (
    <Facts
      items={[
        ['Made', release.made === null ? 'not known' : <Act key="made" {...release.made} />],
        [
          'Verdict',
          verdict === undefined ? (
            'none stood'
          ) : (
            <>
              {verdict.verdict}, <Time at={verdict.at} /> <Hash value={verdict.hash} />
            </>
          ),
        ],
        ...release.approvals.map(
          ({ by, at }) => ['Approved', <Act key={`${by} ${at}`} at={at} by={by} reason="" />] as const,
        ),
        ...release.servings.map(
          (serving, index) =>
            [
              index === 0 ? 'Served since' : `Served before (${index})`,
              <Act key={serving.at} {...serving} />,
            ] as const,
        ),
      ]}
    />
  )
}

function Act({ at, by, reason }: { at: string; by: string; reason: string }) {
  return (
    <>
      <Time at={at} />, by {by}
      {reason === '' ? '' : `: ${reason}`}
    </>
  )
}

function Parts({ trace: { release }, deployment }: { trace: DecisionTrace; deployment: string }) {
  return (
    <Panel
      title="Parts of the release"
      aside={
        <Link
          to="/deployments/$name/releases/$number"
          params={{ name: deployment, number: String(release.number) }}
        >
          r{release.number}
        </Link>
      }
      note={`Scored by ${release.scorer.kind}, build ${release.scorer.build}.`}
    >
      <SimpleTable
        label="Parts of the release"
        head={['Part', 'Hash']}
        rows={release.parts.map(({ part, hash }) => [part, <Hash key="hash" value={hash} />])}
      />
    </Panel>
  )
}

function Twins({ trace: { shadows } }: { trace: DecisionTrace }) {
  return (
    <Panel title="Scored again in its shadow" aside="what other releases said of the same row">
      <SimpleTable
        label="Shadow twins"
        head={['Release', '>Score', 'Action', 'Decision']}
        rows={shadows.map(({ release, score, action, predictionId }) => [
          `r${release}`,
          formatFixed(score),
          action ?? 'none',
          <DecisionLink key="id" id={predictionId} />,
        ])}
      />
    </Panel>
  )
}
