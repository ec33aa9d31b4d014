import { useEffect, useMemo, useRef, useState } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import './line-chart.css'
import { useDark } from '../../data/preferences.ts'
import { formatCount, formatElapsed, formatNumber, plural } from '../../format.ts'
import { chartColours, chartOptions } from './chart-options.ts'
import {
  type AlignedCurves,
  type Axis,
  aboveZero,
  alignCurves,
  type CurveLine,
  smoothed,
} from './curve-lines.ts'

export interface CurveChartProps {
  readonly label: string
  readonly lines: readonly CurveLine[]
  readonly axis: Axis
  readonly log: boolean
  /** Weight of what was, 0 to below 1; 0 is off. */
  readonly smooth: number
  readonly range: readonly [number, number] | undefined
  readonly onRange: (range: readonly [number, number] | undefined) => void
}

const height = 210
const mostInLegend = 12

/** Curves on a canvas. Dragging over it asks for that range anew; a double click shows all. */
export function CurveChart(props: CurveChartProps) {
  const { label, lines, axis, log, smooth, range, onRange } = props
  const box = useRef<HTMLDivElement>(null)
  const dark = useDark()
  const [under, setUnder] = useState<number | null>(null)
  const aligned = useMemo(() => alignCurves(lines, axis), [lines, axis])
  const drawn = useMemo(() => drawnLines(aligned, log, smooth), [aligned, log, smooth])
  const zoom = useRef(onRange)
  zoom.current = onRange
  // biome-ignore lint/correctness/useExhaustiveDependencies: canvas colours are read anew when the theme changes
  useEffect(() => {
    const element = box.current
    if (!element) return
    const options = chartOptions({
      width: element.clientWidth,
      height,
      colours: chartColours(element),
      count: aligned.lines.length,
      faint: smooth > 0,
      axis,
      log,
      range,
      faults: aligned.faults,
      onMove: setUnder,
      onRange: chosen => zoom.current(chosen),
    })
    const plot = new uPlot(options, drawn.data as uPlot.AlignedData, element)
    const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }))
    resize.observe(element)
    return () => {
      resize.disconnect()
      plot.destroy()
    }
  }, [drawn, dark, axis, log, range])
  return (
    <>
      <div
        ref={box}
        className="chart-canvas tall"
        role="img"
        aria-label={`${label}, ${plural(lines.length, 'line')}; the same numbers are under Table`}
      />
      <Legend aligned={aligned} under={under} axis={axis} />
      <Notes lines={lines} aligned={aligned} left={drawn.left} smooth={smooth} />
    </>
  )
}

function drawnLines(aligned: AlignedCurves, log: boolean, smooth: number) {
  let left = 0
  const lines = aligned.lines.map(({ y }) => {
    if (!log) return y
    const shown = aboveZero(y)
    left += shown.left
    return shown.y
  })
  const over = smooth > 0 ? lines.map(y => smoothed(y, smooth)) : []
  return { data: [aligned.x, ...lines, ...over], left }
}

function placeText(x: number | undefined, axis: Axis): string {
  if (x === undefined) return '—'
  if (axis === 'step') return `Step ${formatCount(x)}`
  if (axis === 'relative') return `After ${formatElapsed(x * 1000)}`
  return new Date(x * 1000).toISOString().slice(0, 19).replace('T', ' ')
}

/** Values at the pointer, else the last ones. */
function Legend({ aligned, under, axis }: { aligned: AlignedCurves; under: number | null; axis: Axis }) {
  const { x, lines } = aligned
  return (
    <p className="chart-legend num">
      <span>{placeText(x[under ?? x.length - 1], axis)}</span>
      {lines.slice(0, mostInLegend).map((line, index) => {
        const value =
          under === null ? line.y.findLast(each => typeof each === 'number') : nearest(line.y, under)
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines are the runs in their order; names may be the same
          <span key={index} className={`series-${index % 8}`}>
            <i aria-hidden="true" />
            {line.name} <b>{typeof value === 'number' ? formatNumber(value, 5) : '—'}</b>
          </span>
        )
      })}
      {lines.length > mostInLegend ? (
        <span className="muted">and {lines.length - mostInLegend} more</span>
      ) : null}
    </p>
  )
}

/** Lines have points at different places: the value at the last one up to here. */
function nearest(y: readonly (number | null | undefined)[], at: number): number | null | undefined {
  for (let index = at; index >= 0; index--) if (y[index] !== undefined) return y[index]
  return undefined
}

/** Of a sampled curve, values beside each other that are not numbers are one place. */
function faultText(count: number, sampled: boolean): string {
  return sampled
    ? `not a number at ${plural(count, 'place')} (×)`
    : `${plural(count, 'value')} not a number (×)`
}

function Notes(props: { lines: readonly CurveLine[]; aligned: AlignedCurves; left: number; smooth: number }) {
  const { lines, aligned, left, smooth } = props
  const sampled = lines.filter(({ curve }) => curve.sampled)
  const shown = sampled.reduce((sum, { curve }) => sum + curve.points.length, 0)
  const of = sampled.reduce((sum, { curve }) => sum + curve.of, 0)
  const notes = [
    sampled.length > 0 ? `sampled: ${formatCount(shown)} of ${plural(of, 'point')}; drag to see more` : '',
    aligned.faults.length > 0 ? faultText(aligned.faults.length, sampled.length > 0) : '',
    left > 0 ? `${plural(left, 'value')} not above 0: not on a log scale` : '',
    smooth > 0 ? `smoothed ${smooth} (exponential), the measured line faint behind` : '',
  ].filter(Boolean)
  return notes.length > 0 ? <p className="chart-notes tiny muted">{notes.join(' · ')}</p> : null
}
