import type uPlot from 'uplot'
import { formatElapsed, formatNumber } from '../../format.ts'
import type { AlignedCurves, Axis } from './curve-lines.ts'

export interface ChartSettings {
  readonly width: number
  readonly height: number
  readonly colours: ChartColours
  readonly count: number
  /** Whether a smoothed line lies over each measured one. */
  readonly faint: boolean
  readonly axis: Axis
  readonly log: boolean
  readonly range: readonly [number, number] | undefined
  readonly faults: AlignedCurves['faults']
  readonly onMove: (index: number | null) => void
  readonly onRange: (range: readonly [number, number] | undefined) => void
}

export interface ChartColours {
  readonly ink: string
  readonly line: string
  readonly bad: string
  readonly series: readonly string[]
}

const tokens = Array.from({ length: 8 }, (_, index) => `--series-${index + 1}`)
/** Steps are counted, so no tick stands between two. */
const wholeSteps = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map(unit => unit * 10 ** power)).flat()

/** Resolved values of colour tokens, for a canvas cannot read variables. */
export function chartColours(element: HTMLElement): ChartColours {
  const probe = document.createElement('span')
  element.append(probe)
  const read = (token: string) => {
    probe.style.color = `var(${token})`
    return getComputedStyle(probe).color
  }
  const colours = { ink: read('--ink-3'), line: read('--line'), bad: read('--bad'), series: tokens.map(read) }
  probe.remove()
  return colours
}

export function chartOptions(settings: ChartSettings): uPlot.Options {
  const { width, height, colours, count, faint, axis, log, range, onMove, onRange } = settings
  const look = {
    stroke: colours.ink,
    font: '11px Inter, system-ui, sans-serif',
    grid: { stroke: colours.line, width: 1 },
    ticks: { show: false },
  } satisfies uPlot.Axis
  const colour = (index: number) => colours.series[index % colours.series.length] ?? colours.ink
  const lines = Array.from({ length: count }, (_, index) => line(colour(index), faint ? 0.28 : 1))
  const over = faint ? Array.from({ length: count }, (_, index) => line(colour(index), 1)) : []
  return {
    width,
    height,
    padding: [8, 12, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: true, y: false, setScale: false } },
    hooks: {
      setCursor: [plot => onMove(plot.cursor.idx ?? null)],
      setSelect: [plot => select(plot, onRange)],
      draw: [plot => drawFaults(plot, settings)],
      ready: [plot => plot.over.addEventListener('dblclick', () => onRange(undefined))],
    },
    scales: {
      x: { time: axis === 'time', ...(range ? { range: [range[0], range[1]] } : {}) },
      y: log ? { distr: 3 } : {},
    },
    axes: [
      {
        ...look,
        size: 26,
        ...(axis === 'step' ? { incrs: wholeSteps, values: (_, ticks) => ticks.map(shortStep) } : {}),
        ...(axis === 'relative'
          ? { values: (_, ticks) => ticks.map(tick => formatElapsed(tick * 1000)) }
          : {}),
      },
      {
        ...look,
        size: 58,
        values: (_, ticks) => ticks.map(tick => (tick === null ? '' : formatNumber(tick, 4))),
      },
    ],
    series: [{}, ...lines, ...over],
  }
}

/** 1 500 000 steps as 1.5M: ticks stand close. */
function shortStep(step: number): string {
  if (Math.abs(step) >= 1e6) return `${Number((step / 1e6).toPrecision(4))}M`
  return Math.abs(step) >= 1e4 ? `${Number((step / 1e3).toPrecision(5))}k` : String(step)
}

function line(stroke: string, alpha: number): uPlot.Series {
  return {
    stroke,
    alpha,
    width: 1.6,
    spanGaps: false,
    points: { show: (plot, index) => lonely(plot, index) },
  }
}

/** One point alone draws no line: it is shown as a dot. */
function lonely(plot: uPlot, index: number): boolean {
  return Array.from<unknown>(plot.data[index] ?? []).filter(value => typeof value === 'number').length === 1
}

function select(plot: uPlot, onRange: ChartSettings['onRange']): void {
  const { left, width } = plot.select
  if (width < 4) return
  onRange([plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')])
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
}

/** A cross at the foot of the chart wherever a value was no number. */
function drawFaults(plot: uPlot, { faults, colours }: ChartSettings): void {
  const { ctx, bbox } = plot
  const arm = 3 * devicePixelRatio
  const y = bbox.top + bbox.height - 2 * arm
  ctx.save()
  ctx.strokeStyle = colours.bad
  ctx.lineWidth = 1.5 * devicePixelRatio
  for (const fault of faults) {
    const x = plot.valToPos(fault.x, 'x', true)
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.beginPath()
    ctx.moveTo(x - arm, y - arm)
    ctx.lineTo(x + arm, y + arm)
    ctx.moveTo(x + arm, y - arm)
    ctx.lineTo(x - arm, y + arm)
    ctx.stroke()
  }
  ctx.restore()
}
