import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useMemo, useRef, useState } from 'react'
import './plots.css'
import { SimpleTable } from '../../components/simple-table.tsx'
import { formatNumber, plural } from '../../format.ts'
import { BrushAxis } from './brush-axis.tsx'
import { formatBrushes, isKept, parseBrushes, plotAxis } from './plot-axes.ts'
import type { AxisChoice, PlotRun } from './plot-run.ts'
import { RunLink } from './run-link.tsx'

interface ParallelProps {
  readonly runs: readonly PlotRun[]
  readonly axes: readonly AxisChoice[]
}

const height = 360
const margin = { top: 46, bottom: 18, side: 70 }
const leastGap = 120

/** Every run a line over all axes; a range kept on an axis leaves the runs that pass through it. */
export function ParallelPlot({ runs, axes: choices }: ParallelProps) {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const [under, setUnder] = useState<string>()
  const [brushes, setBrushes] = useBrushes()
  const axes = useMemo(
    () =>
      choices.map(({ key, title }) => ({
        key,
        ...plotAxis(
          title,
          runs.map(run => run.values.get(key) ?? null),
          value => formatNumber(value, 3),
        ),
      })),
    [choices, runs],
  )
  const placed = useMemo(
    () =>
      runs.map(run => ({
        run,
        places: new Map(axes.map(axis => [axis.key, axis.place(run.values.get(axis.key) ?? null)])),
      })),
    [runs, axes],
  )
  if (axes.length < 2)
    return (
      <p className="panel-note">Choose at least two metrics or params as columns: each becomes an axis.</p>
    )
  const inner = height - margin.top - margin.bottom
  const drawnWidth = Math.max(width, margin.side * 2 + (axes.length - 1) * leastGap)
  const x = (index: number) => margin.side + (index * (drawnWidth - margin.side * 2)) / (axes.length - 1)
  const y = (place: number) => margin.top + inner * (1 - place)
  const kept = placed.filter(({ places }) => isKept(places, brushes))
  const path = (places: ReadonlyMap<string, number | undefined>) =>
    pathOf(
      axes.map(axis => places.get(axis.key)),
      x,
      y,
    )
  const marked = placed.find(({ run }) => run.id === under)
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="plot" ref={box} tabIndex={0} aria-label="Parallel coordinates">
        <svg width={drawnWidth} height={height}>
          <title>{`${plural(runs.length, 'run')} over ${axes.length} axes`}</title>
          <g className="parallel-lines">
            {placed.map(({ run, places }) => (
              <path
                key={run.id}
                d={path(places)}
                className={isKept(places, brushes) ? 'kept' : 'left'}
                onPointerEnter={() => setUnder(run.id)}
                onPointerLeave={() => setUnder(undefined)}
              />
            ))}
            {marked ? <path d={path(marked.places)} className="marked" /> : null}
          </g>
          {axes.map((axis, index) => (
            <BrushAxis
              key={axis.key}
              axis={axis}
              x={x(index)}
              top={margin.top}
              height={inner}
              brush={brushes.get(axis.key)}
              onBrush={brush => {
                const next = new Map(brushes)
                if (brush) next.set(axis.key, brush)
                else next.delete(axis.key)
                setBrushes(formatBrushes(next))
              }}
            />
          ))}
        </svg>
      </section>
      <p className="panel-note" role="status">
        {brushes.size > 0 ? `${kept.length} of ${plural(runs.length, 'run')} pass the ranges. ` : ''}
        {marked ? marked.run.name : 'Drag on an axis to keep a range; with the arrow keys its ends move.'}{' '}
        {brushes.size > 0 ? (
          <button type="button" className="button" onClick={() => setBrushes(undefined)}>
            Keep all
          </button>
        ) : null}
      </p>
      <details>
        <summary>The same numbers as a table</summary>
        <PlotTable runs={kept.map(({ run }) => run)} axes={choices} />
      </details>
    </>
  )
}

/** A run without a value on an axis has a gap there. */
function pathOf(
  places: readonly (number | undefined)[],
  x: (index: number) => number,
  y: (place: number) => number,
): string {
  let pen = false
  return places
    .map((place, index) => {
      if (place === undefined) {
        pen = false
        return ''
      }
      const command = `${pen ? 'L' : 'M'}${x(index).toFixed(1)} ${y(place).toFixed(1)}`
      pen = true
      return command
    })
    .join('')
}

function useWidth(box: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(800)
  useEffect(() => {
    const element = box.current
    if (!element) return
    const observer = new ResizeObserver(() => setWidth(element.clientWidth))
    observer.observe(element)
    return () => observer.disconnect()
  }, [box])
  return width
}

function useBrushes() {
  const { brush } = useSearch({ strict: false })
  const navigate = useNavigate()
  const set = (text: string | undefined) =>
    void navigate({
      to: '.',
      search: ((previous: object) => ({ ...previous, brush: text })) as never,
      replace: true,
      resetScroll: false,
    })
  return [useMemo(() => parseBrushes(brush), [brush]), set] as const
}

const mostListed = 100

export function PlotTable({ runs, axes }: ParallelProps) {
  return (
    <>
      <SimpleTable
        label="Runs as drawn"
        head={['Run', ...axes.map(axis => `>${axis.title}`)]}
        rows={runs.slice(0, mostListed).map(run => [
          <RunLink key="run" id={run.id} name={run.name} />,
          ...axes.map(axis => {
            const value = run.values.get(axis.key) ?? null
            return value === null ? '—' : typeof value === 'number' ? formatNumber(value, 5) : value
          }),
        ])}
      />
      {runs.length > mostListed ? <p className="panel-note">The first {mostListed}.</p> : null}
    </>
  )
}
