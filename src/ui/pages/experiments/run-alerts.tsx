import { useQuery } from '@tanstack/react-query'
import type { TrackedRun } from '../../../api/tracking-runs.ts'
import { Notice } from '../../components/messages.tsx'
import { Time } from '../../components/time.tsx'
import { trackingQueries } from '../../data/tracking-queries.ts'

/** What alert rules found in the run and is not over or muted. */
export function RunAlerts({ run }: { run: TrackedRun }) {
  const found = useQuery(trackingQueries.runAlerts(run.id, run.status === 'running'))
  const open = found.data?.items.filter(alert => alert.closedAt === null && !alert.muted) ?? []
  if (open.length === 0) return null
  return (
    <div className="run-alerts">
      <Notice tone="warn">
        {open.map(alert => (
          <p key={alert.rule}>
            {alert.message} · <Time at={alert.at} />
          </p>
        ))}
      </Notice>
    </div>
  )
}
