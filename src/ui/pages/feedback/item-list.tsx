import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { FeedbackItemView } from '../../../api/feedback.ts'
import { Empty, ErrorNotice, Skeleton } from '../../components/messages.tsx'
import { Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Segments } from '../../components/tabs.tsx'
import { Time } from '../../components/time.tsx'
import { shortRun } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { valueText } from '../decisions/feedback-panel.tsx'
import { feedbackQueries, waiting } from './queries.ts'

const route = getRouteApi('/deployments/$name/feedback')

/** The items themselves, newest first; those that wait or were put aside say why. */
export function ItemList({ name }: { name: string }) {
  const { state } = route.useSearch()
  const items = useInfiniteQuery(
    feedbackQueries.items(
      name,
      waiting.find(each => each === state),
    ),
  )
  const all = items.data?.pages.flatMap(page => page.items) ?? []
  return (
    <Panel title="Items" aside="newest first">
      <div className="panel-body">
        <Segments
          label="State of items"
          param="state"
          choices={[
            ['', 'all'],
            ['pending', 'pending'],
            ['quarantined', 'put aside'],
            ['ambiguous', 'ambiguous'],
            ['unmatched', 'unmatched'],
          ]}
        />
      </div>
      {items.error && all.length === 0 ? (
        <ErrorNotice error={items.error} onRetry={() => void items.refetch()} />
      ) : items.isPending ? (
        <Skeleton rows={5} />
      ) : all.length === 0 ? (
        <Empty text={state === undefined ? emptyTexts.feedback : emptyTexts.filtered} />
      ) : (
        <SimpleTable
          label="Feedback items"
          head={['Kind', '>Value', 'State', 'About', 'Known', 'Source', 'Note']}
          rows={all.map(item => [
            item.kind,
            valueText(item),
            stateText(item),
            <About key="about" item={item} />,
            <Time key="known" at={item.knownTime} />,
            item.actor === null ? item.source : `${item.source}, ${item.actor}`,
            item.note ?? '',
          ])}
        />
      )}
      {items.hasNextPage ? (
        <p className="more">
          <button type="button" className="button" onClick={() => void items.fetchNextPage()}>
            {items.isFetchingNextPage ? 'Reading…' : 'Older'}
          </button>
        </p>
      ) : null}
    </Panel>
  )
}

function About({ item: { predictionId, about } }: { item: FeedbackItemView }) {
  if (predictionId !== null)
    return (
      <Link to="/decisions/$id" params={{ id: predictionId }}>
        its decision
      </Link>
    )
  const { entityKey, requestId, row } = about
  if (entityKey !== null) return <span className="break">{entityKey}</span>
  const id = about.predictionId ?? requestId ?? ''
  return (
    <code title={id}>
      {shortRun(id)}
      {about.predictionId === null ? ` row ${row ?? 0}` : ''}
    </code>
  )
}

const joinWords = {
  pending: 'waits for its decision',
  joined: 'joined',
  ambiguous: 'fits several decisions',
  unmatched: 'fits no decision',
} as const

function stateText({ state, reason, joinState }: FeedbackItemView): string {
  if (state === 'quarantined') return `put aside: ${reason ?? 'no reason given'}`
  return state === 'withdrawn' ? 'withdrawn' : joinWords[joinState]
}
