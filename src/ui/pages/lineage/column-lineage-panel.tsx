import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { Empty, Notice } from '../../components/messages.tsx'
import { Loaded } from '../../components/page.tsx'
import { Segments } from '../../components/tabs.tsx'
import { catalogQueries } from '../../data/catalog-queries.ts'
import { plural } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { ColumnCards } from './column-cards.tsx'
import type { ColumnLineage } from './column-graph.ts'
import { onPath, pathOf } from './column-graph.ts'
import { ColumnList } from './column-list.tsx'
import { viewChoices } from './view-choices.ts'

const route = getRouteApi('/catalog/$kind/$name')

/** Where the columns of a definition come from and where they go; a chosen column's path stands out. */
export function ColumnLineagePanel({ of }: { of: string }) {
  const lineage = useQuery(catalogQueries.columns(of))
  return (
    <section aria-label="Column lineage">
      <Loaded query={lineage} rows={12}>
        {data =>
          data.nodes.length > 0 ? <Shown lineage={data} /> : <Empty text={emptyTexts.columnLineage} />
        }
      </Loaded>
    </section>
  )
}

function Shown({ lineage }: { lineage: ColumnLineage }) {
  const { column, view = viewChoices()[0]?.[0] } = route.useSearch()
  const chosen = lineage.nodes.find(node => node.id === column)
  const path = useMemo(
    () => (chosen ? pathOf(lineage.edges, chosen.id) : new Set<string>()),
    [lineage, chosen],
  )
  return (
    <>
      <div className="filters">
        <Segments label="Show as" param="view" choices={viewChoices()} />
        <span className="small soft" role="status">
          {chosen ? (
            <>
              Path of <code>{chosen.column}</code> in {chosen.name}:{' '}
              {plural(lineage.edges.filter(edge => onPath(edge, path)).length, 'step')}.{' '}
              <Link
                to="."
                search={((previous: object) => ({ ...previous, column: undefined })) as never}
                resetScroll={false}
              >
                Show all
              </Link>
            </>
          ) : (
            'Choose a column to follow it.'
          )}
        </span>
      </div>
      {lineage.unknown.length > 0 ? (
        <Notice tone="warn">
          {lineage.unknown.map(({ definition, reason }) => (
            <p key={definition}>
              <code>{definition}</code>: {reason}
            </p>
          ))}
        </Notice>
      ) : null}
      {view === 'list' ? (
        <ColumnList lineage={lineage} path={path} />
      ) : (
        <ColumnCards lineage={lineage} path={path} chosen={chosen?.id} />
      )}
    </>
  )
}
