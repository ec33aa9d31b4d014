import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { TrackedRun } from '../../../api/tracking-runs.ts'
import { request } from '../../api.ts'
import { ErrorNotice } from '../../components/messages.tsx'
import { useChangeRun } from './run-notes.tsx'

/** Rename, delete, restore. */
export function RunActions({ run }: { run: TrackedRun }) {
  const [renames, setRenames] = useState<boolean>()
  if (renames) return <Rename run={run} onDone={() => setRenames(false)} />
  return (
    <>
      {run.lifecycle === 'active' ? (
        <button
          type="button"
          className="button"
          // biome-ignore lint/a11y/noAutofocus: the focus comes back to where it was
          autoFocus={renames === false}
          onClick={() => setRenames(true)}
        >
          Rename
        </button>
      ) : null}
      <Lifecycle run={run} />
    </>
  )
}

function Rename({ run, onDone }: { run: TrackedRun; onDone: () => void }) {
  const client = useQueryClient()
  const change = useChangeRun(run)
  const [name, setName] = useState(run.name)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const onSuccess = () => {
      void client.resetQueries({ queryKey: ['runRows'] })
      onDone()
    }
    if (name === run.name) onDone()
    else change.mutate({ name }, { onSuccess })
  }
  return (
    <form className="tags" onSubmit={submit} onKeyDown={event => event.key === 'Escape' && onDone()}>
      <input
        className="input rename-input"
        aria-label="Name of the run"
        // biome-ignore lint/a11y/noAutofocus: it takes the place of the button that was pressed
        autoFocus
        onFocus={event => event.target.select()}
        required
        maxLength={500}
        value={name}
        onChange={event => setName(event.target.value)}
      />
      <button type="submit" className="button primary" disabled={change.isPending}>
        Save name
      </button>
      <button type="button" className="button" onClick={onDone}>
        Cancel
      </button>
      {change.error ? <ErrorNotice error={change.error} /> : null}
    </form>
  )
}

function Lifecycle({ run }: { run: TrackedRun }) {
  const client = useQueryClient()
  const deleted = run.lifecycle === 'deleted'
  const change = useMutation({
    mutationFn: () => request(deleted ? 'restoreRun' : 'removeRun', { params: { id: run.id } }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['trackedRun', run.id] })
      void client.resetQueries({ queryKey: ['runRows'] })
    },
  })
  return (
    <>
      <button
        type="button"
        className="button"
        disabled={change.isPending}
        title={deleted ? 'Brings the run back' : 'The run can be restored afterwards'}
        onClick={() => change.mutate()}
      >
        {deleted ? 'Restore run' : 'Delete run'}
      </button>
      {change.error ? <ErrorNotice error={change.error} /> : null}
    </>
  )
}
