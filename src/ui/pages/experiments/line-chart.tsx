import { useEffect, useMemo, useRef, useState } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import './line-chart.css'
import { useDark } from '../../data/preferences.ts'
import { formatCount, formatNumber } from '../../format.ts'
import type { AlignedLines } from './chart-groups.ts'

interface LineChartProps extends AlignedLines {
  readonly label: string
}

const height = 190
/** Steps are counted, so no tick stands between two. */
const wholeSteps = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map(unit => unit * 10 ** power)).flat()
const seriesTokens = ['--series-1', '--series-2', '--series-3', '--series-4']

/** Lines over steps on a canvas: one point or fifty thousand cost about the same. Redrawn when colours or width change. */
export function LineChart({ label, x, lines }: LineChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const dark = useDark()
  const [under, setUnder] = useState<number | null>(null)
  // A refetch brings equal numbers in new arrays, which is no reason to draw anew.
  const numbers = JSON.stringify([x, ...lines.map(line => line.y)])
  const data = useMemo(() => JSON.parse(numbers) as (number | null)[][], [numbers])
  // biome-ignore lint/correctness/useExhaustiveDependencies: canvas colours are read anew when the theme changes
  useEffect(() => {
    const element = box.current
    if (!element) return
    const plot = new uPlot(options(element, data.length - 1, setUnder), data as uPlot.AlignedData, element)
    const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }))
    resize.observe(element)
    return () => {
      resize.disconnect()
      plot.destroy()
    }
  }, [data, dark])
  return (
    <>
      <div
        ref={box}
        className="chart-canvas"
        role="img"
        aria-label={`${label} over steps; the same numbers are under Table`}
      />
      <Legend x={x} lines={lines} under={under} />
    </>
  )
}

/** Values at the pointer, else the last ones. */
function Legend({ x, lines, under }: AlignedLines & { under: number | null }) {
  const step = x[under ?? x.length - 1]
  return (
    <p className="chart-legend num">
      <span>Step {step === undefined ? '—' : formatCount(step)}</span>
      {lines.map((line, index) => {
        const value = under === null ? line.y.findLast(item => item !== null) : line.y[under]
        return (
          <span key={line.name} className={`series-${index % seriesTokens.length}`}>
            <i aria-hidden="true" />
            {line.name} <b>{typeof value === 'number' ? formatNumber(value, 5) : '—'}</b>
          </span>
        )
      })}
    </p>
  )
}

function options(element: HTMLElement, count: number, onMove: (index: number | null) => void): uPlot.Options {
  const [ink = '', line = '', ...series] = colours(element, ['--ink-3', '--line', ...seriesTokens])
  const axis = {
    stroke: ink,
    font: '11px Inter, system-ui, sans-serif',
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
  } satisfies uPlot.Axis
  return {
    width: element.clientWidth,
    height,
    padding: [8, 16, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    hooks: { setCursor: [plot => onMove(plot.cursor.idx ?? null)] },
    scales: { x: { time: false } },
    axes: [
      { ...axis, size: 26, incrs: wholeSteps },
      { ...axis, size: 56, values: (_, ticks) => ticks.map(tick => formatNumber(tick, 4)) },
    ],
    series: [
      {},
      ...Array.from({ length: count }, (_, index) => ({
        stroke: series[index % seriesTokens.length] ?? ink,
        width: 1.75,
        points: { show: false },
      })),
    ],
  }
}

/** Resolved values of colour tokens, for a canvas cannot read variables. */
function colours(element: HTMLElement, names: readonly string[]): readonly string[] {
  const probe = document.createElement('span')
  element.append(probe)
  const found = names.map(name => {
    probe.style.color = `var(${name})`
    return getComputedStyle(probe).color
  })
  probe.remove()
  return found
}
