import type { KeyboardEvent, PointerEvent } from 'react'
import { useRef, useState } from 'react'
import type { PlotAxis } from './plot-axes.ts'

type Brush = readonly [number, number]

interface BrushAxisProps {
  readonly axis: PlotAxis
  readonly x: number
  readonly top: number
  readonly height: number
  readonly brush: Brush | undefined
  readonly onBrush: (brush: Brush | undefined) => void
}

const step = 0.05
const reach = 12

/** An axis on which a range is kept: by dragging, or with the arrow keys (Shift moves the upper end). */
export function BrushAxis({ axis, x, top, height, brush, onBrush }: BrushAxisProps) {
  const [dragged, setDragged] = useState<Brush>()
  const from = useRef<number | undefined>(undefined)
  const y = (place: number) => top + height * (1 - place)
  const placeOf = (event: PointerEvent<SVGRectElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    return clamp(1 - (event.clientY - box.top) / box.height)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowUp: step, ArrowDown: -step }[event.key]
    if (event.key === 'Escape' || event.key === 'Delete') return onBrush(undefined)
    if (!by) return
    event.preventDefault()
    const [low, high] = brush ?? [0, 1]
    const next: Brush = event.shiftKey ? [low, clamp(high + by)] : [clamp(low + by), high]
    if (next[0] < next[1]) onBrush(next)
  }
  const shown = dragged ?? brush
  const [low, high] = shown ?? [0, 1]
  return (
    <g className="brush-axis">
      <text x={x} y={top - 26} textAnchor="middle" className="axis-title">
        <title>{axis.title}</title>
        {axis.title.length > 18 ? `${axis.title.slice(0, 17)}…` : axis.title}
      </text>
      <line x1={x} x2={x} y1={top} y2={top + height} />
      {axis.ticks.map(tick => (
        <text key={tick.text} x={x - 6} y={y(tick.at) + 4} textAnchor="end">
          {tick.text.length > 12 ? `${tick.text.slice(0, 11)}…` : tick.text}
        </text>
      ))}
      {shown ? (
        <rect
          className="kept-range"
          x={x - 6}
          width={12}
          y={y(high)}
          height={Math.max(1, y(low) - y(high))}
        />
      ) : null}
      <rect
        className="brush"
        x={x - reach}
        width={reach * 2}
        y={top}
        height={height}
        role="slider"
        tabIndex={0}
        aria-label={`Range of ${axis.title}`}
        aria-orientation="vertical"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(low * 100)}
        aria-valuetext={shown ? `${Math.round(low * 100)} to ${Math.round(high * 100)} % of the axis` : 'all'}
        onKeyDown={onKeyDown}
        onPointerDown={event => {
          event.currentTarget.setPointerCapture(event.pointerId)
          from.current = placeOf(event)
        }}
        onPointerMove={event => {
          if (from.current === undefined) return
          const now = placeOf(event)
          setDragged([Math.min(from.current, now), Math.max(from.current, now)])
        }}
        onPointerUp={() => {
          from.current = undefined
          onBrush(dragged && dragged[1] - dragged[0] > 0.01 ? dragged : undefined)
          setDragged(undefined)
        }}
      />
    </g>
  )
}

function clamp(place: number): number {
  return Math.min(1, Math.max(0, place))
}
