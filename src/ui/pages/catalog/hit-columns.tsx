import { Link } from '@tanstack/react-router'
import { createColumnHelper } from '@tanstack/react-table'
import type { RouteResponse } from '../../../api/routes.ts'
import { Icon, kindIcon } from '../../components/icons.tsx'
import { State } from '../../components/state.tsx'
import { kindWord } from '../../texts.ts'

export type SearchHit = RouteResponse<'search'>['items'][number]

const column = createColumnHelper<SearchHit>()
const nameColumn = column.accessor('name', {
  header: 'Name',
  meta: { heading: true },
  cell: ({ row: { original } }) => <Name hit={original} />,
})
const kindColumn = column.accessor('kind', { header: 'Kind', cell: info => kindWord(info.getValue()) })
const matchedColumn = column.accessor(hit => hit.matched.join(', '), {
  id: 'matched',
  header: 'Found in',
  meta: { wideOnly: true },
  cell: info => <span className="soft">{info.getValue()}</span>,
})
const descriptionColumn = column.accessor('description', {
  header: 'Description',
  meta: { wideOnly: true },
  cell: info => <span className="soft">{info.getValue()}</span>,
})
const ownerColumn = column.accessor('owner', {
  header: 'Owner',
  meta: { wideOnly: true },
  cell: info => info.getValue() ?? <span className="muted">none</span>,
})
const restColumns = [
  column.accessor('usage', {
    header: 'Used',
    cell: info => <State value={info.getValue()} />,
  }),
  column.accessor(hit => hit.marks.join(' '), {
    id: 'marks',
    header: 'State',
    cell: ({ row: { original } }) => <Marks hit={original} />,
  }),
  column.accessor('version', {
    header: 'Version',
    meta: { right: true, wideOnly: true },
    cell: info => `v${info.getValue()}`,
  }),
]

/** Columns that would be empty in every row are left out. */
export function hitColumns(hits: readonly SearchHit[]) {
  return [
    nameColumn,
    kindColumn,
    ...(hits.some(hit => hit.matched.length > 0) ? [matchedColumn] : []),
    descriptionColumn,
    ...(hits.some(hit => hit.owner) ? [ownerColumn] : []),
    ...restColumns,
  ]
}

function Name({ hit: { kind, name } }: { hit: SearchHit }) {
  return (
    <span className="state tone-info">
      <Icon name={kindIcon(kind)} size={15} />
      <Link to="/catalog/$kind/$name" params={{ kind, name }} className="row-link">
        {name}
      </Link>
    </span>
  )
}

/** Who uses it stands in its own column already. */
function Marks({ hit }: { hit: SearchHit }) {
  const marks = hit.marks.filter(mark => mark === 'stale' || mark === 'unsafe')
  if (marks.length === 0) return <span className="muted">—</span>
  return (
    <span className="marks">
      {marks.map(mark => (
        <State key={mark} value={mark} />
      ))}
    </span>
  )
}
