import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { request } from '../../api.ts'
import { Command } from '../../components/command.tsx'
import { ErrorNotice } from '../../components/messages.tsx'
import { Panel } from '../../components/page.tsx'
import { Time } from '../../components/time.tsx'

const spans = [1, 7, 30] as const

/** A link for somebody without an account: this page and nothing else, until it expires. */
export function ShareDemo({ deployment }: { deployment: string }) {
  const [days, setDays] = useState<number>(7)
  const share = useMutation({
    mutationFn: () => request('shareDemo', { params: { deployment }, body: { days } }),
  })
  return (
    <Panel title="Share">
      <p className="panel-note">
        Who has the link can ask and vote here, at most 120 times a minute. Keys are hidden from them, and no
        other page opens.
      </p>
      <div className="try-actions">
        <label className="select-field">
          Opens for
          <select className="input" value={days} onChange={event => setDays(Number(event.target.value))}>
            {spans.map(each => (
              <option key={each} value={each}>
                {each === 1 ? '1 day' : `${each} days`}
              </option>
            ))}
          </select>
        </label>
        <button type="button" className="button" disabled={share.isPending} onClick={() => share.mutate()}>
          Make a link
        </button>
      </div>
      {share.error ? <ErrorNotice error={share.error} /> : null}
      {share.data ? (
        <div className="demo-link" role="status">
          <Command line={`${location.origin}/shared/demo/${share.data.token}`} />
          <p className="tiny muted">
            Until <Time at={share.data.until} full />. A new server token ends all links.
          </p>
        </div>
      ) : null}
    </Panel>
  )
}
