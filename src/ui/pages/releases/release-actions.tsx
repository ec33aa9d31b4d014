import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { ReleaseDetailView } from '../../../api/releases.ts'
import { request } from '../../api.ts'
import { Command } from '../../components/command.tsx'
import { ErrorNotice } from '../../components/messages.tsx'
import { Dialog } from '../../shell/dialog.tsx'
import { rolloutQueries } from '../deployments/rollout/queries.ts'
import { releaseQueries } from './queries.ts'

/** Judge it again, or let it answer: what will happen stands beside each button. */
export function ReleaseActions({ release }: { release: ReleaseDetailView }) {
  return (
    <>
      <Verify release={release} />
      {release.state === 'serving' ? null : <Deploy release={release} />}
    </>
  )
}

function Verify({
  release: { deployment: name, modelVersion: version, verdict },
}: {
  release: ReleaseDetailView
}) {
  const navigate = useNavigate()
  const verify = useMutation({
    mutationFn: () =>
      request('verifyRelease', {
        params: { name },
        body: { version, idempotencyKey: crypto.randomUUID() },
      }),
    onSuccess: ({ run }) => void navigate({ to: '/runs/$id', params: { id: run } }),
  })
  return (
    <section className="offer" aria-label="Verify">
      <button type="button" className="button" disabled={verify.isPending} onClick={() => verify.mutate()}>
        {verdict === null ? 'Verify' : 'Verify again'}
      </button>
      <p className="small soft">
        Judges model version {version} on held-out rows and tries it in an isolated copy. Nobody is served by
        it.
      </p>
      <Command line={`fettle release verify ${name} --model-version ${version}`} />
      {verify.error ? <ErrorNotice error={verify.error} /> : null}
    </section>
  )
}

function whyNotDeployable({ state, verdict }: ReleaseDetailView): string | null {
  if (verdict === null) return 'It has no verdict yet: verify it first.'
  if (verdict.verdict === 'fail') return 'The gate refused it. Mend what failed, then verify again.'
  if (verdict.verdict === 'inconclusive')
    return 'The gate could not decide. What it lacks stands at the checks.'
  if (Date.parse(verdict.expiresAt) < Date.now() && state !== 'serving')
    return 'Its verdict has expired: verify it again.'
  return null
}

function Deploy({ release }: { release: ReleaseDetailView }) {
  const { deployment: name, number } = release
  const [asked, setAsked] = useState(false)
  const hindrance = whyNotDeployable(release)
  const ramps = useRamps(name)
  return (
    <section className="offer" aria-label="Deploy">
      <button
        type="button"
        className={hindrance === null ? 'button primary' : 'button'}
        disabled={hindrance !== null}
        onClick={() => setAsked(true)}
      >
        Deploy…
      </button>
      <p className="small soft">
        {hindrance ??
          (ramps
            ? `Release ${number} is shadowed beside what answers, then ramped: its rollout begins.`
            : `Release ${number} answers all requests to ${name} from then on.`)}
      </p>
      {hindrance === null ? <Command line={`fettle deploy ${name} --release ${number}`} /> : null}
      {asked ? <Confirmation release={release} onClose={() => setAsked(false)} /> : null}
    </section>
  )
}

/** Whether a deploy starts a rollout: one is declared, and something serves that it can be compared with. */
function useRamps(name: string): boolean {
  const { data } = useQuery(rolloutQueries.overview(name))
  return data !== undefined && data.terms !== null && data.champion !== null
}

function Confirmation({ release, onClose }: { release: ReleaseDetailView; onClose: () => void }) {
  const { deployment: name, number } = release
  const client = useQueryClient()
  const [reason, setReason] = useState('')
  const deploy = useMutation({
    mutationFn: () => request('deploy', { params: { name }, body: { release: number, reason } }),
    onSuccess: async deployment => {
      client.setQueryData(['deployment', name], deployment)
      await client.invalidateQueries({ queryKey: ['releases', name] })
      await client.invalidateQueries({ queryKey: ['rollouts', name] })
      onClose()
    },
  })
  const releases = useQuery(releaseQueries.releases(name))
  const former = releases.data?.items.find(each => each.state === 'serving')
  const ramps = useRamps(name)
  return (
    <Dialog label={`Deploy release ${number}`} className="picker" onClose={onClose}>
      <h2>
        Deploy release {number} of {name}?
      </h2>
      <p>
        {ramps
          ? 'It scores beside the release that answers, and answers nobody at first; its page shows what comes next.'
          : 'It answers every request from the next second on.'}{' '}
        {ramps
          ? 'Abort it at any time: nobody will have been answered by it.'
          : former
            ? `Release ${former.number} stops answering. The way back needs no new verdict: fettle release rollback ${name} --reason unreliable.`
            : 'Nothing answers now; its fallback stands behind it.'}
      </p>
      <label className="field">
        Why: kept in the audit log
        <input className="input" value={reason} onChange={event => setReason(event.target.value)} />
      </label>
      {deploy.error ? <ErrorNotice error={deploy.error} /> : null}
      <div className="foot">
        <button
          type="button"
          className="button primary"
          disabled={reason.trim() === '' || deploy.isPending}
          onClick={() => deploy.mutate()}
        >
          Deploy release {number}
        </button>
        <button type="button" className="button" onClick={onClose}>
          Leave it
        </button>
      </div>
    </Dialog>
  )
}
