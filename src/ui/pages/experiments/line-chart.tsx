import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import './line-chart.css'
import { useDark } from '../../data/preferences.ts'
import { formatNumber } from '../../format.ts'

interface LineChartProps {
  readonly label: string
  readonly x: readonly number[]
  readonly y: readonly (number | null)[]
}

const height = 190

/** A line over steps on a canvas: one point or fifty thousand cost about the same. Redrawn when colours or width change. */
export function LineChart({ label, x, y }: LineChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const dark = useDark()
  // biome-ignore lint/correctness/useExhaustiveDependencies: canvas colours are read anew when the theme changes
  useEffect(() => {
    const element = box.current
    if (!element) return
    const plot = new uPlot(options(label, element), [[...x], [...y]], element)
    const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }))
    resize.observe(element)
    return () => {
      resize.disconnect()
      plot.destroy()
    }
  }, [label, x, y, dark])
  return (
    <div
      ref={box}
      className="chart-canvas"
      role="img"
      aria-label={`${label} over steps; the same numbers are under Table`}
    />
  )
}

function options(label: string, element: HTMLElement): uPlot.Options {
  const [ink = '', line = '', series = ''] = colours(element, ['--ink-3', '--line', '--series-1'])
  const axis = {
    stroke: ink,
    font: '11px Inter, system-ui, sans-serif',
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
  } satisfies uPlot.Axis
  return {
    width: element.clientWidth,
    height,
    padding: [8, 8, 0, 0],
    legend: { live: true },
    cursor: { y: false, points: { size: 6 } },
    scales: { x: { time: false } },
    axes: [
      { ...axis, size: 26 },
      { ...axis, size: 56, values: (_, ticks) => ticks.map(tick => formatNumber(tick, 4)) },
    ],
    series: [
      { label: 'Step' },
      {
        label,
        stroke: series,
        width: 1.75,
        points: { show: false },
        value: (_, value) => (value === null ? '—' : formatNumber(value, 5)),
      },
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
