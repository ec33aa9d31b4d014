import type { DeploymentRolloutsView } from '../../../../api/rollouts.ts'
import { SimpleTable } from '../../../components/simple-table.tsx'
import { State } from '../../../components/state.tsx'
import { formatCount, shortHash } from '../../../format.ts'

/** Serving processes, and which row of the log each has applied: a move counts once all of them have. */
export function Routers({ routers, seq }: Pick<DeploymentRolloutsView, 'routers' | 'seq'>) {
  if (routers.length === 0)
    return (
      <p className="panel-note">
        No router answers: whether the last row ({formatCount(seq)}) is followed is not known, and no rule
        moves on meanwhile.
      </p>
    )
  const behind = routers.filter(({ current }) => !current).length
  return (
    <details className="routers">
      <summary>
        <State
          value={behind === 0 ? 'good' : 'warn'}
          word={
            behind === 0
              ? `All ${formatCount(routers.length)} routers follow row ${formatCount(seq)} of the log`
              : `${formatCount(behind)} of ${formatCount(routers.length)} routers do not follow row ${formatCount(seq)} yet`
          }
        />
      </summary>
      <SimpleTable
        label="Routers"
        head={['Router', '>Row applied', 'Follows', 'Loaded', 'Refused']}
        rows={routers.map(({ router, seq: applied, current, loaded, refused }) => [
          <code key="router">{router}</code>,
          formatCount(applied),
          <State key="current" value={current ? 'good' : 'warn'} word={current ? 'yes' : 'not yet'} />,
          loaded.map(shortHash).join(', ') || <span className="muted">nothing</span>,
          Object.entries(refused)
            .map(([digest, why]) => `${shortHash(digest)}: ${why}`)
            .join('; ') || <span className="muted">none</span>,
        ])}
      />
    </details>
  )
}
