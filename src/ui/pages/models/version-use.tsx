import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { VersionRecord } from '../../../api/tracking-models.ts'
import { ApiError, request } from '../../api.ts'
import { ErrorNotice, Notice } from '../../components/messages.tsx'
import { Loaded, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { trackingQueries } from '../../data/tracking-queries.ts'

/** Who refers to the version; what nothing refers to may be deleted. */
export function VersionUse({ version }: { version: VersionRecord }) {
  const { model, version: number } = version
  const users = useQuery(trackingQueries.dependents(model, number))
  return (
    <Panel title="Used by">
      <Loaded query={users} rows={2}>
        {({ items }) =>
          items.length > 0 ? (
            <>
              <SimpleTable
                label="Used by"
                head={['What', 'Name']}
                rows={items.map(each => [each.kind, each.name])}
              />
              <p className="panel-note">The version cannot be deleted while this refers to it.</p>
            </>
          ) : (
            <>
              <p className="panel-note">Nothing refers to this version.</p>
              <DeleteVersion version={version} />
            </>
          )
        }
      </Loaded>
    </Panel>
  )
}

function DeleteVersion({ version: { model, version, aliases } }: { version: VersionRecord }) {
  const client = useQueryClient()
  const [asked, setAsked] = useState(false)
  const remove = useMutation({
    mutationFn: () => request('removeVersion', { params: { name: model, version: String(version) } }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['versionRecords', model] })
      void client.invalidateQueries({ queryKey: ['modelRecord', model] })
    },
  })
  if (!asked)
    return (
      <button type="button" className="button" onClick={() => setAsked(true)}>
        Delete version {version}…
      </button>
    )
  return (
    <Notice tone="warn">
      <p>
        Version {version} is hidden
        {aliases.length > 0 ? `, and its aliases ${aliases.join(', ')} are removed` : ''}. Its number is not
        used again; its files are kept for their retention.
      </p>
      <p className="tags">
        <button type="button" className="button" disabled={remove.isPending} onClick={() => remove.mutate()}>
          Delete version {version}
        </button>
        <button type="button" className="button" onClick={() => setAsked(false)}>
          Keep it
        </button>
      </p>
      {remove.error ? <Refused error={remove.error} /> : null}
    </Notice>
  )
}

/** What stands in the way is named in the message; the list is repeated where the server sent one. */
function Refused({ error }: { error: Error }) {
  const used = error instanceof ApiError ? error.details['dependents'] : undefined
  return (
    <>
      <ErrorNotice error={error} />
      {Array.isArray(used) ? (
        <ul>
          {used.map(each => (
            <li key={JSON.stringify(each)}>
              {typeof each === 'object' && each !== null ? Object.values(each).join(' ') : String(each)}
            </li>
          ))}
        </ul>
      ) : null}
    </>
  )
}
