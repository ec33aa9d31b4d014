import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { createColumnHelper } from '@tanstack/react-table'
import { useEffect, useState } from 'react'
import type { DefinitionSummary } from '../../../api/catalog.ts'
import { DataTable } from '../../components/data-table.tsx'
import { Icon, kindIcon } from '../../components/icons.tsx'
import { Empty } from '../../components/messages.tsx'
import { Loaded, Page } from '../../components/page.tsx'
import { Segments } from '../../components/tabs.tsx'
import { Time } from '../../components/time.tsx'
import { queries } from '../../data/queries.ts'
import { formatSorting, parseSorting } from '../../data/sorting.ts'
import { emptyTexts, kindWord, kindWords } from '../../texts.ts'

const kinds = ['entity', 'source', 'featureView', 'onDemand', 'trainingSet', 'model', 'deployment'] as const
const route = getRouteApi('/catalog')

const column = createColumnHelper<DefinitionSummary>()
const columns = [
  column.accessor('name', {
    header: 'Name',
    meta: { heading: true },
    cell: ({ row }) => <Name definition={row.original} />,
  }),
  column.accessor('kind', { header: 'Kind', cell: info => kindWord(info.getValue()) }),
  column.accessor('description', {
    header: 'Description',
    meta: { wideOnly: true },
    cell: info => <span className="soft">{info.getValue()}</span>,
  }),
  column.accessor('owner', {
    header: 'Owner',
    meta: { wideOnly: true },
    cell: info => info.getValue() ?? <span className="muted">none</span>,
  }),
  column.accessor('version', {
    header: 'Version',
    meta: { right: true },
    cell: info => `v${info.getValue()}`,
  }),
  column.accessor('appliedAt', {
    header: 'Applied',
    meta: { wideOnly: true },
    cell: info => <Time at={info.getValue()} />,
  }),
]

const withoutOwner = columns.filter(item => !('accessorKey' in item && item.accessorKey === 'owner'))

/** As the kinds build on each other, from entities to deployments; by name within a kind. */
function inReadingOrder(items: readonly DefinitionSummary[]): readonly DefinitionSummary[] {
  const rank = (item: DefinitionSummary) => (kinds as readonly string[]).indexOf(item.kind)
  return items.toSorted((left, right) => rank(left) - rank(right) || left.name.localeCompare(right.name))
}

function Name({ definition: { kind, name } }: { definition: DefinitionSummary }) {
  return (
    <span className="state tone-info">
      <Icon name={kindIcon(kind)} size={15} />
      <Link to="/catalog/$kind/$name" params={{ kind, name }} className="row-link">
        {name}
      </Link>
    </span>
  )
}

export function CatalogPage() {
  const { kind, q, sort } = route.useSearch()
  const navigate = route.useNavigate()
  const known = kinds.find(item => item === kind)
  const definitions = useQuery(queries.definitions({ kind: known, q, limit: 500 }))
  return (
    <Page title="Catalog" lede="What is defined: data, features, training sets, models and what serves them.">
      <div className="filters">
        <SearchField
          value={q ?? ''}
          onChange={text =>
            void navigate({ search: previous => ({ ...previous, q: text || undefined }), replace: true })
          }
        />
        <Segments
          label="Kind"
          param="kind"
          choices={[['', 'All'], ...kinds.map(item => [item, kindWords[item]?.[1] ?? item] as const)]}
        />
      </div>
      <Loaded query={definitions} rows={12}>
        {page =>
          page.items.length > 0 ? (
            <DataTable
              label="Definitions"
              data={inReadingOrder(page.items)}
              columns={page.items.some(item => item.owner) ? columns : withoutOwner}
              rowId={item => `${item.kind}:${item.name}`}
              sorting={parseSorting(sort)}
              onSort={next =>
                void navigate({
                  search: previous => ({ ...previous, sort: formatSorting(next) }),
                  replace: true,
                })
              }
            />
          ) : (
            <Empty text={q || known ? emptyTexts.filtered : emptyTexts.definitions} />
          )
        }
      </Loaded>
    </Page>
  )
}

const settleMs = 200

function SearchField({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing starts the timer
  useEffect(() => {
    if (text === value) return
    const timer = setTimeout(() => onChange(text), settleMs)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <input
      className="input"
      type="search"
      aria-label="Search definitions"
      placeholder="Name or description"
      value={text}
      onChange={event => setText(event.target.value)}
    />
  )
}
