import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { FeedbackStatusView } from '../../../api/feedback.ts'
import { Empty } from '../../components/messages.tsx'
import { Loaded, Page, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Time } from '../../components/time.tsx'
import { formatCount, plural } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { ItemList } from './item-list.tsx'
import { feedbackQueries } from './queries.ts'
import { Realised } from './realised.tsx'

const route = getRouteApi('/deployments/$name/feedback')

/** What became of the predictions of a deployment: who said what, what it amounts to, and what waits. */
export function FeedbackPage() {
  const { name } = route.useParams()
  const status = useQuery(feedbackQueries.status(name))
  return (
    <Page
      title={`Feedback on ${name}`}
      crumbs={
        <>
          <Link to="/deployments">Deployments</Link> /{' '}
          <Link to="/deployments/$name" params={{ name }}>
            {name}
          </Link>
        </>
      }
      lede={status.data ? <Answer status={status.data} /> : null}
      actions={
        <Link to="/demo/$deployment" params={{ deployment: name }}>
          Try it
        </Link>
      }
    >
      <Realised name={name} />
      <Panel title="What came" aside="by kind and who sent it">
        <Loaded query={status} rows={4}>
          {data => <Counts status={data} />}
        </Loaded>
      </Panel>
      <ItemList name={name} />
    </Page>
  )
}

type Count = FeedbackStatusView['counts'][number]
const sum = (counts: readonly Count[], of: (count: Count) => number) =>
  counts.reduce((total, count) => total + of(count), 0)

function Answer({ status: { counts } }: { status: FeedbackStatusView }) {
  if (counts.length === 0) return 'Nothing has been said of its predictions yet.'
  const waits = sum(counts, count => count.pending + count.ambiguous + count.unmatched)
  const aside = sum(counts, count => count.quarantined)
  return (
    <>
      {plural(
        sum(counts, count => count.items),
        'item',
      )}
      : {formatCount(sum(counts, count => count.joined))} joined to their decisions,{' '}
      {waits === 0 ? 'none waits' : `${formatCount(waits)} not joined`},{' '}
      {aside === 0 ? 'none put aside' : `${formatCount(aside)} put aside`}.
    </>
  )
}

function Counts({ status: { deployment, kinds, counts } }: { status: FeedbackStatusView }) {
  if (kinds.length === 0 && counts.length === 0) return <Empty text={emptyTexts.feedbackKinds} />
  const said = new Set(counts.map(({ kind }) => kind))
  const silent = kinds.filter(({ name }) => !said.has(name))
  return (
    <>
      {counts.length === 0 ? null : (
        <SimpleTable
          label="Feedback by kind and source"
          head={[
            ...['Kind', 'Is', 'Source', '>Items', '>Joined', '>Pending', '>Ambiguous', '>Unmatched'],
            ...['>Put aside', 'Last known'],
          ]}
          rows={counts.map(count => [
            count.kind,
            formWords[count.is],
            count.source,
            ...[count.items, count.joined, count.pending, count.ambiguous, count.unmatched].map(formatCount),
            formatCount(count.quarantined),
            <Time key="last" at={count.lastKnown} />,
          ])}
        />
      )}
      {silent.length === 0 ? null : (
        <p className="panel-note">
          Declared, and nothing came:{' '}
          {silent.map(({ name, within }) => `${name} (joins within ${within})`).join(', ')}.{' '}
          <code>fettle feedback send {deployment} --file items.jsonl</code>
        </p>
      )}
    </>
  )
}

const formWords = {
  label: 'label',
  'yes-no': 'yes or no',
  correction: 'correction',
  outcome: 'outcome',
} as const
