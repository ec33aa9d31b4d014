import type { ColumnDef, Row, SortingState } from '@tanstack/react-table'
import { flexRender, getCoreRowModel, getSortedRowModel, useReactTable } from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef } from 'react'
import { moveBetweenRows } from './row-keys.ts'
import { TableHead } from './table-head.tsx'

declare module '@tanstack/react-table' {
  interface ColumnMeta<TData, TValue> {
    /** Numbers stand to the right. */
    readonly right?: boolean
    /** Left out on a phone. */
    readonly wideOnly?: boolean
    /** The cell names its row. */
    readonly heading?: boolean
  }
}

// biome-ignore lint/suspicious/noExplicitAny: columns of one table differ in value type
export type Columns<Item> = readonly ColumnDef<Item, any>[]

interface DataTableProps<Item> {
  readonly label: string
  readonly data: readonly Item[]
  readonly columns: Columns<Item>
  readonly sorting?: SortingState
  /** Without it the headers do not sort. */
  readonly onSort?: (sorting: SortingState) => void
  readonly rowId?: (item: Item) => string
}

const unsorted: SortingState = []
const virtualFrom = 120
const rowHeight = 34

/** Rows with sorting held by the caller (so that it lives in the URL), arrow keys between rows, and a window over long lists. */
export function DataTable<Item>({
  label,
  data,
  columns,
  sorting = unsorted,
  onSort,
  rowId,
}: DataTableProps<Item>) {
  const wrap = useRef<HTMLDivElement>(null)
  const table = useReactTable<Item>({
    data: data as Item[],
    columns: columns as ColumnDef<Item>[],
    state: { sorting },
    enableSorting: onSort !== undefined,
    sortDescFirst: false,
    // The table does not page; resetting the page on every new order would render without end.
    autoResetAll: false,
    onSortingChange: update => onSort?.(typeof update === 'function' ? update(sorting) : update),
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
    ...(rowId ? { getRowId: rowId } : {}),
  })
  const rows = table.getRowModel().rows
  const virtual = rows.length >= virtualFrom
  const virtualizer = useVirtualizer({
    count: virtual ? rows.length : 0,
    getScrollElement: () => wrap.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  })
  const items = virtualizer.getVirtualItems()
  const before = items[0]?.start ?? 0
  const after = virtual ? virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0) : 0
  const shown = virtual ? items.flatMap(item => rows[item.index] ?? []) : rows
  return (
    <section
      className={virtual ? 'table-wrap virtual' : 'table-wrap'}
      ref={wrap}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label={label}
    >
      <table aria-rowcount={rows.length + 1}>
        <TableHead table={table} />
        <tbody onKeyDown={moveBetweenRows}>
          {before > 0 ? <Spacer height={before} /> : null}
          {shown.map(row => (
            <BodyRow key={row.id} row={row} />
          ))}
          {after > 0 ? <Spacer height={after} /> : null}
        </tbody>
      </table>
    </section>
  )
}

function BodyRow<Item>({ row }: { row: Row<Item> }) {
  return (
    <tr>
      {row.getVisibleCells().map(cell => {
        const meta = cell.column.columnDef.meta
        const content = flexRender(cell.column.columnDef.cell, cell.getContext())
        const className = cellClass(meta)
        return meta?.heading ? (
          <th key={cell.id} scope="row" className={className}>
            {content}
          </th>
        ) : (
          <td key={cell.id} className={className}>
            {content}
          </td>
        )
      })}
    </tr>
  )
}

export function cellClass(meta: { right?: boolean; wideOnly?: boolean } | undefined): string | undefined {
  return (
    [meta?.right ? 'right' : '', meta?.wideOnly ? 'wide-only' : ''].filter(Boolean).join(' ') || undefined
  )
}

function Spacer({ height }: { height: number }) {
  return (
    <tr>
      <td style={{ height, padding: 0, border: 0 }} />
    </tr>
  )
}
