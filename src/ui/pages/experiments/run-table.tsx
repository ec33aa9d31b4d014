import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useCallback, useMemo, useRef, useState } from 'react'
import { ApiError } from '../../api.ts'
import { Empty, ErrorNotice, Skeleton } from '../../components/messages.tsx'
import type { RunQuestion } from '../../data/tracking-queries.ts'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { plural } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { PickColumns } from './pick-columns.tsx'
import type { RunColumn } from './run-column.ts'
import { RunGrid } from './run-grid.tsx'
import { nextOrder, readList, type SearchChange, writeColumns, writeList } from './table-state.ts'
import { useRuns } from './use-runs.ts'

const route = getRouteApi('/experiments/$name')
const mostPicked = 50

interface RunTableProps {
  readonly question: RunQuestion
  readonly columns: readonly RunColumn[]
  readonly onChange: (change: SearchChange) => void
}

export function RunTable({ question, columns, onChange }: RunTableProps) {
  const { order, show, open, pick } = route.useSearch()
  const picked = useMemo(() => new Set(readList(pick)), [pick])
  const opened = useMemo(() => new Set(readList(open)), [open])
  const { items, pages, onEnd, scope } = useRuns({ question, nested: show === 'nested', open: opened })
  const { columns: _, orderBy: __, ...counted } = scope
  const count = useQuery(trackingQueries.count(counted))
  const change = useLatest(onChange)
  const onPick = useCallback(
    (run: string) => change(({ pick }) => ({ pick: writeList(toggled(pick, run).slice(0, mostPicked)) })),
    [change],
  )
  const onOpen = useCallback(
    (run: string) => change(({ open }) => ({ open: writeList(toggled(open, run)) })),
    [change],
  )
  return (
    <>
      <div className="run-bar">
        <PickColumns
          experiment={question.experiments[0] ?? ''}
          columns={columns}
          onColumns={next => onChange({ columns: writeColumns(next) })}
        />
        <Picked picked={picked} onClear={() => onChange({ pick: undefined })} />
        <News count={count.data?.count} updatedAt={pages.dataUpdatedAt} />
      </div>
      {pages.error && !isFilterFault(pages.error) ? (
        <ErrorNotice error={pages.error} onRetry={() => void pages.refetch()} />
      ) : null}
      {pages.isPending ? (
        <Skeleton rows={12} />
      ) : items.length === 0 ? (
        pages.error ? null : (
          <Empty text={question.filter ? emptyTexts.filtered : emptyTexts.experimentRuns} />
        )
      ) : (
        <RunGrid
          items={items}
          columns={columns}
          order={order}
          onOrder={column => onChange({ order: nextOrder(column, order) })}
          picked={picked}
          onPick={onPick}
          onOpen={onOpen}
          total={count.data?.count}
          onEnd={onEnd}
          loading={pages.isFetching}
        />
      )}
    </>
  )
}

/** The same function all the while, which calls the newest: rows that get it are not drawn anew. */
function useLatest(onChange: (change: SearchChange) => void): (change: SearchChange) => void {
  const latest = useRef(onChange)
  latest.current = onChange
  return useCallback(change => latest.current(change), [])
}

function toggled(list: string | undefined, item: string): readonly string[] {
  const next = new Set(readList(list))
  if (!next.delete(item)) next.add(item)
  return [...next]
}

/** A fault of the filter is told at the filter. */
function isFilterFault(error: Error): boolean {
  return error instanceof ApiError && error.code === 'FILTER_INVALID'
}

function Picked({ picked, onClear }: { picked: ReadonlySet<string>; onClear: () => void }) {
  if (picked.size === 0) return <span className="muted">Select runs to compare them.</span>
  return (
    <>
      <Link
        to="/experiments/runs/compare"
        search={{ runs: [...picked].join(',') }}
        className="button primary"
      >
        Compare {plural(picked.size, 'run')}
      </Link>
      <button type="button" className="button" onClick={onClear}>
        Select none
      </button>
      {picked.size === mostPicked ? <span className="muted">{mostPicked} at most</span> : null}
    </>
  )
}

/** Rows do not move under the reader: what came meanwhile is counted, and shown when asked for. */
function News(props: { count: number | undefined; updatedAt: number }) {
  const client = useQueryClient()
  const [seen, setSeen] = useState<{ at: number; count: number }>()
  const { count, updatedAt } = props
  if (count !== undefined && updatedAt > 0 && seen?.at !== updatedAt) setSeen({ at: updatedAt, count })
  const news = count === undefined || seen === undefined ? 0 : count - seen.count
  return (
    <span role="status" className="push">
      {news > 0 ? (
        <button
          type="button"
          className="button"
          onClick={() => void client.resetQueries({ queryKey: ['runRows'] })}
        >
          {plural(news, 'new run')}: show
        </button>
      ) : null}
    </span>
  )
}
