import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { request } from '../../api.ts'
import { ErrorNotice } from '../../components/messages.tsx'
import { Loaded, Panel } from '../../components/page.tsx'
import { Segments } from '../../components/tabs.tsx'
import { plural } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { Batch } from './batch.tsx'
import { inboxQueries } from './queries.ts'
import { SuggestionTable } from './suggestion-table.tsx'

const states = [
  ['open', 'Open'],
  ['applied', 'Applied'],
  ['accepted', 'Being applied'],
  ['edited', 'Edited'],
  ['rejected', 'Rejected'],
  ['vetoed', 'Vetoed'],
  ['expired', 'Expired'],
] as const
type State = (typeof states)[number][0]

const isState = (text: string): text is State => states.some(([state]) => state === text)

/** What waits for a decision, or what became of it. */
export function SuggestionsTab() {
  const { state: wanted = 'open', subject, cursor, batch } = useSearch({ from: '/inbox' })
  const state = isState(wanted) ? wanted : 'open'
  const query = useQuery(inboxQueries.suggestions({ state, subject, cursor }))
  if (batch !== undefined) return <Batch id={batch} />
  return (
    <Panel
      title="Suggestions"
      aside={query.data ? plural(query.data.items.length, 'suggestion') : null}
      note="Sorted by the upper bound of the decisions a week that would change."
    >
      <div className="filters">
        <Segments label="State" param="state" choices={states} />
      </div>
      <Loaded query={query} rows={6}>
        {page => (
          <>
            <SuggestionTable
              items={page.items}
              empty={state === 'open' ? emptyTexts.suggestions : emptyTexts.filtered}
            />
            <p className="more">
              {cursor ? (
                <Link to="/inbox" search={before => ({ ...before, cursor: undefined, open: undefined })}>
                  From the riskiest
                </Link>
              ) : null}{' '}
              {page.next ? (
                <Link to="/inbox" search={before => ({ ...before, cursor: page.next, open: undefined })}>
                  Those with less risk
                </Link>
              ) : null}
            </p>
          </>
        )}
      </Loaded>
      {state === 'open' && query.data && query.data.items.length > 1 ? <SafeTail subject={subject} /> : null}
    </Panel>
  )
}

/** One act for all that risk little, after a sample of them. */
function SafeTail({ subject }: { subject: string | undefined }) {
  const navigate = useNavigate()
  const [below, setBelow] = useState('')
  const risk = Number(below)
  const start = useMutation({
    mutationFn: () =>
      request('startSuggestionBatch', { body: { below: risk, ...(subject ? { subject } : {}) } }),
    onSuccess: ({ id }) =>
      navigate({ to: '/inbox', search: before => ({ ...before, batch: id, open: undefined }) }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    start.mutate()
  }
  return (
    <form className="safe-tail" onSubmit={submit} aria-label="Accept the safe tail">
      <p>
        <strong>Accept the safe tail.</strong>{' '}
        <span className="soft">
          All with an upper bound below your limit, in one act, after you have decided a sample of up to 10
          one by one. What hit a step cap or has no bound is left out.
        </span>
      </p>
      <div className="run-bar">
        <label>
          Below{' '}
          <input
            className="input risk-input"
            inputMode="decimal"
            value={below}
            onChange={event => setBelow(event.target.value)}
          />{' '}
          flips a week each
        </label>
        <button type="submit" className="button" disabled={!(risk > 0) || start.isPending}>
          Draw the sample
        </button>
      </div>
      {start.error ? <ErrorNotice error={start.error} /> : null}
    </form>
  )
}
