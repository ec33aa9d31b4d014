import { scaleLinear } from 'd3-scale'
import { formatNumber } from '../format.ts'

export interface PlotPoint {
  readonly x: number
  readonly y: number
  readonly bounds?: { readonly lower: number; readonly upper: number } | undefined
}

interface PlotProps {
  /** Says what is drawn to who cannot see it; the numbers are in a table beside it. */
  readonly label: string
  readonly x: { readonly word: string; readonly names?: readonly string[] }
  readonly y: { readonly word: string }
  readonly points: readonly PlotPoint[]
  readonly line?: boolean
  /** Where both are equal. */
  readonly diagonal?: boolean
  readonly marked?: { readonly x: number; readonly y: number } | undefined
}

const size = { width: 380, height: 230, left: 46, right: 10, top: 8, bottom: 34 } as const

/** Points with their intervals over two axes. */
export function Plot({ label, x: across, y: up, points, line = false, diagonal = false, marked }: PlotProps) {
  const [x, y] = scalesOf(points, diagonal, across.names ? 0.14 : 0.03)
  const names = across.names
  const ticks = names ? namedTicks(names) : x.ticks(5).map(at => [at, formatNumber(at, 3)] as const)
  const [low = 0, high = 1] = x.domain()
  return (
    <svg className="plot" viewBox={`0 0 ${size.width} ${size.height}`} role="img" aria-label={label}>
      {y.ticks(5).map(at => (
        <g key={at}>
          <line className="grid" x1={size.left} x2={size.width - size.right} y1={y(at)} y2={y(at)} />
          <text x={size.left - 6} y={y(at) + 4} textAnchor="end">
            {formatNumber(at, 3)}
          </text>
        </g>
      ))}
      {ticks.map(([at, text]) => (
        <text key={at} x={x(at)} y={size.height - size.bottom + 15} textAnchor="middle">
          {text}
        </text>
      ))}
      <text className="axis-word" x={size.width - size.right} y={size.height - 3} textAnchor="end">
        {across.word}
      </text>
      <text className="axis-word" x={2} y={size.height - 3}>
        ↑ {up.word}
      </text>
      {diagonal ? <line className="diagonal" x1={x(low)} y1={y(low)} x2={x(high)} y2={y(high)} /> : null}
      {line ? <path className="curve" d={pathOf(points, x, y)} /> : null}
      {points.map(({ x: at, y: value, bounds }) => (
        <g key={at}>
          {bounds ? (
            <line className="reach" x1={x(at)} x2={x(at)} y1={y(bounds.lower)} y2={y(bounds.upper)} />
          ) : null}
          {line ? null : <circle cx={x(at)} cy={y(value)} r={3.2} />}
        </g>
      ))}
      {marked ? <circle className="marked" cx={x(marked.x)} cy={y(marked.y)} r={5} /> : null}
    </svg>
  )
}

type Scale = ReturnType<typeof scaleLinear<number, number>>

function scalesOf(points: readonly PlotPoint[], diagonal: boolean, room: number): readonly [Scale, Scale] {
  const xs = points.map(point => point.x)
  const ys = points.flatMap(({ y, bounds }) => [y, ...(bounds ? [bounds.lower, bounds.upper] : [])])
  const most = Math.max(...xs, ...ys)
  const [acrossDomain, upDomain] = diagonal
    ? [
        [0, most],
        [0, most],
      ]
    : [padded(xs, room), padded(ys, 0.08)]
  return [
    scaleLinear(acrossDomain as [number, number], [size.left, size.width - size.right]),
    scaleLinear(upDomain as [number, number], [size.height - size.bottom, size.top]),
  ]
}

function padded(values: readonly number[], share: number): readonly [number, number] {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const room = (most - least) * share || Math.abs(most) * 0.1 || 1
  return [least - room, most + room]
}

/** At most six of the names, evenly. */
function namedTicks(names: readonly string[]): readonly (readonly [number, string])[] {
  const step = Math.ceil(names.length / 6)
  return names.flatMap((name, index) => (index % step === 0 ? [[index, name] as const] : []))
}

function pathOf(points: readonly PlotPoint[], x: Scale, y: Scale): string {
  return points
    .toSorted((a, b) => a.x - b.x)
    .map((point, index) => `${index === 0 ? 'M' : 'L'}${x(point.x).toFixed(1)} ${y(point.y).toFixed(1)}`)
    .join('')
}
