import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { lazy, Suspense } from 'react'
import type { DefinitionDetail } from '../../../api/catalog.ts'
import { Skeleton } from '../../components/messages.tsx'
import { Loaded, Page } from '../../components/page.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { queries } from '../../data/queries.ts'
import { kindWord } from '../../texts.ts'
import { About } from './about.tsx'
import { DefinitionBody } from './definition-body.tsx'
import { Evidence } from './evidence.tsx'
import { Known } from './known.tsx'
import { Neighbours, Versions } from './neighbours.tsx'

const LineagePanel = lazy(() =>
  import('../lineage/lineage-panel.tsx').then(module => ({ default: module.LineagePanel })),
)
const ColumnLineagePanel = lazy(() =>
  import('../lineage/column-lineage-panel.tsx').then(module => ({ default: module.ColumnLineagePanel })),
)
const ChecksTab = lazy(() => import('./checks-tab.tsx').then(module => ({ default: module.ChecksTab })))
const ImpactTab = lazy(() => import('./impact-tab.tsx').then(module => ({ default: module.ImpactTab })))
const SampleRows = lazy(() => import('./sample-rows.tsx').then(module => ({ default: module.SampleRows })))
const route = getRouteApi('/catalog/$kind/$name')

type Of = { readonly kind: string; readonly name: string }

const tabs: readonly {
  readonly tab: string
  readonly word: string
  readonly kinds?: readonly string[]
  readonly show: (of: Of) => ReactNode
}[] = [
  {
    tab: 'rows',
    word: 'Rows',
    kinds: ['source', 'featureView', 'trainingSet'],
    show: of => <SampleRows {...of} />,
  },
  {
    tab: 'checks',
    word: 'Checks',
    kinds: ['source', 'featureView', 'trainingSet'],
    show: of => <ChecksTab {...of} />,
  },
  { tab: 'lineage', word: 'Lineage', show: ({ kind, name }) => <LineagePanel focus={`${kind}:${name}`} /> },
  {
    tab: 'columns',
    word: 'Column lineage',
    show: ({ kind, name }) => <ColumnLineagePanel of={`${kind}:${name}`} />,
  },
  { tab: 'impact', word: 'Impact', show: of => <ImpactTab {...of} /> },
]

export function DefinitionPage() {
  const { kind, name } = route.useParams()
  const { tab } = route.useSearch()
  const definition = useQuery(queries.definition(kind, name))
  const offered = tabs.filter(item => item.kinds?.includes(kind) ?? true)
  const chosen = offered.find(item => item.tab === tab)
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
        tabs={[['definition', 'Definition'], ...offered.map(item => [item.tab, item.word] as const)]}
      />
      {chosen ? (
        <Suspense fallback={<Skeleton rows={12} />}>{chosen.show({ kind, name })}</Suspense>
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
        <Known definition={definition} />
        <DefinitionBody definition={definition.definition} />
        <Evidence kind={definition.kind} name={definition.name} />
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

function startsHere(kind: string): string {
  return kind === 'onDemand'
    ? 'Nothing of its own: the training set that uses it gives it its lookups.'
    : 'Nothing: it starts here.'
}
