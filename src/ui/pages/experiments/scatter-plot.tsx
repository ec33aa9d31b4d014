import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import './plots.css'
import { formatNumber } from '../../format.ts'
import { PlotTable } from './parallel-plot.tsx'
import { likelyAxes, plotAxis } from './plot-axes.ts'
import type { AxisChoice, PlotRun } from './plot-run.ts'

const size = { width: 720, height: 400, left: 70, bottom: 40, top: 14, right: 16 }

/** Runs as dots over two columns, which stand in the address as `brush=x|y`. */
export function ScatterPlot({ runs, axes }: { runs: readonly PlotRun[]; axes: readonly AxisChoice[] }) {
  const { brush } = useSearch({ strict: false })
  const navigate = useNavigate()
  const [wantedX, wantedY] = (brush ?? '').split('|')
  const [likelyX, likelyY] = useMemo(() => likelyAxes(runs, axes), [runs, axes])
  const xAxis = axes.find(axis => axis.key === wantedX) ?? likelyX
  const yAxis = axes.find(axis => axis.key === wantedY) ?? likelyY
  const dots = useMemo(() => place(runs, xAxis, yAxis), [runs, xAxis, yAxis])
  if (!xAxis || !yAxis || !dots)
    return <p className="panel-note">Choose metrics or params as columns to draw one over the other.</p>
  const set = (x: string, y: string) =>
    void navigate({
      to: '.',
      search: ((previous: object) => ({ ...previous, brush: `${x}|${y}` })) as never,
      replace: true,
      resetScroll: false,
    })
  return (
    <>
      <div className="run-bar">
        <AxisSelect label="Across" axes={axes} value={xAxis.key} onChange={key => set(key, yAxis.key)} />
        <AxisSelect label="Up" axes={axes} value={yAxis.key} onChange={key => set(xAxis.key, key)} />
      </div>
      <div className="plot">
        <Dots dots={dots} label={`${yAxis.title} over ${xAxis.title}`} />
      </div>
      <details>
        <summary>The same numbers as a table</summary>
        <PlotTable runs={runs} axes={[xAxis, yAxis]} />
      </details>
    </>
  )
}

function place(runs: readonly PlotRun[], xAxis: AxisChoice | undefined, yAxis: AxisChoice | undefined) {
  if (!xAxis || !yAxis) return undefined
  const axisOf = ({ key, title }: AxisChoice) =>
    plotAxis(
      title,
      runs.map(run => run.values.get(key) ?? null),
      value => formatNumber(value, 3),
    )
  const [x, y] = [axisOf(xAxis), axisOf(yAxis)]
  const points = runs.flatMap(run => {
    const at = x.place(run.values.get(xAxis.key) ?? null)
    const up = y.place(run.values.get(yAxis.key) ?? null)
    return at === undefined || up === undefined ? [] : [{ run, at, up }]
  })
  return { x, y, points }
}

function Dots({
  dots: { x, y, points },
  label,
}: {
  dots: NonNullable<ReturnType<typeof place>>
  label: string
}) {
  const { width, height, left, bottom, top, right } = size
  const px = (at: number) => left + at * (width - left - right)
  const py = (up: number) => top + (1 - up) * (height - top - bottom)
  return (
    <svg width={width} height={height} role="img" aria-label={label} className="scatter">
      {x.ticks.map(tick => (
        <text key={tick.text} x={px(tick.at)} y={height - 18} textAnchor="middle">
          {tick.text}
        </text>
      ))}
      {y.ticks.map(tick => (
        <g key={tick.text}>
          <line x1={left} x2={width - right} y1={py(tick.at)} y2={py(tick.at)} />
          <text x={left - 8} y={py(tick.at) + 4} textAnchor="end">
            {tick.text}
          </text>
        </g>
      ))}
      {points.map(({ run, at, up }) => (
        <a key={run.id} href={`/experiments/runs/${encodeURIComponent(run.id)}`} aria-label={run.name}>
          <circle cx={px(at)} cy={py(up)} r={4.5}>
            <title>{run.name}</title>
          </circle>
        </a>
      ))}
    </svg>
  )
}

function AxisSelect(props: {
  label: string
  axes: readonly AxisChoice[]
  value: string
  onChange: (key: string) => void
}) {
  return (
    <label>
      {props.label}{' '}
      <select
        className="input"
        style={{ width: 'auto' }}
        value={props.value}
        onChange={event => props.onChange(event.target.value)}
      >
        {props.axes.map(axis => (
          <option key={axis.key} value={axis.key}>
            {axis.title}
          </option>
        ))}
      </select>
    </label>
  )
}
