import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { createColumnHelper } from '@tanstack/react-table'
import { useEffect, useRef } from 'react'
import type { FoundDecision } from '../../../api/decisions.ts'
import { DataTable } from '../../components/data-table.tsx'
import { Empty, ErrorNotice, Skeleton } from '../../components/messages.tsx'
import { Page } from '../../components/page.tsx'
import { Time } from '../../components/time.tsx'
import { formatCount, formatFixed, plural } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { entityText } from '../deployments/decisions.tsx'
import { type DecisionQuestion, decisionQueries } from './queries.ts'
import { SearchFields } from './search-fields.tsx'
import { arms, kinds, kindWords, servers } from './words.ts'

const route = getRouteApi('/decisions')
const column = createColumnHelper<FoundDecision>()
const none = <span className="muted">none</span>
const columns = [
  column.accessor('entity', {
    header: 'For',
    meta: { heading: true },
    cell: ({ row: { original } }) => (
      <>
        <Link to="/decisions/$id" params={{ id: original.predictionId }} className="row-link">
          {entityText(original.entity)}
        </Link>
        <span className="narrow-only tiny muted">
          <br />
          <Time at={original.decidedAt} />
        </span>
      </>
    ),
  }),
  column.accessor('score', {
    header: 'Score',
    meta: { right: true },
    cell: info => formatFixed(info.getValue()),
  }),
  column.accessor('action', { header: 'Action', cell: info => info.getValue() ?? none }),
  column.accessor('deployment', {
    header: 'Release',
    meta: { wideOnly: true },
    cell: ({ row: { original } }) => `${original.deployment} r${original.release}`,
  }),
  column.accessor('routing', {
    header: 'Arm',
    meta: { wideOnly: true },
    cell: info => {
      const { arm, kind } = info.getValue()
      return kind === 'online' ? arm : `${arm}, ${kindWords[kind] ?? kind}`
    },
  }),
  column.accessor('servedBy', { header: 'Served by', meta: { wideOnly: true } }),
  column.accessor('decidedAt', {
    header: 'Decided',
    meta: { wideOnly: true },
    cell: info => <Time at={info.getValue()} />,
  }),
]

/** Every decision there is, found by what was sent, who answered and when. */
export function DecisionsPage() {
  const search = route.useSearch()
  const question = questionOf(search)
  const pages = useInfiniteQuery(decisionQueries.search(question))
  const items = pages.data?.pages.flatMap(page => page.items) ?? []
  const filtered = Object.values(search).some(value => value !== undefined)
  return (
    <Page title="Decisions" lede={<LogCounts />}>
      <SearchFields />
      <section className="panel decision-list" aria-label="Decisions found">
        <News question={question} first={items[0]?.predictionId} onShow={() => void pages.refetch()} />
        {pages.error && items.length === 0 ? (
          <ErrorNotice error={pages.error} onRetry={() => void pages.refetch()} />
        ) : pages.isPending ? (
          <Skeleton rows={10} />
        ) : items.length === 0 ? (
          <Empty text={filtered ? emptyTexts.filtered : emptyTexts.decisions} />
        ) : (
          <>
            <DataTable label="Decisions" data={items} columns={columns} rowId={item => item.predictionId} />
            <Older pages={pages} shown={items.length} />
          </>
        )}
      </section>
    </Page>
  )
}

type Search = ReturnType<typeof route.useSearch>

function questionOf(search: Search): DecisionQuestion {
  const { deployment, action, fields, since, until } = search
  const number = (text: string | undefined) => (text === undefined ? undefined : Number(text))
  return {
    ...{ deployment, action, fields, since, until },
    release: number(search.release),
    minScore: number(search.minScore),
    maxScore: number(search.maxScore),
    arm: arms.find(each => each === search.arm),
    kind: kinds.find(each => each === search.kind),
    servedBy: servers.find(each => each === search.servedBy),
  }
}

function LogCounts() {
  const log = useQuery(decisionQueries.log())
  if (!log.data) return 'Every prediction is written before it is answered.'
  const { written, shipped, waiting, damagedBytes } = log.data
  return (
    <>
      {plural(written, 'decision')} written = {formatCount(shipped)} in files + {formatCount(waiting)} in the
      log.{' '}
      {damagedBytes === 0
        ? 'Nothing is damaged.'
        : `${formatCount(damagedBytes)} bytes of the log are damaged.`}
    </>
  )
}

/** Rows do not move under the reader: what is new is offered. */
function News(props: { question: DecisionQuestion; first: string | undefined; onShow: () => void }) {
  const { question, first, onShow } = props
  const newest = useQuery({ ...decisionQueries.newest(question), enabled: first !== undefined })
  const [latest] = newest.data?.items ?? []
  const isNew = first !== undefined && latest !== undefined && latest.predictionId !== first
  return (
    <p className="decision-news" role="status">
      {isNew ? (
        <button type="button" className="button" onClick={onShow}>
          Newer decisions came: show them
        </button>
      ) : null}
    </p>
  )
}

interface OlderProps {
  readonly pages: {
    readonly hasNextPage: boolean
    readonly isFetchingNextPage: boolean
    readonly error: Error | null
    fetchNextPage(): unknown
  }
  readonly shown: number
}

/** The next page comes when its button comes into sight. */
function Older({ pages, shown }: OlderProps) {
  const button = useRef<HTMLButtonElement>(null)
  const { hasNextPage, isFetchingNextPage, error, fetchNextPage } = pages
  useEffect(() => {
    const element = button.current
    if (!element || isFetchingNextPage || error) return
    const watcher = new IntersectionObserver(entries => {
      if (entries.some(entry => entry.isIntersecting)) void fetchNextPage()
    })
    watcher.observe(element)
    return () => watcher.disconnect()
  }, [isFetchingNextPage, error, fetchNextPage])
  if (error) return <ErrorNotice error={error} onRetry={() => void fetchNextPage()} />
  return (
    <p className="more small muted">
      {hasNextPage ? (
        <button ref={button} type="button" className="button" onClick={() => void fetchNextPage()}>
          {isFetchingNextPage ? 'Reading older ones…' : 'Older'}
        </button>
      ) : (
        `All ${formatCount(shown)} are shown.`
      )}
    </p>
  )
}
