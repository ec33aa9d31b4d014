import { scaleLinear } from 'd3-scale'

const width = 200
const height = 18

export type Range = readonly [from: number, to: number]

interface IntervalBarProps {
  /** The worse end may come first: then worse is to the right. */
  readonly domain: Range
  readonly lower: number
  readonly upper: number
  readonly estimate?: number | undefined
  /** What is not allowed. */
  readonly forbidden?: readonly Range[]
  /** A line to read the interval against. */
  readonly mark?: number | undefined
  readonly tone?: 'pass' | 'fail' | 'inconclusive' | 'plain'
}

/** An interval with its estimate, drawn against a line and what lies beyond it. Its numbers stand in the neighbouring cells. */
export function IntervalBar(props: IntervalBarProps) {
  const { domain, lower, upper, estimate, forbidden = [], mark, tone = 'plain' } = props
  const x = scaleLinear(domain, [0, width]).clamp(true)
  const [left, right] = [x(lower), x(upper)].sort((a, b) => a - b) as [number, number]
  return (
    <svg
      className={`interval-bar ${tone}`}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {forbidden.map(([from, to]) => (
        <rect
          key={`${from} ${to}`}
          className="forbidden"
          x={Math.min(x(from), x(to))}
          width={Math.abs(x(to) - x(from))}
          y={0}
          height={height}
        />
      ))}
      <line className="base" x1={0} x2={width} y1={height / 2} y2={height / 2} />
      {mark === undefined ? null : <line className="limit" x1={x(mark)} x2={x(mark)} y1={0} y2={height} />}
      <rect className="reach" x={left} width={Math.max(right - left, 1.5)} y={6} height={6} />
      {estimate === undefined ? null : (
        <line className="estimate" x1={x(estimate)} x2={x(estimate)} y1={2} y2={height - 2} />
      )}
    </svg>
  )
}

/** Room for most intervals without letting the widest flatten all others; the estimates always fit. */
export function domainOf(
  items: readonly {
    readonly lower: number
    readonly upper: number
    readonly estimate?: number | undefined
  }[],
  marks: readonly number[],
): Range {
  const ends = items.flatMap(({ lower, upper }) => [lower, upper]).sort((a, b) => a - b)
  const at = (share: number) => ends[Math.round(share * (ends.length - 1))] ?? 0
  const inner = [
    ...marks,
    ...items.flatMap(({ estimate }) => (estimate === undefined ? [] : [estimate])),
    at(0.06),
    at(0.94),
  ]
  const [least, most] = [Math.min(...inner), Math.max(...inner)]
  const room = (most - least) * 0.08 || 0.01
  return [least - room, most + room]
}
