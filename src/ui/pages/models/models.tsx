import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { createColumnHelper } from '@tanstack/react-table'
import type { ModelRecord } from '../../../api/tracking-models.ts'
import { DataTable } from '../../components/data-table.tsx'
import { Empty } from '../../components/messages.tsx'
import { Loaded, Page } from '../../components/page.tsx'
import { Segments } from '../../components/tabs.tsx'
import { Time } from '../../components/time.tsx'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { emptyTexts } from '../../texts.ts'
import { AliasTag } from './alias-tag.tsx'

const route = getRouteApi('/models')
const column = createColumnHelper<ModelRecord>()
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
  column.accessor('updatedAt', { header: 'Changed', cell: info => <Time at={info.getValue()} /> }),
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
  const { kind, filter } = route.useSearch()
  const prompts = kind === 'prompt'
  const models = useInfiniteQuery(trackingQueries.models(prompts ? 'prompt' : 'model', filter))
  return (
    <Page title="Models" lede="Registered models and which of their versions is trusted with what.">
      <div className="filters">
        <Segments
          label="What is registered"
          param="kind"
          choices={[
            ['', 'Models'],
            ['prompt', 'Prompts'],
          ]}
        />
      </div>
      <Loaded query={models} rows={5}>
        {data => {
          const items = data.pages.flatMap(page => page.items)
          return items.length > 0 ? (
            <DataTable label="Models" data={items} columns={columns} rowId={item => item.id} />
          ) : (
            <Empty text={prompts ? emptyTexts.prompts : emptyTexts.models} />
          )
        }}
      </Loaded>
      {models.hasNextPage ? (
        <p className="more">
          <button type="button" className="button" onClick={() => void models.fetchNextPage()}>
            Show more
          </button>
        </p>
      ) : null}
    </Page>
  )
}
