import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { Empty, Skeleton } from '../../components/messages.tsx'
import { Loaded } from '../../components/page.tsx'
import { Segments } from '../../components/tabs.tsx'
import { queries } from '../../data/queries.ts'
import { plural } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { LineageList } from './lineage-list.tsx'
import { viewChoices } from './view-choices.ts'

const LineageGraph = lazy(() =>
  import('./lineage-graph.tsx').then(module => ({ default: module.LineageGraph })),
)

/** The graph and its list twin: the same nodes and edges. */
export function LineagePanel({ focus }: { focus: string | undefined }) {
  const choices = viewChoices()
  const { view = choices[0]?.[0] } = useSearch({ strict: false })
  const lineage = useQuery(queries.lineage(focus))
  return (
    <section aria-label="Lineage">
      <div className="filters">
        <Segments label="Show as" param="view" choices={choices} />
        {lineage.data ? (
          <span className="small muted">
            {plural(lineage.data.nodes.length, 'node')}, {plural(lineage.data.edges.length, 'edge')}
          </span>
        ) : null}
      </div>
      <Loaded query={lineage} rows={12}>
        {data => {
          if (data.nodes.length === 0) return <Empty text={emptyTexts.lineage} />
          if (view === 'list') return <LineageList lineage={data} focus={focus} />
          return (
            <Suspense fallback={<Skeleton rows={14} />}>
              <LineageGraph lineage={data} focus={focus} />
            </Suspense>
          )
        }}
      </Loaded>
    </section>
  )
}
