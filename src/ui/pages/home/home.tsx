import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Home } from '../../../api/catalog.ts'
import { Empty } from '../../components/messages.tsx'
import { Figures, Loaded, Page, Panel } from '../../components/page.tsx'
import { Time } from '../../components/time.tsx'
import { queries } from '../../data/queries.ts'
import { formatCount, plural } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { Feed } from './feed.tsx'
import { gather } from './gather.ts'

export function HomePage() {
  const home = useQuery(queries.home())
  return (
    <Page
      title={home.data?.project ?? 'Home'}
      tab="Home"
      lede={home.data ? <Answer home={home.data} /> : null}
    >
      <Loaded query={home} rows={10}>
        {data => <HomeBody home={data} />}
      </Loaded>
    </Page>
  )
}

/** The first sentence of the day. */
function Answer({ home }: { home: Home }) {
  const bad = home.needsMe.filter(item => item.severity === 'bad').length
  const waiting = home.needsMe.length
  return (
    <>
      {waiting === 0
        ? ''
        : `${plural(waiting, 'thing')} ${waiting === 1 ? 'needs' : 'need'} you${bad > 0 ? `, ${formatCount(bad)} broken` : ''}. `}
      The project's clock stands at <Time at={home.clock} full />.
    </>
  )
}

function HomeBody({ home }: { home: Home }) {
  const counts = Object.entries(home.counts)
  return (
    <>
      {counts.length > 0 ? (
        <section className="panel" aria-label="Counts">
          <Figures
            items={counts.map(([name, count]) => [
              countLabel(name),
              <Count key={name} name={name} count={count} />,
            ])}
          />
        </section>
      ) : null}
      <Panel title="Needs you">
        {home.needsMe.length > 0 ? <Feed items={home.needsMe} /> : <Empty text={emptyTexts.needsMe} />}
      </Panel>
      <Panel title="What happened" aside="newest first">
        {home.happened.length > 0 ? (
          <Feed items={gather(home.happened)} />
        ) : (
          <Empty text={emptyTexts.happened} />
        )}
      </Panel>
    </>
  )
}

const countPlaces: Readonly<Record<string, string>> = {
  definitions: '/catalog',
  runs: '/runs',
  experiments: '/experiments',
  experimentRuns: '/experiments',
  models: '/models',
  modelVersions: '/models',
  deployments: '/deployments',
  suggestions: '/inbox',
}

function Count({ name, count }: { name: string; count: number }) {
  const to = countPlaces[name]
  return to ? <Link to={to}>{formatCount(count)}</Link> : formatCount(count)
}

/** `trainingSets` → `Training sets`. */
function countLabel(name: string): string {
  const words = name
    .replace(/[_-]/g, ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
