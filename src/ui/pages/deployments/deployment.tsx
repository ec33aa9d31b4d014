import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { Deployment } from '../../../api/deployments.ts'
import { Facts, Figures, Loaded, Page, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { State } from '../../components/state.tsx'
import { Time } from '../../components/time.tsx'
import { numberAt } from '../../data/json.ts'
import { queries } from '../../data/queries.ts'
import { formatCount, formatNumber, plural } from '../../format.ts'
import { ReleasesPanel } from '../releases/releases-panel.tsx'
import { Decisions } from './decisions.tsx'
import { RolloutPanel } from './rollout/rollout-panel.tsx'
import { RolloutsPanel } from './rollout/rollouts-panel.tsx'
import { TryIt } from './try-it.tsx'

const route = getRouteApi('/deployments/$name')

export function DeploymentPage() {
  const { name } = route.useParams()
  const deployment = useQuery({ ...queries.deployment(name), refetchInterval: 10_000 })
  return (
    <Page
      title={name}
      crumbs={<Link to="/deployments">Deployments</Link>}
      lede={deployment.data ? <Answer deployment={deployment.data} /> : null}
      actions={
        <>
          <Link to="/demo/$deployment" params={{ deployment: name }}>
            Demo page
          </Link>{' '}
          ·{' '}
          <Link to="/deployments/$name/feedback" params={{ name }}>
            Feedback
          </Link>{' '}
          ·{' '}
          <Link to="/deployments/$name/skew" params={{ name }}>
            Served as computed?
          </Link>{' '}
          ·{' '}
          <Link to="/catalog/$kind/$name" params={{ kind: 'deployment', name }}>
            Definition
          </Link>
        </>
      }
    >
      <Loaded query={deployment} rows={12}>
        {data => <Body deployment={data} />}
      </Loaded>
    </Page>
  )
}

function Answer({ deployment }: { deployment: Deployment }) {
  const { release, model, modelVersion, state, problem, deployedAt } = deployment
  if (release === null)
    return (
      <>
        <State value={state} />: it has no release yet and answers nobody.
      </>
    )
  return (
    <>
      <State value={state} />
      {problem === undefined
        ? `: release ${release} answers with `
        : `, ${problem}. Release ${release} is deployed, with `}
      <Link
        to="/models/$name"
        params={{ name: model }}
        search={{ version: modelVersion === null ? undefined : String(modelVersion) }}
      >
        {model} v{modelVersion}
      </Link>{' '}
      since <Time at={deployedAt} full />.
    </>
  )
}

function Body({ deployment }: { deployment: Deployment }) {
  const keys = useMemo(
    () => deployment.request.filter(field => field.role === 'key').map(field => field.name),
    [deployment.request],
  )
  return (
    <>
      <RolloutPanel deployment={deployment.name} />
      <section className="panel" aria-label="Answers">
        <Traffic traffic={deployment.traffic} />
      </section>
      <div className="columns">
        <TryIt deployment={deployment} />
        <Contract deployment={deployment} />
      </div>
      <RolloutsPanel deployment={deployment.name} />
      <ReleasesPanel deployment={deployment.name} />
      <Decisions deployment={deployment.name} keys={keys} />
    </>
  )
}

function Traffic({ traffic }: { traffic: Deployment['traffic'] }) {
  if (!traffic) return <p className="muted">Traffic is not measured until the serving process reports.</p>
  const share = traffic.predictions > 0 ? (100 * traffic.degraded) / traffic.predictions : null
  return (
    <>
      <Figures
        items={[
          ['Predictions', formatCount(traffic.predictions)],
          [
            'Degraded',
            <>
              {formatCount(traffic.degraded)}{' '}
              <small>{share === null ? 'no traffic yet' : `${formatNumber(share, 2)} %`}</small>
            </>,
          ],
          ['Median latency', <Latency key="p50" ms={traffic.p50Ms} />],
          ['99th percentile', <Latency key="p99" ms={traffic.p99Ms} />],
        ]}
      />
      <p className="panel-note">
        Counted since the serving process started, <Time at={traffic.since} full />. The decisions below are
        kept.
      </p>
    </>
  )
}

function Latency({ ms }: { ms: number | null }) {
  if (ms === null) return <small>not measured yet</small>
  return (
    <>
      {formatNumber(ms, 3)} <small>ms</small>
    </>
  )
}

function Contract({ deployment }: { deployment: Deployment }) {
  const { action, vector } = deployment
  return (
    <div>
      <Panel title="How it answers">
        <Facts
          items={[
            [
              'Address',
              deployment.predictUrl ? <code key="url">{deployment.predictUrl}</code> : 'none until deployed',
            ],
            ['Action', action ? actionText(action) : 'none: the score alone'],
            ['When the model cannot', fallbackText(deployment.fallback)],
          ]}
        />
      </Panel>
      <Panel title="Request" aside="what a caller sends">
        <SimpleTable
          label="Request fields"
          head={['Field', 'Type', 'Role', 'Null']}
          rows={deployment.request.map(field => [
            <code key="name" title={field.description ?? undefined}>
              {field.name}
            </code>,
            <code key="type" className="soft">
              {field.type}
            </code>,
            field.role === 'key' ? 'entity key' : 'input',
            field.nullable ? 'allowed' : 'refused',
          ])}
        />
      </Panel>
      <details className="panel">
        <summary>Model vector, {plural(vector.length, 'column')}</summary>
        <SimpleTable
          label="Model vector"
          head={['>#', 'Column', 'Type']}
          rows={vector.map((field, index) => [
            index + 1,
            <code key="name">{field.name}</code>,
            <code key="type" className="soft">
              {field.type}
            </code>,
          ])}
        />
      </details>
    </div>
  )
}

function actionText({ name, threshold, segments }: NonNullable<Deployment['action']>): string {
  if (segments === null) return `${name} if score > ${formatNumber(threshold)}`
  const { per, count, lowest, highest } = segments
  return `${name} if the score is above the threshold of its ${per}: ${plural(count, 'threshold')} from ${formatNumber(lowest)} to ${formatNumber(highest)}, and ${formatNumber(threshold)} for any other`
}

function fallbackText(fallback: unknown): string {
  const score = numberAt(fallback, 'score')
  return score === undefined ? 'no fallback is declared' : `answers ${formatNumber(score)}, marked degraded`
}
