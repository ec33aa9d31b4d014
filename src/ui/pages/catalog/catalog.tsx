import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { DataTable } from '../../components/data-table.tsx'
import { Empty, Notice } from '../../components/messages.tsx'
import { Loaded, Page } from '../../components/page.tsx'
import type { Kind } from '../../data/catalog-queries.ts'
import { catalogQueries } from '../../data/catalog-queries.ts'
import { formatSorting, parseSorting } from '../../data/sorting.ts'
import { emptyTexts } from '../../texts.ts'
import { CatalogFilters, kinds } from './catalog-filters.tsx'
import type { SearchHit } from './hit-columns.tsx'
import { hitColumns } from './hit-columns.tsx'

const route = getRouteApi('/catalog')
const most = 500
const marks = ['stale', 'unused', 'idle', 'unsafe'] as const

/** As the kinds build on each other, from entities to deployments; by name within a kind. Found words go before both. */
function inReadingOrder(items: readonly SearchHit[]): readonly SearchHit[] {
  const rank = (item: SearchHit) => kinds.indexOf(item.kind)
  return items.toSorted(
    (left, right) =>
      right.score - left.score || rank(left) - rank(right) || left.name.localeCompare(right.name),
  )
}

export function CatalogPage() {
  const { sort, q, kind, owner, tag, is } = route.useSearch()
  const navigate = route.useNavigate()
  const known: Kind | undefined = kinds.find(item => item === kind)
  const mark = marks.find(item => item === is)
  const hits = useQuery(catalogQueries.search({ kind: known, q, owner, tag, is: mark, limit: most }))
  const filtered = [q, known, owner, tag, mark].some(Boolean)
  return (
    <Page title="Catalog" lede="What is defined: data, features, training sets, models and what serves them.">
      <CatalogFilters />
      <Loaded query={hits} rows={12}>
        {page =>
          page.items.length > 0 ? (
            <>
              <DataTable
                label="Definitions"
                data={inReadingOrder(page.items)}
                columns={hitColumns(page.items)}
                rowId={item => `${item.kind}:${item.name}`}
                sorting={parseSorting(sort)}
                onSort={next =>
                  void navigate({
                    search: previous => ({ ...previous, sort: formatSorting(next) }),
                    replace: true,
                  })
                }
              />
              {page.next ? (
                <Notice tone="info">The first {most} are shown; more words or filters find the rest.</Notice>
              ) : null}
            </>
          ) : (
            <Empty text={filtered ? emptyTexts.filtered : emptyTexts.definitions} />
          )
        }
      </Loaded>
    </Page>
  )
}
