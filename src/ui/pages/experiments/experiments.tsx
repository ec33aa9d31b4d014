import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { createColumnHelper } from '@tanstack/react-table'
import type { FormEvent } from 'react'
import { useState } from 'react'
import type { TrackedExperiment } from '../../../api/tracking-runs.ts'
import { DataTable } from '../../components/data-table.tsx'
import { Empty } from '../../components/messages.tsx'
import { Loaded, Page } from '../../components/page.tsx'
import { Time } from '../../components/time.tsx'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { formatCount } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { principalText } from '../home/gather.ts'

const route = getRouteApi('/experiments')
const column = createColumnHelper<TrackedExperiment>()
const columns = [
  column.accessor('name', {
    header: 'Experiment',
    meta: { heading: true },
    cell: info => (
      <Link to="/experiments/$name" params={{ name: info.getValue() }} className="row-link">
        {info.getValue()}
      </Link>
    ),
  }),
  column.accessor('runCount', {
    header: 'Runs',
    meta: { right: true },
    cell: info => formatCount(info.getValue()),
  }),
  column.accessor('lastRunAt', { header: 'Newest run', cell: info => <Time at={info.getValue()} /> }),
  column.accessor('owner', {
    header: 'Owner',
    meta: { wideOnly: true },
    cell: info => <span className="anywhere">{principalText(info.getValue())}</span>,
  }),
  column.accessor('createdAt', {
    header: 'Created',
    meta: { wideOnly: true },
    cell: info => <Time at={info.getValue()} />,
  }),
]

export function ExperimentsPage() {
  const { filter } = route.useSearch()
  const experiments = useInfiniteQuery(trackingQueries.experiments(filterOf(filter)))
  return (
    <Page title="Experiments" lede="Tracked runs of every candidate: what was tried, and how well it did.">
      <NameFilter />
      <Loaded query={experiments} rows={6}>
        {data => {
          const items = data.pages.flatMap(page => page.items)
          return items.length > 0 ? (
            <DataTable label="Experiments" data={items} columns={columns} rowId={item => item.id} />
          ) : (
            <Empty text={filter ? emptyTexts.filtered : emptyTexts.experiments} />
          )
        }}
      </Loaded>
      {experiments.hasNextPage ? (
        <p className="more">
          <button type="button" className="button" onClick={() => void experiments.fetchNextPage()}>
            Show more
          </button>
        </p>
      ) : null}
    </Page>
  )
}

/** Names that hold the text, in any case. The signs that mean something in a pattern stand for any one here. */
function filterOf(text: string | undefined): string | undefined {
  return text ? `name ILIKE '%${text.replace(/['%]/g, '_')}%'` : undefined
}

function NameFilter() {
  const { filter = '' } = route.useSearch()
  const navigate = route.useNavigate()
  const [text, setText] = useState(filter)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void navigate({ search: { filter: text || undefined }, replace: true })
  }
  return (
    <search>
      <form className="filters" onSubmit={submit}>
        <input
          className="input"
          type="search"
          aria-label="Search experiments"
          placeholder="part of the name"
          value={text}
          onChange={event => setText(event.target.value)}
        />
        <button type="submit" className="button">
          Search
        </button>
      </form>
    </search>
  )
}
