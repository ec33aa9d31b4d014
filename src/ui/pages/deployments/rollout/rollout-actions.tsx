import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { RolloutNextView, RolloutView } from '../../../../api/rollouts.ts'
import type { RouteBody } from '../../../../api/routes.ts'
import { request } from '../../../api.ts'
import { ErrorNotice } from '../../../components/messages.tsx'
import { TimesIn } from '../../../components/time.tsx'
import { formatCount, plural } from '../../../format.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import {
  commandOf,
  effectOf,
  eventWords,
  forwardOf,
  type NextEvent,
  percentText,
  plainGuard,
  undoOf,
} from './words.ts'

type Asked = RouteBody<'rolloutEvent'>['event']

/** What comes next, with a button; then everything else a person may do. */
export function RolloutActions({ rollout }: { rollout: RolloutView }) {
  const [asked, setAsked] = useState<NextEvent | null>(null)
  const next = forwardOf(rollout)
  const others = rollout.next.filter(each => each !== next)
  const chosen = rollout.next.find(({ event }) => event === asked)
  if (rollout.next.length === 0) return null
  return (
    <section className="rollout-actions" aria-label="Actions">
      {next ? <Next rollout={rollout} next={next} onAsk={() => setAsked(next.event)} /> : null}
      {rollout.suggestion === null ? null : (
        <p className="small">
          <Link to="/inbox" search={{ open: rollout.suggestion }}>
            A suggestion in the inbox
          </Link>{' '}
          waits for your decision.
        </p>
      )}
      <Approvals rollout={rollout} />
      {others.length > 0 ? (
        <div className="buttons">
          {others.map(each => (
            <button
              key={each.event}
              type="button"
              className={isDangerous(each.event) ? 'button danger' : 'button'}
              disabled={!each.allowed}
              title={each.refusal?.message}
              onClick={() => setAsked(each.event)}
            >
              {eventWords[each.event][0]}…
            </button>
          ))}
        </div>
      ) : null}
      {chosen ? <EventDialog rollout={rollout} next={chosen} onClose={() => setAsked(null)} /> : null}
    </section>
  )
}

const isDangerous = (event: NextEvent) => event === 'abort' || event === 'roll_back'

function Next({ rollout, next, onAsk }: { rollout: RolloutView; next: RolloutNextView; onAsk: () => void }) {
  const { event, allowed, byRule, missing, refusal } = next
  const word = eventWords[event][0]
  const share = percentText(next.weight)
  const to = event === 'step_up' ? ` to ${share}` : event === 'start_canary' ? ` at ${share}` : ''
  const behind = rollout.routers.filter(({ current }) => !current).length
  return (
    <div className="next-event">
      <button
        type="button"
        className={allowed ? 'button primary' : 'button'}
        disabled={!allowed}
        onClick={onAsk}
      >
        {word}
        {to}…
      </button>
      <div className="small soft">
        <p>
          {byRule
            ? 'The rule does it at the first look at which every condition holds; you may when they hold.'
            : 'A person does it; the rule only suggests it.'}
        </p>
        {missing.length > 0 ? (
          <p>
            {plural(missing.length, 'condition does', 'conditions do')} not hold yet
            {rollout.guards.length > 0 ? ` of ${formatCount(rollout.guards.length)}` : ''}; they stand below.
          </p>
        ) : byRule && behind > 0 ? (
          <p>Every condition holds; the rule waits until every router follows the last row of the log.</p>
        ) : refusal ? (
          <p>
            <TimesIn text={plainGuard(refusal.message)} />. <code className="muted">{refusal.code}</code>
          </p>
        ) : null}
      </div>
    </div>
  )
}

function Approvals({ rollout: { deployment, id, approvals } }: { rollout: RolloutView }) {
  const client = useQueryClient()
  const approve = useMutation({
    mutationFn: () => request('approveRollout', { params: { name: deployment, id }, body: {} }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['rollouts', deployment] }),
  })
  if (approvals.required === 0) return null
  const given = approvals.given.map(({ by }) => by)
  return (
    <div className="next-event">
      <button type="button" className="button" disabled={approve.isPending} onClick={() => approve.mutate()}>
        Approve the canary
      </button>
      <p className="small soft">
        {given.length === 0 ? 'Nobody has approved it' : `Approved by ${given.join(', ')}`};{' '}
        {formatCount(approvals.required)} needed beside who started it.
      </p>
      {approve.error ? <ErrorNotice error={approve.error} /> : null}
    </div>
  )
}

function EventDialog({
  rollout,
  next,
  onClose,
}: {
  rollout: RolloutView
  next: RolloutNextView
  onClose: () => void
}) {
  const { deployment, id, release, steps, weight } = rollout
  const { event } = next
  const below = steps.map(({ percent }) => percent).filter(percent => percent < weight)
  const [to, setTo] = useState(next.weight)
  const after = event === 'step_down' ? to : next.weight
  const word = eventWords[event][0]
  return (
    <ConfirmDialog
      title={`${word}: release ${release.number} of ${deployment}`}
      deployment={deployment}
      facts={[
        ['Traffic', effectOf(rollout, { event, weight: after })],
        ['Share', `${percentText(weight)} → ${percentText(after)}`],
        ['Who', next.byRule ? 'you, before the rule does it' : 'you; your name stands in the journal'],
        ['Undo', undoOf[event] ?? 'There is no way back.'],
      ]}
      command={commandOf(deployment, event, after)}
      confirm={event === 'step_down' ? `${word} to ${percentText(after)}` : word}
      dangerous={isDangerous(event)}
      act={reason =>
        request('rolloutEvent', {
          params: { name: deployment, id },
          body: { event: event as Asked, reason, ...(event === 'step_down' ? { weight: after } : {}) },
        })
      }
      onClose={onClose}
    >
      {event === 'step_down' && below.length > 1 ? (
        <label className="field">
          To which step
          <select className="input" value={to} onChange={change => setTo(Number(change.target.value))}>
            {below.map(percent => (
              <option key={percent} value={percent}>
                {percentText(percent)}
              </option>
            ))}
          </select>
        </label>
      ) : null}
    </ConfirmDialog>
  )
}
