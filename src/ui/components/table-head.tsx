import type { Header, Table } from '@tanstack/react-table'
import { flexRender } from '@tanstack/react-table'
import { cellClass } from './data-table.tsx'
import { Icon } from './icons.tsx'

export function TableHead<Item>({ table }: { table: Table<Item> }) {
  return (
    <thead>
      {table.getHeaderGroups().map(group => (
        <tr key={group.id}>
          {group.headers.map(header => (
            <HeadCell key={header.id} header={header} />
          ))}
        </tr>
      ))}
    </thead>
  )
}

function HeadCell<Item>({ header }: { header: Header<Item, unknown> }) {
  const { column } = header
  const sorted = column.getIsSorted()
  const title = flexRender(column.columnDef.header, header.getContext())
  return (
    <th
      scope="col"
      className={cellClass(column.columnDef.meta)}
      aria-sort={sorted ? (sorted === 'asc' ? 'ascending' : 'descending') : undefined}
    >
      {column.getCanSort() ? (
        <button type="button" className="sort" onClick={column.getToggleSortingHandler()}>
          {title}
          {sorted ? <Icon name={sorted === 'asc' ? 'up' : 'down'} size={12} /> : null}
        </button>
      ) : (
        title
      )}
    </th>
  )
}
