import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Run } from '../../../api/pipelines.ts'
import { request } from '../../api.ts'
import { Command } from '../../components/command.tsx'
import { ErrorNotice } from '../../components/messages.tsx'
import { plural } from '../../format.ts'

interface Offer {
  readonly route: 'cancelRun' | 'resumeRun'
  readonly word: string
  readonly plan: string
  readonly command: string
}

/** What can be done to a run in this state, with what will happen. */
function offerFor(run: Run): Offer | undefined {
  const done = run.steps.filter(step => step.state === 'succeeded' || step.state === 'reused').length
  if (run.state === 'queued' || run.state === 'running') {
    return {
      route: 'cancelRun',
      word: 'Cancel run',
      plan: `Stops what runs now and starts no further step. ${plural(done, 'finished step')} ${done === 1 ? 'is' : 'are'} kept; resuming undoes this.`,
      command: `fettle cancel ${run.id}`,
    }
  }
  if (run.state === 'failed' || run.state === 'cancelled') {
    return {
      route: 'resumeRun',
      word: 'Resume run',
      plan:
        done === 0
          ? `Runs all ${plural(run.steps.length, 'step')} again with the stored plan.`
          : `Keeps ${plural(done, 'finished step')} and runs the other ${run.steps.length - done} with the stored plan.`,
      command: `fettle resume ${run.id}`,
    }
  }
  return undefined
}

export function RunActions({ run }: { run: Run }) {
  const client = useQueryClient()
  const offer = offerFor(run)
  const act = useMutation({
    mutationFn: (route: Offer['route']) => request(route, { params: { id: run.id } }),
    onSuccess: next => client.setQueryData(['run', run.id], next),
  })
  if (!offer) return null
  return (
    <section className="offer" aria-label={offer.word}>
      <button
        type="button"
        className="button"
        disabled={act.isPending}
        onClick={() => act.mutate(offer.route)}
      >
        {offer.word}
      </button>
      <p className="small soft">{offer.plan}</p>
      <Command line={offer.command} />
      {act.error ? <ErrorNotice error={act.error} /> : null}
    </section>
  )
}
