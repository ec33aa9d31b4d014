import { useState } from 'react'
import type { DeploymentRolloutsView } from '../../../../api/rollouts.ts'
import { request } from '../../../api.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { type KillLevel, killWords } from './words.ts'

const levels: readonly KillLevel[] = ['challengers', 'model', 'closed']

/** The three levels that lie over all weights, and lifting them. */
export function KillSwitch({ view: { deployment, kill } }: { view: DeploymentRolloutsView }) {
  const [asked, setAsked] = useState<'set' | 'lift' | null>(null)
  const close = () => setAsked(null)
  return (
    <>
      {kill ? (
        <button type="button" className="button" onClick={() => setAsked('lift')}>
          Lift the kill level…
        </button>
      ) : null}
      <button type="button" className="button danger" onClick={() => setAsked('set')}>
        Kill switch…
      </button>
      {asked === 'lift' ? <LiftDialog deployment={deployment} onClose={close} /> : null}
      {asked === 'set' ? (
        <SetDialog deployment={deployment} now={kill?.level ?? null} onClose={close} />
      ) : null}
    </>
  )
}

function LiftDialog({ deployment, onClose }: { deployment: string; onClose: () => void }) {
  return (
    <ConfirmDialog
      title={`Lift the kill level of ${deployment}`}
      deployment={deployment}
      facts={[
        ['Traffic', killWords.lift[1]],
        ['Undo', 'Set a level again.'],
      ]}
      command={`fettle kill-switch ${deployment} --level lift`}
      confirm="Lift"
      act={reason => request('setKill', { params: { name: deployment }, body: { level: 'lift', reason } })}
      onClose={onClose}
    />
  )
}

function SetDialog(props: { deployment: string; now: KillLevel | null; onClose: () => void }) {
  const { deployment, now, onClose } = props
  const [level, setLevel] = useState<KillLevel | null>(null)
  return (
    <ConfirmDialog
      title={`Kill switch of ${deployment}`}
      deployment={deployment}
      facts={[
        ['Traffic', level === null ? 'Choose a level: what it does stands beside it.' : killWords[level][1]],
        ['When', 'From the next second on, on every router. The states of rollouts do not change.'],
        ['Undo', 'Lift it.'],
        ['Without this page', 'The command works on the serving host with everything else down.'],
      ]}
      command={`fettle kill-switch ${deployment} --level ${level ?? 'LEVEL'}`}
      confirm={level === null ? 'Choose a level' : `Set: ${killWords[level][0].toLowerCase()}`}
      dangerous
      ready={level !== null}
      act={reason =>
        request('setKill', {
          params: { name: deployment },
          body: { level: level ?? 'challengers', reason },
        })
      }
      onClose={onClose}
    >
      <fieldset className="levels">
        <legend className="sr-only">Level</legend>
        {levels.map(each => (
          <label key={each}>
            <input
              type="radio"
              name="kill-level"
              checked={level === each}
              disabled={now === each}
              onChange={() => setLevel(each)}
            />
            <span>
              <strong>{killWords[each][0]}</strong>
              {now === each ? ' (stands now)' : ''}
              <span className="small soft">{killWords[each][1]}</span>
            </span>
          </label>
        ))}
      </fieldset>
    </ConfirmDialog>
  )
}
