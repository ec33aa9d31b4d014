import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { SkewFact } from '../../../api/skew.ts'
import { ApiError } from '../../api.ts'
import { Empty, Notice } from '../../components/messages.tsx'
import { Figures, Loaded, Page, Panel } from '../../components/page.tsx'
import { RunOffer } from '../../components/run-offer.tsx'
import { State } from '../../components/state.tsx'
import { Time } from '../../components/time.tsx'
import { catalogQueries } from '../../data/catalog-queries.ts'
import { formatCount, plural } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { SkewFeature } from './skew-feature.tsx'
import { SkewTable, unexplained } from './skew-table.tsx'

const route = getRouteApi('/deployments/$name/skew')

/** Whether a deployment serves what its definitions give: served features against their replay offline. */
export function SkewPage() {
  const { name } = route.useParams()
  const skew = useQuery(catalogQueries.skew(name))
  const unmeasured = skew.error instanceof ApiError && skew.error.code === 'SKEW_NOT_MEASURED'
  return (
    <Page
      title={`Skew of ${name}`}
      crumbs={
        <>
          <Link to="/deployments">Deployments</Link> /{' '}
          <Link to="/deployments/$name" params={{ name }}>
            {name}
          </Link>
        </>
      }
      lede={skew.data ? <Answer fact={skew.data} /> : null}
    >
      {unmeasured ? (
        <Empty text={emptyTexts.skew} />
      ) : (
        <Loaded query={skew} rows={10}>
          {fact => <Report fact={fact} />}
        </Loaded>
      )}
      <RunOffer
        pipeline={`${name}-skew`}
        word="Replay now"
        plan="Computes the logged features again offline and compares each to the bit. Nothing that answers is touched."
        command={`fettle skew ${name}`}
      />
    </Page>
  )
}

function Answer({ fact: { report, release, at } }: { fact: SkewFact }) {
  const words = {
    pass: 'what was served is what the definitions give',
    fail: 'served features differ from what their definitions give',
    inconclusive:
      report.requests < report.minRequests
        ? `${formatCount(report.requests)} requests are too few to say, at least ${formatCount(report.minRequests)} are needed`
        : 'too little could be compared to say',
  }
  return (
    <>
      <State value={report.verdict} />: {words[report.verdict]}.{' '}
      {release === null ? 'Nothing was logged.' : `Release ${release}, measured`} <Time at={at} full />
    </>
  )
}

function Report({ fact: { report, pipelineRun } }: { fact: SkewFact }) {
  const { feature } = route.useSearch()
  const bad = report.features.filter(item => unexplained(item) > 0)
  const shown = report.features.find(item => item.feature === feature) ?? bad[0]
  return (
    <>
      <Figures
        items={[
          ['Requests replayed', formatCount(report.requests)],
          ['Features compared', report.features.length],
          ['Features that differ', bad.length],
        ]}
      />
      <p className="panel-note">
        Served from <Time at={report.from} full /> to <Time at={report.to} full />.{' '}
        {pipelineRun ? (
          <Link to="/runs/$id" params={{ id: pipelineRun }}>
            The run that measured it
          </Link>
        ) : null}
      </p>
      {report.warnings.length > 0 ? (
        <Notice tone="warn">
          {report.warnings.map(warning => (
            <p key={warning}>{warning}</p>
          ))}
        </Notice>
      ) : null}
      <Panel title="Features" aside={plural(report.features.length, 'feature')}>
        <SkewTable features={report.features} shown={shown?.feature} />
      </Panel>
      {shown ? <SkewFeature feature={shown} /> : null}
    </>
  )
}
