import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import type { DefinitionDetail } from '../../../api/catalog.ts'
import { Skeleton } from '../../components/messages.tsx'
import { Facts, Loaded, Page, Panel } from '../../components/page.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { Time } from '../../components/time.tsx'
import { queries } from '../../data/queries.ts'
import { kindWord } from '../../texts.ts'
import { DefinitionBody } from './definition-body.tsx'
import { Neighbours, Versions } from './neighbours.tsx'

const LineagePanel = lazy(() =>
  import('../lineage/lineage-panel.tsx').then(module => ({ default: module.LineagePanel })),
)
const route = getRouteApi('/catalog/$kind/$name')

export function DefinitionPage() {
  const { kind, name } = route.useParams()
  const { tab } = route.useSearch()
  const definition = useQuery(queries.definition(kind, name))
  const crumbs = (
    <>
      <Link to="/catalog">Catalog</Link> /{' '}
      <Link to="/catalog" search={{ kind }}>
        {kindWord(kind)}
      </Link>
    </>
  )
  return (
    <Page title={name} crumbs={crumbs} lede={definition.data?.description || undefined}>
      <Tabs
        label="View"
        tabs={[
          ['definition', 'Definition'],
          ['lineage', 'Lineage'],
        ]}
      />
      {tab === 'lineage' ? (
        <Suspense fallback={<Skeleton rows={12} />}>
          <LineagePanel focus={`${kind}:${name}`} />
        </Suspense>
      ) : (
        <Loaded query={definition} rows={14}>
          {data => <Body definition={data} />}
        </Loaded>
      )}
    </Page>
  )
}

function Body({ definition }: { definition: DefinitionDetail }) {
  return (
    <div className="columns">
      <div>
        <DefinitionBody definition={definition.definition} />
        {definition.facts.length > 0 ? (
          <Panel title="Made from it">
            <Facts
              items={definition.facts.map(fact => [fact.label, <FactValue key={fact.label} fact={fact} />])}
            />
          </Panel>
        ) : null}
      </div>
      <div>
        <About definition={definition} />
        <Neighbours title="Depends on" refs={definition.dependsOn} none="Nothing: it starts here." />
        <Neighbours title="Used by" refs={definition.usedBy} none="Nothing uses it yet." />
        <Versions versions={definition.versions} />
      </div>
    </div>
  )
}

function FactValue({ fact }: { fact: DefinitionDetail['facts'][number] }) {
  return (
    <>
      {fact.value}{' '}
      {fact.at ? (
        <span className="muted">
          {' '}
          · <Time at={fact.at} />
        </span>
      ) : null}
    </>
  )
}

function About({ definition }: { definition: DefinitionDetail }) {
  return (
    <Panel title="About">
      <Facts
        items={[
          ['Version', `v${definition.version}`],
          ['Owner', definition.owner],
          ['Applied', <Time key="applied" at={definition.appliedAt} />],
          ['Written in', definition.location ? <code key="location">{definition.location}</code> : null],
          ['Tags', definition.tags.length > 0 ? <TagList key="tags" tags={definition.tags} /> : null],
        ]}
      />
    </Panel>
  )
}

function TagList({ tags }: { tags: readonly string[] }) {
  return (
    <span className="tags">
      {tags.map(tag => (
        <span className="tag" key={tag}>
          {tag}
        </span>
      ))}
    </span>
  )
}
