import { scaleLinear } from 'd3-scale'
import { formatNumber } from '../../format.ts'
import type { SegmentView } from './thresholds.ts'

const size = { width: 460, height: 104, bottom: 20 } as const
const bins = 40

/** How many segments have which threshold, before below the line of after. The table has each of them. */
export function ThresholdHistogram({ segments }: { segments: readonly SegmentView[] }) {
  const before = segments.flatMap(each => (each.former === null ? [] : [each.former]))
  const after = segments.map(each => each.value)
  const all = [...before, ...after]
  if (all.length < 8) return null
  const [least, most] = [Math.min(...all), Math.max(...all)]
  const x = scaleLinear([least, most === least ? least + 0.01 : most], [0, size.width]).nice()
  const [low = 0, high = 1] = x.domain()
  const drawn = [
    { name: 'before', counts: countsOf(before, [low, high]) },
    { name: 'after', counts: countsOf(after, [low, high]) },
  ]
  const top = Math.max(...drawn.flatMap(each => each.counts), 1)
  const middle = (size.height - size.bottom) / 2
  const y = scaleLinear([0, top], [0, middle - 2])
  return (
    <figure className="histogram">
      <svg
        viewBox={`0 0 ${size.width} ${size.height}`}
        role="img"
        aria-label="How thresholds are spread over segments, before and after; the table below lists each"
      >
        {drawn.map(({ name, counts }) =>
          counts.map((count, bin) => (
            <rect
              // biome-ignore lint/suspicious/noArrayIndexKey: a bin is its place
              key={`${name} ${bin}`}
              className={name}
              x={(bin * size.width) / bins + 0.5}
              width={size.width / bins - 1}
              y={name === 'after' ? middle - y(count) : middle}
              height={y(count)}
            />
          )),
        )}
        <line className="axis" x1={0} x2={size.width} y1={middle} y2={middle} />
        {x.ticks(6).map(at => (
          <text
            key={at}
            x={Math.min(Math.max(x(at), 12), size.width - 12)}
            y={size.height - 4}
            textAnchor="middle"
          >
            {formatNumber(at, 3)}
          </text>
        ))}
      </svg>
      <figcaption className="tiny muted">
        Segments by threshold: <span className="after">■</span> after, above the line;{' '}
        <span className="before">■</span> before, below it.
      </figcaption>
    </figure>
  )
}

function countsOf(values: readonly number[], [low, high]: readonly [number, number]): readonly number[] {
  const counts = Array.from({ length: bins }, () => 0)
  for (const value of values) {
    const bin = Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return counts
}
