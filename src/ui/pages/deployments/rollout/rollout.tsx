import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { RolloutView } from '../../../../api/rollouts.ts'
import { Facts, Loaded, Page, Panel } from '../../../components/page.tsx'
import { Tabs } from '../../../components/tabs.tsx'
import { Time } from '../../../components/time.tsx'
import { principalText } from '../../home/gather.ts'
import { RolloutBanners } from './banners.tsx'
import { EvidenceTab } from './evidence-tab.tsx'
import { FlipsTab } from './flips-tab.tsx'
import { JournalTab } from './journal-tab.tsx'
import { OutcomeTab } from './outcome-tab.tsx'
import { rolloutQueries } from './queries.ts'
import { RolloutHead } from './rollout-panel.tsx'
import { TrafficBar } from './traffic-bar.tsx'
import { isUnderWay } from './words.ts'

const route = getRouteApi('/deployments/$name/rollouts/$id')

/** One rollout, under way or over: what comes next, what was measured, who flips, what it is worth, who did what. */
export function RolloutPage() {
  const { name, id } = route.useParams()
  const { tab } = route.useSearch()
  const query = useQuery(rolloutQueries.rollout(name, id))
  const release = query.data?.release.number
  return (
    <Page
      title={release === undefined ? `Rollout of ${name}` : `Rollout of release ${release} of ${name}`}
      crumbs={
        <>
          <Link to="/deployments">Deployments</Link> /{' '}
          <Link to="/deployments/$name" params={{ name }}>
            {name}
          </Link>
        </>
      }
      actions={
        release === undefined ? null : (
          <Link to="/deployments/$name/releases/$number" params={{ name, number: String(release) }}>
            The release
          </Link>
        )
      }
    >
      <Loaded query={query} rows={12}>
        {rollout => (
          <>
            <Tabs
              label="Parts of the rollout"
              tabs={[
                ['', 'Where it stands'],
                ['evidence', 'Evidence'],
                ['flips', 'Flips'],
                ['outcome', 'Business number'],
                ['journal', 'Journal'],
              ]}
            />
            <Tab tab={tab} rollout={rollout} />
          </>
        )}
      </Loaded>
    </Page>
  )
}

function Tab({ tab, rollout }: { tab: string | undefined; rollout: RolloutView }) {
  switch (tab) {
    case 'evidence':
      return <EvidenceTab rollout={rollout} />
    case 'flips':
      return <FlipsTab rollout={rollout} />
    case 'outcome':
      return <OutcomeTab rollout={rollout} />
    case 'journal':
      return <JournalTab rollout={rollout} />
    default:
      return <StandingTab rollout={rollout} />
  }
}

function StandingTab({ rollout }: { rollout: RolloutView }) {
  const { deployment, champion, startedAt, since, endedAt, by, steps, id } = rollout
  const overview = useQuery(rolloutQueries.overview(deployment))
  return (
    <>
      <section className="panel rollout" aria-label="Rollout">
        {overview.data ? <RolloutBanners view={overview.data} /> : null}
        {overview.data && isUnderWay(rollout) ? <TrafficBar traffic={overview.data.traffic} /> : null}
        <RolloutHead rollout={rollout} />
      </section>
      <Panel title="About this rollout">
        <Facts
          items={[
            ['Compared with', champion === null ? 'nobody' : `release ${champion.number}`],
            ['Canary', steps.map(({ percent, hold }) => `${percent} % for ${hold}`).join(', ') || 'none'],
            ['Began', <Time key="began" at={startedAt} full />],
            ['In this state since', <Time key="since" at={since} full />],
            ['Ended', endedAt === null ? 'it goes on' : <Time key="ended" at={endedAt} full />],
            ['Started by', principalText(by)],
            ['Last row', rollout.reason],
            ['Id', <code key="id">{id}</code>],
          ]}
        />
      </Panel>
    </>
  )
}
