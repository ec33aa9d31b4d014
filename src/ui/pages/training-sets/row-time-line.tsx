import { scaleLinear } from 'd3-scale'
import { formatSpan, millis } from '../../format.ts'
import type { Explained, Mark } from './row-marks.ts'
import { rangeOf } from './row-marks.ts'

const height = 74
const eventY = 30
const knownY = 52

/** Where the look-back or the window begins; null: it reaches back without end. */
function edgeOf(part: Explained): string | null {
  return part.kind === 'lookup' ? part.lookbackFrom : part.from
}

const edgeWord = (part: Explained) => (part.kind === 'lookup' ? 'look-back' : 'window')

/**
 * Source rows beside the row's time: a dot where it happened, a tick where it was known, and the reach of the view. The
 * table below says the same.
 */
export function RowTimeLine({
  part,
  time,
  marks,
}: {
  part: Explained
  time: string
  marks: readonly Mark[]
}) {
  const at = millis(time)
  const edgeAt = edgeOf(part)
  const edge = edgeAt === null ? null : millis(edgeAt)
  const range = rangeOf(at, marks, edge)
  const scale = scaleLinear([range.from, range.to], [0, 100]).clamp(true)
  const x = (ms: number) => `${scale(ms)}%`
  const reach = Math.max(edge ?? range.from, range.from)
  const outside = edge === null || edge < range.from
  return (
    <svg className="row-time-line" height={height} role="img" aria-label={`Time line of ${part.name}`}>
      <rect
        className="reach"
        x={x(reach)}
        y={16}
        width={`${scale(at) - scale(reach)}%`}
        height={knownY - 10}
      />
      {outside ? null : <line className="edge" x1={x(reach)} x2={x(reach)} y1={16} y2={knownY + 6} />}
      <text x={x(reach)} y={11} className="label" dx={2}>
        {edgeText(part, { edge, at, outside })}
      </text>
      <line className="axis" x1="0" x2="100%" y1={eventY} y2={eventY} />
      {marks.map(mark => (
        <Dot key={JSON.stringify(mark.row)} mark={mark} x={x} />
      ))}
      <line className="now" x1={x(at)} x2={x(at)} y1={2} y2={knownY + 6} />
      <text x={x(at)} y={height - 2} className="label" textAnchor={scale(at) > 80 ? 'end' : 'middle'}>
        this row
      </text>
    </svg>
  )
}

function edgeText(
  part: Explained,
  { edge, at, outside }: { edge: number | null; at: number; outside: boolean },
): string {
  if (edge === null) return `${edgeWord(part)} without end`
  const span = formatSpan(at - edge).replace(/ 00 (s|min)$/, '')
  return outside ? `◂ ${edgeWord(part)} begins ${span} before` : `${edgeWord(part)}, ${span}`
}

/** A dot where it happened; where it was known when that was another time, a tick with a line to it. */
function Dot({ mark: { row, used, reason }, x }: { mark: Mark; x: (ms: number) => string }) {
  if (row.eventTime === null) return null
  const event = x(millis(row.eventTime))
  const known = row.knownTime === null ? null : x(millis(row.knownTime))
  return (
    <g className={used ? 'used' : 'lost'}>
      <title>{reason}</title>
      {known === null ? null : (
        <>
          <line className="until-known" x1={event} x2={known} y1={eventY} y2={knownY} />
          <line className="known" x1={known} x2={known} y1={knownY - 5} y2={knownY + 5} />
        </>
      )}
      <circle cx={event} cy={eventY} r={5} />
    </g>
  )
}
