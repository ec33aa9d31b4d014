import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { ApiError } from '../../api.ts'
import { Empty, ErrorNotice, Skeleton } from '../../components/messages.tsx'
import { type RunQuestion, trackingQueries } from '../../data/tracking-queries.ts'
import { plural } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { ParallelPlot } from './parallel-plot.tsx'
import { PickColumns } from './pick-columns.tsx'
import { variesIn } from './plot-axes.ts'
import type { PlotRun } from './plot-run.ts'
import { columnTitle, formatColumn, type RunColumn } from './run-column.ts'
import { ScatterPlot } from './scatter-plot.tsx'
import { type SearchChange, writeColumns } from './table-state.ts'

const mostRuns = 500

interface PlotsProps {
  readonly question: RunQuestion
  readonly columns: readonly RunColumn[]
  readonly kind: 'parallel' | 'scatter'
  readonly onColumns: (change: SearchChange) => void
}

/** The first runs of the table, drawn over its columns. */
export function Plots({ question, columns, kind, onColumns }: PlotsProps) {
  const runs = useQuery(trackingQueries.someRuns(question, mostRuns))
  const drawn = columns.filter(column => column.kind !== 'attribute')
  const list = useMemo(
    () =>
      (runs.data?.items ?? []).map(
        (row): PlotRun => ({
          id: row.id,
          name: row.name,
          values: new Map(runs.data?.columns.map((column, index) => [column, row.values[index] ?? null])),
        }),
      ),
    [runs.data],
  )
  if (runs.error)
    return runs.error instanceof ApiError && runs.error.code === 'FILTER_INVALID' ? null : (
      <ErrorNotice error={runs.error} onRetry={() => void runs.refetch()} />
    )
  if (runs.isPending) return <Skeleton rows={10} />
  if (list.length === 0) return <Empty text={emptyTexts.filtered} />
  const axes = drawn.map(column => ({ key: formatColumn(column), title: columnTitle(column).name }))
  const constant = axes.filter(axis => !variesIn(list, axis.key))
  return (
    <>
      <div className="run-bar">
        <PickColumns
          experiment={question.experiments[0] ?? ''}
          columns={columns}
          onColumns={next => onColumns({ columns: writeColumns(next) })}
        />
        <span className="muted">
          {runs.data.next
            ? `The first ${mostRuns} runs in the order of the table.`
            : `${plural(list.length, 'run')}.`}
          {kind === 'parallel' && constant.length > 0
            ? ` The same in all, so not drawn: ${constant.map(axis => axis.title).join(', ')}.`
            : ''}
        </span>
      </div>
      {kind === 'parallel' ? (
        <ParallelPlot runs={list} axes={axes.filter(axis => variesIn(list, axis.key))} />
      ) : (
        <ScatterPlot runs={list} axes={axes} />
      )}
    </>
  )
}
