import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import './releases.css'
import type { ReleaseDetailView } from '../../../api/releases.ts'
import { Loaded, Page } from '../../components/page.tsx'
import { State } from '../../components/state.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { Time } from '../../components/time.tsx'
import { ComparisonTab } from './comparison-tab.tsx'
import { ContractsTab } from './contracts-tab.tsx'
import { EvaluationTab } from './evaluation-tab.tsx'
import { FairnessTab } from './fairness-tab.tsx'
import { ImportanceTab } from './importance-tab.tsx'
import { releaseQueries } from './queries.ts'
import { ThresholdsTab } from './thresholds-tab.tsx'
import { VerdictTab } from './verdict-tab.tsx'
import { stateWords } from './words.ts'

const route = getRouteApi('/deployments/$name/releases/$number')

/** Decides whether a release ships: its verdict first, then everything the verdict rests on. */
export function ReleasePage() {
  const { name, number } = route.useParams()
  const release = useQuery(releaseQueries.release(name, number))
  const shown = release.data?.number ?? number
  return (
    <Page
      title={`Release ${shown} of ${name}`}
      tab={`r${shown} ${name}`}
      crumbs={
        <>
          <Link to="/deployments">Deployments</Link> /{' '}
          <Link to="/deployments/$name" params={{ name }}>
            {name}
          </Link>
        </>
      }
      lede={release.data ? <Answer release={release.data} /> : null}
    >
      <Tabs
        label="Release"
        tabs={[
          ['verdict', 'Verdict'],
          ['contracts', 'Contracts'],
          ['evaluation', 'Evaluation'],
          ['comparison', 'Against the champion'],
          ['thresholds', 'Thresholds'],
          ['fairness', 'Fairness'],
          ['importance', 'Importance'],
        ]}
      />
      <Loaded query={release} rows={12}>
        {data => <Body release={data} />}
      </Loaded>
    </Page>
  )
}

/** The verdict in one sentence. */
function Answer({ release: { state, verdict } }: { release: ReleaseDetailView }) {
  const [look, word] = stateWords[state]
  return (
    <>
      <State value={look} word={word} />.{' '}
      {verdict === null ? (
        state === 'serving' || state === 'former' ? (
          'No gate judged it.'
        ) : (
          'No gate has judged it yet: nobody knows whether it may serve.'
        )
      ) : (
        <>
          {capitalised(verdict.summary)}{' '}
          <span className="muted">
            Judged <Time at={verdict.at} />, valid until <Time at={verdict.expiresAt} full />.
          </span>
        </>
      )}
    </>
  )
}

const capitalised = (sentence: string) => sentence.charAt(0).toUpperCase() + sentence.slice(1)

function Body({ release }: { release: ReleaseDetailView }) {
  const { tab } = route.useSearch()
  const at = { name: release.deployment, number: release.number, judged: release.page?.judged ?? null }
  switch (tab) {
    case 'contracts':
      return <ContractsTab at={at} />
    case 'evaluation':
      return <EvaluationTab at={at} />
    case 'comparison':
      return <ComparisonTab at={at} />
    case 'thresholds':
      return <ThresholdsTab at={at} />
    case 'fairness':
      return <FairnessTab at={at} />
    case 'importance':
      return <ImportanceTab at={at} />
    default:
      return <VerdictTab release={release} />
  }
}
