import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { type RunQuestion, trackingQueries } from '../../data/tracking-queries.ts'
import { flatRows, mergeRows, nestRows } from './run-items.ts'

const freshEveryMs = 5_000
const mostFresh = 100
const topOnly = 'tags.`mlflow.parentRunId` IS NULL'

interface RunsOptions {
  readonly question: RunQuestion
  /** Children below their parents instead of everywhere. */
  readonly nested: boolean
  readonly open: ReadonlySet<string>
}

/** The runs a page shows: pages as they are scrolled to, running ones kept current, and whether there is news. */
export function useRuns({ question, nested, open }: RunsOptions) {
  const scope = nested ? { ...question, filter: both(question.filter, topOnly) } : question
  const pages = useInfiniteQuery(trackingQueries.runs(scope))
  const loaded = pages.data?.pages
  const fresh = useFresh(question, loaded?.flatMap(page => page.items) ?? [])
  const rows = useMemo(() => mergeRows(loaded ?? [], fresh), [loaded, fresh])
  const children = useChildren(question, nested ? rows.map(({ row }) => row.id) : [])
  const items = useMemo(
    () => (nested ? nestRows(rows, children, open) : flatRows(rows)),
    [nested, rows, children, open],
  )
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  return { items, pages, onEnd, scope }
}

/** Two filters that must both hold. */
function both(left: string | undefined, right: string): string {
  return left ? `(${left}) AND ${right}` : right
}

function among(field: string, ids: readonly string[]): string {
  return `${field} IN (${ids.map(id => `'${id}'`).join(', ')})`
}

/** Runs that were still running when they were read, asked for anew while they are on the page. */
function useFresh(question: RunQuestion, rows: readonly { id: string; status: string }[]) {
  const ids = rows
    .filter(row => row.status === 'running' || row.status === 'scheduled')
    .slice(0, mostFresh)
    .map(row => row.id)
  const { orderBy: _, ...rest } = question
  const query = useQuery({
    ...trackingQueries.someRuns({ ...rest, filter: among('attributes.run_id', ids) }, mostFresh),
    enabled: ids.length > 0,
    refetchInterval: freshEveryMs,
  })
  return ids.length > 0 ? query.data : undefined
}

const mostParents = 100
const mostChildren = 500

function useChildren(question: RunQuestion, parents: readonly string[]) {
  const asked = parents.slice(0, mostParents)
  const query = useQuery({
    ...trackingQueries.someRuns(
      { ...question, filter: among('tags.`mlflow.parentRunId`', asked) },
      mostChildren,
    ),
    enabled: asked.length > 0,
  })
  return asked.length > 0 ? query.data : undefined
}
