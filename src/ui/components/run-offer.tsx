import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { request } from '../api.ts'
import { Command } from './command.tsx'
import { ErrorNotice } from './messages.tsx'

interface RunOfferProps {
  readonly pipeline: string
  readonly word: string
  /** What will happen, as a sentence. */
  readonly plan: string
  /** The line that does the same; `fettle run PIPELINE` unless told. */
  readonly command?: string
}

/** A button that starts a pipeline and leads to its run, with what it does and the command that does the same. */
export function RunOffer({ pipeline, word, plan, command = `fettle run ${pipeline}` }: RunOfferProps) {
  const navigate = useNavigate()
  const client = useQueryClient()
  const start = useMutation({
    mutationFn: () => request('startRun', { body: { pipeline, idempotencyKey: crypto.randomUUID() } }),
    onSuccess: run => {
      client.setQueryData(['run', run.id], run)
      void navigate({ to: '/runs/$id', params: { id: run.id } })
    },
  })
  return (
    <section className="offer in-panel" aria-label={word}>
      <button type="button" className="button" disabled={start.isPending} onClick={() => start.mutate()}>
        {word}
      </button>
      <p className="small soft">{plan}</p>
      <Command line={command} />
      {start.error ? <ErrorNotice error={start.error} /> : null}
    </section>
  )
}
