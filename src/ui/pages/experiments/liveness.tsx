import type { RunHead } from '../../../api/tracking-runs.ts'
import { State } from '../../components/state.tsx'
import { useZone } from '../../data/preferences.ts'
import { livenessText } from './liveness-text.ts'

/** Status with liveness beside it, never instead of it. */
export function RunState({ run }: { run: Pick<RunHead, 'status' | 'liveness' | 'lifecycle'> }) {
  const [zone] = useZone()
  const word = livenessText(run.liveness, zone)
  return (
    <span className="run-state">
      <State value={run.status} />
      {word ? (
        <span className="tone-warn-text" title={run.liveness.since ?? undefined}>
          {word}
        </span>
      ) : null}
      {run.lifecycle === 'deleted' ? <span className="tag">deleted</span> : null}
    </span>
  )
}
