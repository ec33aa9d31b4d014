// biome-ignore-all lint/a11y/useSemanticElements: rows and cells of a window are placed by hand, which a table's own elements are not
// biome-ignore-all lint/a11y/useFocusableInteractive: the links, boxes and buttons in the cells have the focus
import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import { Elapsed, Time } from '../../components/time.tsx'
import { formatNumber, plural } from '../../format.ts'
import { principalText } from '../home/gather.ts'
import { RunState } from './liveness.tsx'
import { formatColumn, type RunColumn } from './run-column.ts'
import type { ShownColumn } from './run-grid.tsx'
import { type GridItem, valueIn } from './run-items.ts'

interface RowProps {
  readonly item: GridItem
  readonly index: number
  readonly top: number
  readonly shown: readonly ShownColumn[]
  readonly width: number
  readonly nameWidth: number
  readonly picked: boolean
  readonly onPick: (run: string) => void
  readonly onOpen: (run: string) => void
}

export const GridRow = memo(function GridRow(props: RowProps) {
  const { item, index, top, shown, width, nameWidth, picked } = props
  const { row } = item
  return (
    <div
      role="row"
      data-run={row.id}
      aria-rowindex={index + 2}
      aria-selected={picked}
      className="grid-row"
      style={{ width, transform: `translateY(${top}px)` }}
    >
      <div role="rowheader" aria-colindex={1} className="grid-name" style={{ width: nameWidth }}>
        <input
          type="checkbox"
          aria-label={`Select ${row.name}`}
          checked={picked}
          onChange={() => props.onPick(row.id)}
        />
        <Folder item={item} onOpen={props.onOpen} />
        <Link
          to="/experiments/runs/$id"
          params={{ id: row.id }}
          className="row-link"
          title={row.name}
          preload={false}
        >
          {row.name}
        </Link>
        {item.depth === 0 && row.parent !== null ? <ParentLink name={row.name} parent={row.parent} /> : null}
      </div>
      {shown.map(({ column, index: at, start, size }) => (
        <div
          key={at}
          role="gridcell"
          aria-colindex={at + 2}
          className={column.kind === 'metrics' ? 'grid-cell right' : 'grid-cell'}
          style={{ left: start, width: size }}
        >
          <Cell item={item} column={column} />
        </div>
      ))}
    </div>
  )
})

function Folder({ item, onOpen }: { item: GridItem; onOpen: (run: string) => void }) {
  const { row, depth, children, open } = item
  if (depth > 0) return <span className="nested" aria-hidden="true" />
  if (children)
    return (
      <button
        type="button"
        className="icon-button"
        aria-expanded={open}
        aria-label={`${plural(children, 'nested run')} of ${row.name}`}
        onClick={() => onOpen(row.id)}
      >
        {open ? '▾' : '▸'}
      </button>
    )
  return null
}

/** After the name: before it, it would look as if the run belonged to the row above. */
function ParentLink({ name, parent }: { name: string; parent: string }) {
  return (
    <Link
      to="/experiments/runs/$id"
      params={{ id: parent }}
      className="parent-mark"
      aria-label={`Parent of ${name}`}
      title="A nested run: to its parent"
      preload={false}
    >
      nested
    </Link>
  )
}

function Cell({ item, column }: { item: GridItem; column: RunColumn }) {
  const { row } = item
  if (column.kind === 'attribute')
    return {
      state: <RunState run={row} />,
      started: <Time at={row.startedAt} />,
      took: <Elapsed from={row.startedAt} to={row.endedAt} />,
      user: row.user ? <span title={row.user}>{principalText(row.user)}</span> : <None />,
    }[column.key]
  const value = valueIn(item, formatColumn(column))
  if (value === undefined) return <span className="muted">…</span>
  if (value === null) return <None />
  const text = typeof value === 'number' ? formatNumber(value, 5) : value
  return (
    <span className={column.kind === 'metrics' ? 'num' : undefined} title={String(value)}>
      {text}
    </span>
  )
}

function None() {
  return (
    <span className="muted">
      —<span className="sr-only">none</span>
    </span>
  )
}
