import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { createColumnHelper } from '@tanstack/react-table'
import type { ModelSummary } from '../../../api/tracking.ts'
import { DataTable } from '../../components/data-table.tsx'
import { Empty } from '../../components/messages.tsx'
import { Loaded, Page } from '../../components/page.tsx'
import { Time } from '../../components/time.tsx'
import { queries } from '../../data/queries.ts'
import { emptyTexts } from '../../texts.ts'
import { AliasTag } from './alias-tag.tsx'

const column = createColumnHelper<ModelSummary>()
const columns = [
  column.accessor('name', {
    header: 'Model',
    meta: { heading: true },
    cell: info => (
      <Link to="/models/$name" params={{ name: info.getValue() }} className="row-link">
        {info.getValue()}
      </Link>
    ),
  }),
  column.accessor('aliases', {
    header: 'Aliases',
    cell: info => (
      <span className="tags">
        {Object.entries(info.getValue()).map(([alias, version]) => (
          <AliasTag key={alias} alias={alias} version={version} />
        ))}
      </span>
    ),
  }),
  column.accessor('latestVersion', {
    header: 'Newest version',
    meta: { right: true },
    cell: info => (info.getValue() === null ? <span className="muted">none</span> : `v${info.getValue()}`),
  }),
  column.accessor('description', {
    header: 'Description',
    meta: { wideOnly: true },
    cell: info => <span className="soft">{info.getValue()}</span>,
  }),
  column.accessor('createdAt', {
    header: 'Registered',
    meta: { wideOnly: true },
    cell: info => <Time at={info.getValue()} />,
  }),
]

export function ModelsPage() {
  const models = useQuery(queries.models())
  return (
    <Page title="Models" lede="Registered models and which of their versions is trusted with what.">
      <Loaded query={models} rows={5}>
        {page =>
          page.items.length > 0 ? (
            <DataTable label="Models" data={page.items} columns={columns} rowId={item => item.name} />
          ) : (
            <Empty text={emptyTexts.models} />
          )
        }
      </Loaded>
    </Page>
  )
}
