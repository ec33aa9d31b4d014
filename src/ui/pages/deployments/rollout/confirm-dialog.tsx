import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useState } from 'react'
import { Command } from '../../../components/command.tsx'
import { ErrorNotice } from '../../../components/messages.tsx'
import { Facts } from '../../../components/page.tsx'
import { Dialog } from '../../../shell/dialog.tsx'

export interface ConfirmProps {
  readonly title: string
  readonly deployment: string
  /** What happens to the traffic, who moves it, how it is undone. */
  readonly facts: readonly (readonly [label: string, value: ReactNode])[]
  readonly command: string
  readonly confirm: string
  readonly dangerous?: boolean
  /** Without a choice made nothing can be confirmed. */
  readonly ready?: boolean
  readonly children?: ReactNode
  /** Does it, with the reason. */
  readonly act: (reason: string) => Promise<unknown>
  readonly onClose: () => void
}

/** Asks before traffic moves: what will happen and how it is undone, a reason, and no way to confirm by a second Enter. */
export function ConfirmDialog(props: ConfirmProps) {
  const {
    title,
    deployment,
    facts,
    command,
    confirm,
    dangerous,
    ready = true,
    children,
    act,
    onClose,
  } = props
  const client = useQueryClient()
  const [reason, setReason] = useState('')
  const acting = useMutation({
    mutationFn: () => act(reason.trim()),
    onSuccess: async () => {
      await Promise.all([
        client.invalidateQueries({ queryKey: ['rollouts', deployment] }),
        client.invalidateQueries({ queryKey: ['rolloutsUnderWay'] }),
        client.invalidateQueries({ queryKey: ['deployment', deployment] }),
        client.invalidateQueries({ queryKey: ['home'] }),
      ])
      onClose()
    },
  })
  return (
    <Dialog label={title} className="picker rollout-dialog" onClose={onClose}>
      <h2>{title}</h2>
      {children}
      <Facts items={facts} />
      <label className="field">
        Why: kept in the journal and the audit log
        <input className="input" value={reason} onChange={event => setReason(event.target.value)} />
      </label>
      <Command line={command} />
      {acting.error ? <ErrorNotice error={acting.error} /> : null}
      <div className="foot">
        <button
          type="button"
          className={dangerous ? 'button danger' : 'button primary'}
          disabled={!ready || reason.trim() === '' || acting.isPending}
          onClick={() => acting.mutate()}
        >
          {confirm}
        </button>
        <button type="button" className="button" onClick={onClose}>
          Leave it
        </button>
      </div>
    </Dialog>
  )
}
