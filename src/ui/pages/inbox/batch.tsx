import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { BatchView } from '../../../api/suggestions.ts'
import { request } from '../../api.ts'
import { ErrorNotice, Notice } from '../../components/messages.tsx'
import { Loaded, Panel } from '../../components/page.tsx'
import { formatCount, formatNumber, plural } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { inboxQueries, useInboxRefresh } from './queries.ts'
import { SuggestionTable } from './suggestion-table.tsx'

/** The sample of a batch, one by one; then the rest in one act. */
export function Batch({ id }: { id: string }) {
  const query = useQuery(inboxQueries.batch(id))
  return (
    <Loaded query={query} rows={10}>
      {batch => (
        <Panel
          title="Safe tail"
          aside={
            <Link to="/inbox" search={before => ({ ...before, batch: undefined, open: undefined })}>
              Leave the batch
            </Link>
          }
          note={`${plural(batch.size, 'suggestion')} below ${formatNumber(batch.below)} flips a week each, at most ${formatNumber(batch.flipsPerWeekUpper)} together. Decide these ${batch.sample.length} one by one: they were drawn by lot, and only they are evidence for the rule.`}
        >
          <SuggestionTable items={batch.sample} batch={id} empty={emptyTexts.filtered} />
          <Rest batch={batch} />
        </Panel>
      )}
    </Loaded>
  )
}

function Rest({ batch }: { batch: BatchView }) {
  const { id, sample, size } = batch
  const refresh = useInboxRefresh()
  const navigate = useNavigate()
  const [shownAt] = useState(Date.now)
  const accept = useMutation({
    mutationFn: () =>
      request('acceptSuggestionBatch', {
        params: { id },
        body: { seconds: (Date.now() - shownAt) / 1000 },
      }),
    onSuccess: refresh,
  })
  const decided = sample.filter(each => each.decision?.batch === id)
  const refused = decided.filter(each => each.state === 'edited' || each.state === 'rejected').length
  const rest = size - sample.length
  if (accept.data || batch.state === 'accepted')
    return (
      <Notice tone="info">
        <p>
          {formatCount(accept.data?.accepted ?? batch.accepted)} accepted in one act. They are no evidence for
          the rule.
          {accept.data && accept.data.skipped.length > 0
            ? ` ${plural(accept.data.skipped.length, 'was', 'were')} not open any more.`
            : ''}
        </p>
        <button type="button" className="button" onClick={() => void navigate({ to: '/inbox', search: {} })}>
          Back to the inbox
        </button>
      </Notice>
    )
  return (
    <div className="safe-tail">
      <p>
        <strong>
          {decided.length} of {sample.length} decided.
        </strong>{' '}
        {refused > 0
          ? `${plural(refused, 'was', 'were')} refused: the rest is no safe tail. Decide the others one by one, or start again with a lower limit.`
          : `The other ${formatCount(rest)} can be accepted once these are.`}
      </p>
      <button
        type="button"
        className="button primary"
        disabled={decided.length < sample.length || refused > 0 || accept.isPending}
        onClick={() => accept.mutate()}
      >
        Accept the other {formatCount(rest)} in one act
      </button>
      {accept.error ? <ErrorNotice error={accept.error} /> : null}
    </div>
  )
}
