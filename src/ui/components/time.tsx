import { useZone } from '../data/preferences.ts'
import { clockText, formatElapsed, millis } from '../format.ts'

/** An instant in the chosen zone; the other zone is in the title. `—` when there is none. */
export function Time({ at, full = false }: { at: string | null | undefined; full?: boolean }) {
  const [zone] = useZone()
  if (!at) return <span className="muted">—</span>
  const shown = clockText(at, zone)
  const other = clockText(at, zone === 'utc' ? 'local' : 'utc')
  return (
    <time dateTime={at} className="num" title={`${other.date} ${other.time} ${other.zone}\n${at}`}>
      {shown.date} {shown.time}
      {full ? <span className="muted"> {shown.zone}</span> : null}
    </time>
  )
}

/** Time between two instants, `—` while either is unknown. */
export function Elapsed({ from, to }: { from: string | null; to: string | null }) {
  if (!from || !to) return <span className="muted">—</span>
  return <span className="num">{formatElapsed(millis(to) - millis(from))}</span>
}
