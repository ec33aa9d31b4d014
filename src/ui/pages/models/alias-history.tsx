import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import type { AliasEvent, ModelRecord } from '../../../api/tracking-models.ts'
import { Command } from '../../components/command.tsx'
import { ErrorNotice } from '../../components/messages.tsx'
import { Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Time } from '../../components/time.tsx'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { principalText } from '../home/gather.ts'
import { AliasTag } from './alias-tag.tsx'

type Model = ModelRecord & { readonly aliasHistory: readonly AliasEvent[] }

/** Every move of every alias, and who an alias named on a given day. */
export function AliasHistory({ model }: { model: Model }) {
  return (
    <Panel title="Alias history" aside="appended to, never rewritten">
      {model.aliasHistory.length > 0 ? (
        <>
          <WhoWas model={model} />
          <SimpleTable
            label="Alias history"
            head={['When', 'Alias', 'Pointed at', 'By', 'Reason']}
            rows={model.aliasHistory.map(event => [
              <Time key="at" at={event.at} />,
              <AliasTag key="alias" alias={event.alias} />,
              event.version === null ? 'removed' : `v${event.version}`,
              principalText(event.by),
              event.reason || (
                <span key="none" className="muted">
                  none given
                </span>
              ),
            ])}
          />
        </>
      ) : (
        <p className="panel-note">No alias was ever set.</p>
      )}
    </Panel>
  )
}

const route = getRouteApi('/models/$name')

function WhoWas({ model }: { model: Model }) {
  const { on = '' } = route.useSearch()
  const navigate = route.useNavigate()
  const names = [...new Set(model.aliasHistory.map(event => event.alias))].sort()
  const [alias, setAlias] = useState(names.includes('champion') ? 'champion' : (names[0] ?? ''))
  // A day is meant whole: what held when it ended.
  const at = /^\d{4}-\d\d-\d\d$/.test(on) ? `${on}T23:59:59.999999Z` : ''
  const found = useQuery({ ...trackingQueries.aliasAt(model.name, alias, at), enabled: at !== '' })
  return (
    <div className="run-bar who-was">
      <label>
        Who was{' '}
        <select
          className="input"
          style={{ width: 'auto' }}
          value={alias}
          onChange={event => setAlias(event.target.value)}
        >
          {names.map(name => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label>
        at the end of{' '}
        <input
          className="input"
          style={{ width: 'auto' }}
          type="date"
          value={on}
          onChange={event =>
            void navigate({
              search: previous => ({ ...previous, on: event.target.value || undefined }),
              replace: true,
              resetScroll: false,
            })
          }
        />{' '}
        (UTC)?
      </label>
      <strong role="status">
        {found.data ? (found.data.version === null ? 'No version' : `Version ${found.data.version}`) : ''}
      </strong>
      {found.data ? <Command line={`fettle models ${model.name} --alias ${alias} --as-of ${at}`} /> : null}
      {found.error ? <ErrorNotice error={found.error} /> : null}
    </div>
  )
}
