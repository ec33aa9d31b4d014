import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { useState } from 'react'
import type { RouteBody } from '../../../api/routes.ts'
import type { TrackedRun } from '../../../api/tracking-runs.ts'
import { request } from '../../api.ts'
import { Hash } from '../../components/hash.tsx'
import { Icon } from '../../components/icons.tsx'
import { ErrorNotice } from '../../components/messages.tsx'
import { Panel } from '../../components/page.tsx'

const noteTag = 'mlflow.note.content'
/** Shown elsewhere on the page, or kept by the client for itself. */
const hiddenTags = new Set([noteTag, 'mlflow.runName', 'mlflow.log-model.history', 'mlflow.parentRunId'])

export function useChangeRun(run: TrackedRun) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: RouteBody<'changeRun'>) => request('changeRun', { params: { id: run.id }, body }),
    onSuccess: changed => client.setQueryData(['trackedRun', run.id], changed),
  })
}

export function RunNotes({ run }: { run: TrackedRun }) {
  const note = run.tags[noteTag] ?? ''
  const [text, setText] = useState<string>()
  const change = useChangeRun(run)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate({ tags: { [noteTag]: text || null } }, { onSuccess: () => setText(undefined) })
  }
  return (
    <Panel
      title="Notes"
      aside={
        text === undefined ? (
          <button type="button" className="button" onClick={() => setText(note)}>
            {note ? 'Edit notes' : 'Add notes'}
          </button>
        ) : null
      }
    >
      {text === undefined ? (
        <p className={note ? 'note-text' : 'panel-note'}>{note || 'None yet.'}</p>
      ) : (
        <form onSubmit={submit}>
          <textarea
            className="input note-field"
            aria-label="Notes"
            maxLength={8000}
            value={text}
            onChange={event => setText(event.target.value)}
          />
          <p className="tags">
            <button
              type="submit"
              className="button primary"
              disabled={change.isPending || (note === '' && text === '')}
            >
              Save notes
            </button>
            <button type="button" className="button" onClick={() => setText(undefined)}>
              Cancel
            </button>
          </p>
        </form>
      )}
      {change.error ? <ErrorNotice error={change.error} /> : null}
    </Panel>
  )
}

export function RunTags({ run }: { run: TrackedRun }) {
  const change = useChangeRun(run)
  const [key, setKey] = useState('')
  const [value, setValue] = useState('')
  const shown = Object.entries(run.tags).filter(([name]) => !hiddenTags.has(name))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate(
      { tags: { [key]: value } },
      {
        onSuccess: () => {
          setKey('')
          setValue('')
        },
      },
    )
  }
  return (
    <Panel title="Tags">
      <ul className="tag-list">
        {shown.map(([name, text]) => (
          <li key={name}>
            <code>{name}</code>
            <span className="anywhere">{/^sha256:/.test(text) ? <Hash value={text} /> : text}</span>
            <button
              type="button"
              className="icon-button"
              aria-label={`Remove tag ${name}`}
              onClick={() => change.mutate({ tags: { [name]: null } })}
            >
              <Icon name="cross" size={12} />
            </button>
          </li>
        ))}
      </ul>
      <form className="run-bar" onSubmit={submit}>
        <input
          className="input tag-input"
          aria-label="Tag"
          placeholder="tag"
          required
          value={key}
          onChange={event => setKey(event.target.value)}
        />
        <input
          className="input tag-input"
          aria-label="Value"
          placeholder="value"
          value={value}
          onChange={event => setValue(event.target.value)}
        />
        <button type="submit" className="button" disabled={change.isPending}>
          Set tag
        </button>
      </form>
      {change.error ? <ErrorNotice error={change.error} /> : null}
    </Panel>
  )
}
