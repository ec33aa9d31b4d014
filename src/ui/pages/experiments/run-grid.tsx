// biome-ignore-all lint/a11y/useSemanticElements: rows and cells of a window are placed by hand, which a table's own elements are not
import { useVirtualizer } from '@tanstack/react-virtual'
import type { CSSProperties, KeyboardEvent } from 'react'
import { useEffect, useRef, useState } from 'react'
import './run-grid.css'
import { GridHead } from './grid-head.tsx'
import { GridRow } from './grid-row.tsx'
import { columnWidth, type RunColumn } from './run-column.ts'
import type { GridItem } from './run-items.ts'

export interface GridProps {
  readonly items: readonly GridItem[]
  readonly columns: readonly RunColumn[]
  readonly order: string | undefined
  readonly onOrder: (column: RunColumn) => void
  readonly picked: ReadonlySet<string>
  readonly onPick: (run: string) => void
  readonly onOpen: (run: string) => void
  /** How many rows there are on the server, as far as it is known. */
  readonly total: number | undefined
  /** Called when the reader comes near the end of what is loaded. */
  readonly onEnd: () => void
  readonly loading: boolean
}

const rowHeight = 36
/** With room for a scroll bar. */
const headHeight = 62
const widestName = 270

/** Runs as an ARIA grid with a window over rows and columns: what is not in sight is not in the document. */
export function RunGrid(props: GridProps) {
  const { items, columns, total, onEnd, loading } = props
  const wrap = useRef<HTMLDivElement>(null)
  const nameWidth = useNameWidth(wrap)
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => wrap.current,
    estimateSize: () => rowHeight,
    overscan: 10,
  })
  const cells = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => wrap.current,
    estimateSize: index => columnWidth(columns[index] as RunColumn),
    paddingStart: nameWidth,
    overscan: 3,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: widths are those of other columns now
  useEffect(() => cells.measure(), [columns, nameWidth])
  const shownRows = rows.getVirtualItems()
  const last = shownRows.at(-1)?.index ?? 0
  useEffect(() => {
    if (items.length > 0 && last >= items.length - 30) onEnd()
  }, [last, items.length, onEnd])
  const shownColumns = cells.getVirtualItems().flatMap(({ index, start, size }) => {
    const column = columns[index]
    return column ? [{ column, index, start, size }] : []
  })
  const width = cells.getTotalSize()
  const onKeyDown = useRowKeys({ items, scrollTo: index => rows.scrollToIndex(index), onPick: props.onPick })
  return (
    <div
      className="run-grid"
      ref={wrap}
      role="grid"
      aria-label="Runs"
      aria-rowcount={(total ?? items.length) + 1}
      aria-colcount={columns.length + 1}
      aria-busy={loading}
      style={{ '--content': `${items.length * rowHeight + headHeight}px` } as CSSProperties}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <GridHead {...props} shown={shownColumns} width={width} nameWidth={nameWidth} />
      <div role="rowgroup" style={{ height: rows.getTotalSize(), width, position: 'relative' }}>
        {shownRows.map(({ index, start }) => {
          const item = items[index]
          return item ? (
            <GridRow
              key={item.row.id}
              item={item}
              index={index}
              top={start}
              shown={shownColumns}
              width={width}
              nameWidth={nameWidth}
              picked={props.picked.has(item.row.id)}
              onPick={props.onPick}
              onOpen={props.onOpen}
            />
          ) : null
        })}
      </div>
    </div>
  )
}

export interface ShownColumn {
  readonly column: RunColumn
  readonly index: number
  readonly start: number
  readonly size: number
}

/** The name stays in sight; on a phone it leaves room for a column beside it. */
function useNameWidth(wrap: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(widestName)
  useEffect(() => {
    const element = wrap.current
    if (!element) return
    const observer = new ResizeObserver(() =>
      setWidth(Math.round(Math.min(widestName, element.clientWidth * 0.52))),
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [wrap])
  return width
}

interface RowKeys {
  readonly items: readonly GridItem[]
  readonly scrollTo: (index: number) => void
  readonly onPick: (run: string) => void
}

/** `j`, `k` and the arrows go from run to run, also to one that is not in the document yet; `x` selects. */
function useRowKeys({ items, scrollTo, onPick }: RowKeys) {
  return (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const grid = event.currentTarget
    const current = items.findIndex(
      ({ row }) => row.id === document.activeElement?.closest('[data-run]')?.getAttribute('data-run'),
    )
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key]
    if (event.key === 'x' && current >= 0) {
      event.preventDefault()
      return onPick(items[current]?.row.id ?? '')
    }
    if (!step || items.length === 0) return
    event.preventDefault()
    const next = Math.min(Math.max(current + step, 0), items.length - 1)
    scrollTo(next)
    const id = items[next]?.row.id ?? ''
    const focus = () => {
      const link = grid.querySelector<HTMLElement>(`[data-run="${CSS.escape(id)}"] .row-link`)
      link?.focus({ preventScroll: true })
      return link !== null
    }
    // What is in the document has the focus before the next key; what is not yet, once it is.
    if (!focus()) requestAnimationFrame(focus)
  }
}
