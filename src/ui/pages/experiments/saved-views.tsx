import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { useId, useState } from 'react'
import type { SavedView } from '../../../api/tracking-views.ts'
import { request } from '../../api.ts'
import { ErrorNotice, Notice } from '../../components/messages.tsx'
import { Time } from '../../components/time.tsx'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { Dialog } from '../../shell/dialog.tsx'
import { sameView, type TableSearch, viewOf } from './table-state.ts'

interface ViewsProps {
  /** Experiment id. */
  readonly experiment: string
  readonly search: TableSearch
  /** Shows another view, or none. */
  readonly onView: (view: SavedView | undefined) => void
}

/** Named ways to look at the runs: choose one, save what is on screen, see what became of its columns. */
export function SavedViews({ experiment, search, onView }: ViewsProps) {
  const id = useId()
  const [saving, setSaving] = useState(false)
  const views = useQuery(trackingQueries.views(experiment))
  const list = views.data?.items ?? []
  const shown = list.find(view => view.id === search.view)
  const changed = shown !== undefined && !sameView(shown.content, search)
  return (
    <>
      <label className="sr-only" htmlFor={id}>
        Saved view
      </label>
      <select
        id={id}
        className="input"
        style={{ width: 'auto', maxWidth: '14rem' }}
        value={search.view ?? ''}
        onChange={event => onView(list.find(view => view.id === event.target.value))}
      >
        <option value="">{list.length > 0 ? 'No saved view' : 'No views saved yet'}</option>
        {list.map(view => (
          <option key={view.id} value={view.id}>
            {view.name}
            {view === shown && changed ? ' (changed)' : ''}
          </option>
        ))}
      </select>
      <button type="button" className="button" onClick={() => setSaving(true)}>
        Save view
      </button>
      {saving ? (
        <SaveDialog
          experiment={experiment}
          search={search}
          shown={shown}
          onSaved={view => {
            setSaving(false)
            onView(view)
          }}
          onClose={() => setSaving(false)}
        />
      ) : null}
    </>
  )
}

/** Says which columns of the chosen view no run has any more. */
export function VanishedColumns({ view }: { view: string | undefined }) {
  const found = useQuery({ ...trackingQueries.view(view ?? ''), enabled: view !== undefined })
  if (view === undefined) return null
  if (found.error) return <ErrorNotice error={found.error} />
  const gone = found.data?.vanished ?? []
  if (gone.length === 0) return null
  return (
    <Notice tone="warn">
      <p>
        No run has {gone.length === 1 ? 'this column' : 'these columns'} of the view “{found.data?.name}” (any
        more): <code>{gone.join(', ')}</code>. The rest is shown.
      </p>
    </Notice>
  )
}

interface SaveProps {
  readonly experiment: string
  readonly search: TableSearch
  readonly shown: SavedView | undefined
  readonly onSaved: (view: SavedView | undefined) => void
  readonly onClose: () => void
}

function SaveDialog({ experiment, search, shown, onSaved, onClose }: SaveProps) {
  const client = useQueryClient()
  const [name, setName] = useState(shown?.name ?? '')
  const content = viewOf(search)
  const done = (view: SavedView | undefined) => {
    void client.invalidateQueries({ queryKey: ['savedViews', experiment] })
    if (view) void client.invalidateQueries({ queryKey: ['savedView', view.id] })
    onSaved(view)
  }
  const save = useMutation({
    mutationFn: () =>
      shown && name === shown.name
        ? request('changeView', { params: { id: shown.id }, body: { base: shown.version, content } })
        : request('createView', { body: { experiment, name, content } }),
    onSuccess: done,
  })
  const remove = useMutation({
    mutationFn: () => request('removeView', { params: { id: shown?.id ?? '' } }),
    onSuccess: () => done(undefined),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <Dialog label="Save view" className="picker" onClose={onClose}>
      <h2>Save view</h2>
      <form onSubmit={submit}>
        <label className="field">
          Name
          <input
            className="input"
            required
            maxLength={100}
            value={name}
            onChange={event => setName(event.target.value)}
          />
        </label>
        <p className="panel-note">
          Keeps filter, order, columns, charts and selected runs, for everybody who sees this experiment.{' '}
          {shown ? (
            <>
              The same name saves version {shown.version + 1} of the view of {shown.owner}; the last was saved{' '}
              <Time at={shown.at} /> by {shown.by}.
            </>
          ) : null}
        </p>
        {save.error ? <ErrorNotice error={save.error} /> : null}
        {remove.error ? <ErrorNotice error={remove.error} /> : null}
        <div className="foot">
          <button type="submit" className="button primary" disabled={save.isPending}>
            {shown && name === shown.name ? `Save version ${shown.version + 1}` : 'Save'}
          </button>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          {shown ? (
            <button type="button" className="button" onClick={() => remove.mutate()}>
              Remove view “{shown.name}”
            </button>
          ) : null}
        </div>
      </form>
    </Dialog>
  )
}
