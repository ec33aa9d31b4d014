import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import type { DefinitionDetail } from '../../../api/catalog.ts'
import { Hash } from '../../components/hash.tsx'
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
              items={definition.facts.map(fact => [
                capital(fact.label),
                <FactValue key={fact.label} fact={fact} />,
              ])}
            />
          </Panel>
        ) : null}
      </div>
      <div>
        <About definition={definition} />
        <Neighbours title="Depends on" refs={definition.dependsOn} none={startsHere(definition.kind)} />
        <Neighbours
          title="Used by"
          note="directly or through others"
          refs={definition.usedBy}
          none="Nothing uses it yet."
        />
        <Versions versions={definition.versions} />
      </div>
    </div>
  )
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** A fact's text as the pages write such things: hashes short, times in the chosen zone, counts with thin spaces. */
function Reading({ text }: { text: string }) {
  if (/^sha256:/.test(text)) return <Hash value={text} />
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return <Time at={text} full />
  if (/^\d{1,3}(,\d{3})+$/.test(text)) return <span className="num">{text.replaceAll(',', '\u202f')}</span>
  return <>{text}</>
}

function FactValue({ fact }: { fact: DefinitionDetail['facts'][number] }) {
  return (
    <>
      <Reading text={fact.value} />{' '}
      {fact.at ? (
        <span className="muted">
          {' '}
          · <Time at={fact.at} />
        </span>
      ) : null}
    </>
  )
}

function startsHere(kind: string): string {
  return kind === 'onDemand'
    ? 'Nothing of its own: the training set that uses it gives it its lookups.'
    : 'Nothing: it starts here.'
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
