import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { createColumnHelper } from '@tanstack/react-table'
import type { Experiment } from '../../../api/tracking.ts'
import { DataTable } from '../../components/data-table.tsx'
import { Empty } from '../../components/messages.tsx'
import { Loaded, Page } from '../../components/page.tsx'
import { Time } from '../../components/time.tsx'
import { queries } from '../../data/queries.ts'
import { formatCount } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'

const column = createColumnHelper<Experiment>()
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
  column.accessor('createdAt', {
    header: 'Created',
    meta: { wideOnly: true },
    cell: info => <Time at={info.getValue()} />,
  }),
]

export function ExperimentsPage() {
  const experiments = useQuery(queries.experiments())
  return (
    <Page title="Experiments" lede="Tracked runs of every candidate: what was tried, and how well it did.">
      <Loaded query={experiments} rows={6}>
        {page =>
          page.items.length > 0 ? (
            <DataTable label="Experiments" data={page.items} columns={columns} rowId={item => item.id} />
          ) : (
            <Empty text={emptyTexts.experiments} />
          )
        }
      </Loaded>
    </Page>
  )
}
