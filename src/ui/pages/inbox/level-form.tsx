import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { LevelAct, StandingView } from '../../../api/suggestions.ts'
import { request } from '../../api.ts'
import { ErrorNotice } from '../../components/messages.tsx'
import { useInboxRefresh } from './queries.ts'

/** Switch it on, grant what is offered, or take back. Raising and lowering need a reason. */
export function LevelForm({ standing }: { standing: StandingView }) {
  const { subject, rule, segmentClass, level, offer } = standing
  const refresh = useInboxRefresh()
  const [reason, setReason] = useState('')
  const change = useMutation({
    mutationFn: (act: LevelAct) =>
      request('changeAutonomy', { body: { subject, rule, segmentClass, act, reason } }),
    onSuccess: refresh,
  })
  const act = (wanted: LevelAct, word: string, primary = false) => (
    <button
      type="button"
      className={primary ? 'button primary' : 'button'}
      disabled={change.isPending || (wanted !== 'switch-on' && reason.trim() === '')}
      onClick={() => change.mutate(wanted)}
    >
      {word}
    </button>
  )
  return (
    <div className="level-form">
      <div className="run-bar">
        {level === 'observe' ? (
          act('switch-on', 'Let it suggest', true)
        ) : (
          <>
            <input
              className="input reason-input"
              aria-label={`Reason for a change of ${rule}`}
              placeholder="why: kept with the change"
              value={reason}
              onChange={event => setReason(event.target.value)}
            />
            {offer === null ? null : act('raise', `Raise to ${offer}`, true)}
            {offer === null ? null : act('decline', 'Decline the offer')}
            {act('lower', level === 'suggest' ? 'Back to observe' : 'Back to suggest')}
          </>
        )}
      </div>
      {change.error ? <ErrorNotice error={change.error} /> : null}
    </div>
  )
}
