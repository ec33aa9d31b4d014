import { scaleLinear } from 'd3-scale'

const width = 160
const height = 12

/** A bar from the left edge of `domain`; the number stands in the neighbouring cell. `mark` draws a reference line. */
export function Bar({
  value,
  domain,
  mark,
}: {
  value: number
  domain: readonly [number, number]
  mark?: number
}) {
  const x = scaleLinear(domain, [0, width]).clamp(true)
  return (
    <svg className="bar" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      <rect className="rest" x={0} y={2} width={width} height={8} />
      <rect className="value" x={0} y={2} width={x(value)} height={8} />
      {mark === undefined ? null : (
        <line
          className="mark"
          x1={x(mark)}
          x2={x(mark)}
          y1={0}
          y2={height}
          vectorEffect="non-scaling-stroke"
        />
      )}
    </svg>
  )
}

/** A bar to the left or right of zero. */
export function DivergingBar({ value, extent }: { value: number; extent: number }) {
  const x = scaleLinear([-extent, extent], [0, width]).clamp(true)
  const zero = x(0)
  const end = x(value)
  return (
    <svg className="bar" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      <rect
        className={value < 0 ? 'negative' : 'value'}
        x={Math.min(zero, end)}
        y={2}
        width={Math.abs(end - zero)}
        height={8}
      />
      <line className="axis" x1={zero} x2={zero} y1={0} y2={height} vectorEffect="non-scaling-stroke" />
    </svg>
  )
}
