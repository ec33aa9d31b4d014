import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'
import type { RefusalReason, SuggestionView } from '../../../api/suggestions.ts'
import type { RequestOptions } from '../../api.ts'
import { ApiError, request } from '../../api.ts'
import { ErrorNotice, Notice } from '../../components/messages.tsx'
import { useInboxRefresh } from './queries.ts'
import { reasonWords } from './words.ts'

interface DecideProps {
  readonly item: SuggestionView
  readonly batch: string | undefined
  /** When it came on screen, in milliseconds. */
  readonly shownAt: number
  readonly onDecided: (decided: SuggestionView) => void
  readonly onLost: (message: string) => void
}

type Body = NonNullable<RequestOptions<'decideSuggestion'>['body']>
type Refusal = 'edit' | 'reject' | 'veto'

/** Accept at once; an edit, a rejection or a veto asks for its reason. */
export function DecideForm(props: DecideProps) {
  const { item } = props
  const decide = useDecision(props)
  const [refusing, setRefusing] = useState<Refusal>()
  if (item.level === 'observe')
    return (
      <Notice tone="info">
        The rule only observes. To decide on what it suggests, switch it on in the tab Autonomy.
      </Notice>
    )
  const stop: Refusal = item.level === 'veto' ? 'veto' : 'reject'
  const toggle = (act: Refusal) => setRefusing(refusing === act ? undefined : act)
  return (
    <div className="decide-form">
      <div className="run-bar">
        <button
          type="button"
          className="button primary"
          disabled={decide.isPending}
          onClick={() => decide.mutate({ act: 'accept' })}
        >
          {item.level === 'veto' ? 'Accept now' : 'Accept'}
        </button>
        <button
          type="button"
          className="button"
          aria-expanded={refusing === 'edit'}
          onClick={() => toggle('edit')}
        >
          Edit…
        </button>
        <button
          type="button"
          className="button"
          aria-expanded={refusing === stop}
          onClick={() => toggle(stop)}
        >
          {stop === 'veto' ? 'Veto…' : 'Reject…'}
        </button>
      </div>
      {refusing ? (
        <RefusalForm
          key={refusing}
          act={refusing}
          proposed={item.proposed}
          pending={decide.isPending}
          onSend={decide.mutate}
        />
      ) : null}
      {decide.error ? <ErrorNotice error={decide.error} /> : null}
    </div>
  )
}

/** Sends a decision with the time since it was shown. */
function useDecision({ item, batch, shownAt, onDecided, onLost }: DecideProps) {
  const refresh = useInboxRefresh()
  return useMutation({
    mutationFn: (body: Body) =>
      request('decideSuggestion', {
        params: { id: item.id },
        body: { ...body, seconds: (Date.now() - shownAt) / 1000, ...(batch ? { batch } : {}) },
      }),
    onSuccess: async decided => {
      onDecided(decided)
      await refresh()
    },
    onError: async error => {
      if (!(error instanceof ApiError) || error.code !== 'SUGGESTION_CLOSED') return
      onLost(error.message)
      await refresh()
    },
  })
}

interface RefusalProps {
  readonly act: Refusal
  readonly proposed: SuggestionView['proposed']
  readonly pending: boolean
  readonly onSend: (body: Body) => void
}

const effects: Readonly<Record<Refusal, string>> = {
  edit: 'Your value is applied instead. It counts against the rule.',
  reject: 'Nothing changes. It counts against the rule.',
  veto: 'Nothing changes, and the rule goes back to asking before it acts.',
}
const reasons = Object.keys(reasonWords) as readonly RefusalReason[]
const sends: Readonly<Record<Refusal, string>> = {
  edit: 'Apply my value',
  reject: 'Reject',
  veto: 'Veto',
}

function RefusalForm({ act, proposed, pending, onSend }: RefusalProps) {
  const note = useId()
  const [reason, setReason] = useState<RefusalReason>()
  const [words, setWords] = useState('')
  const [value, setValue] = useState(JSON.stringify(proposed))
  const parsed = act === 'edit' ? parse(value) : { ok: true, value: undefined }
  const ready = reason !== undefined && parsed.ok && (reason !== 'other' || words.trim() !== '')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (reason === undefined || !ready) return
    onSend({ act, reason, note: words, ...(act === 'edit' ? { value: parsed.value } : {}) })
  }
  return (
    <form className="refusal" onSubmit={submit} aria-label={sends[act]}>
      {act === 'edit' ? (
        <label className="field">
          Value instead
          <input
            className="input"
            value={value}
            aria-invalid={!parsed.ok}
            onChange={event => setValue(event.target.value)}
          />
        </label>
      ) : null}
      <label className="field">
        Reason
        <select
          className="input"
          value={reason ?? ''}
          onChange={event => setReason(reasons.find(each => each === event.target.value))}
        >
          <option value="">choose one</option>
          {reasons.map(each => (
            <option key={each} value={each}>
              {reasonWords[each]}
            </option>
          ))}
        </select>
      </label>
      <label className="field wide" htmlFor={note}>
        Note
        <input id={note} className="input" value={words} onChange={event => setWords(event.target.value)} />
      </label>
      <p className="soft small wide">{effects[act]}</p>
      <button type="submit" className="button" disabled={!ready || pending}>
        {sends[act]}
      </button>
    </form>
  )
}

type Parsed = { readonly ok: boolean; readonly value: NonNullable<Body['value']> | null | undefined }

function parse(text: string): Parsed {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch {
    return { ok: false, value: undefined }
  }
}
