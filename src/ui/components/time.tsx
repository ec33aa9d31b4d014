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

const instant = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/

/** Text whose instants (RFC 3339, UTC) are shown like all others. */
export function TimesIn({ text }: { text: string }) {
  return text.split(instant).map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text have no other identity
    instant.test(part) ? <Time key={index} at={part} /> : part,
  )
}

/** Time between two instants, `—` while either is unknown. */
export function Elapsed({ from, to }: { from: string | null; to: string | null }) {
  if (!from || !to) return <span className="muted">—</span>
  return <span className="num">{formatElapsed(millis(to) - millis(from))}</span>
}
