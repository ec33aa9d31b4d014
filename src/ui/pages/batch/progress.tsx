import type { BatchJobDetailView, BatchJobView } from '../../../api/batch.ts'
import { formatCount, formatNumber, millis } from '../../format.ts'

/** Rows that are in the output or put aside, of all. */
export const rowsDone = ({ outputs, quarantined }: BatchJobView) => outputs + quarantined

export function JobProgress({ job }: { job: BatchJobView }) {
  const share = job.rows === 0 ? 1 : rowsDone(job) / job.rows
  return (
    <div className="job-progress">
      <div className="meter">
        <span style={{ width: `${share * 100}%` }} />
      </div>
      <span className="tiny muted">
        {formatCount(rowsDone(job))} of {formatCount(job.rows)} rows
      </span>
    </div>
  )
}

/** Rows committed a second, from the start of the job to its end or its last commit; undefined before the first. */
export function rowsPerSecond({ job, partitions }: BatchJobDetailView): number | undefined {
  const commits = partitions.map(({ committedAt }) => millis(committedAt))
  const end = job.endedAt === null ? Math.max(...commits) : millis(job.endedAt)
  const seconds = (end - millis(job.createdAt)) / 1000
  return commits.length > 0 && seconds > 0 ? rowsDone(job) / seconds : undefined
}

export function speedText(detail: BatchJobDetailView): string {
  const speed = rowsPerSecond(detail)
  return speed === undefined ? 'not measured yet' : `${formatNumber(Math.round(speed))} rows/s`
}

export function outputText(to: BatchJobView['to']): string {
  if (to.kind === 'parquet') return to.path
  // An address may hold a password.
  if (to.kind === 'postgres') return `${to.url.replace(/\/\/[^@/]*@/, '//')}, table ${to.table}`
  return `${to.path}, table ${to.table}`
}
