import type { MetricHistory } from '../../../api/tracking.ts'
import { metricName } from './metric-names.ts'

export interface ChartGroup {
  readonly metric: string
  readonly lines: readonly { readonly name: string; readonly history: MetricHistory }[]
}

/** Curves of one measure share a chart. What was logged once has no line and is left out. */
export function groupCharts(histories: readonly MetricHistory[]): readonly ChartGroup[] {
  const groups = new Map<string, { name: string; history: MetricHistory }[]>()
  for (const history of histories) {
    if (history.points.length < 2) continue
    const { metric, on } = metricName(history.key)
    const lines = groups.get(metric) ?? []
    groups.set(metric, [...lines, { name: on || history.key, history }])
  }
  // By name from the end, so that `train` has the same colour in every chart.
  return [...groups].map(([metric, lines]) => ({
    metric,
    lines: lines.toSorted((left, right) => right.name.localeCompare(left.name)),
  }))
}

export interface AlignedLines {
  readonly x: readonly number[]
  readonly lines: readonly { readonly name: string; readonly y: readonly (number | null)[] }[]
}

/** All lines over the union of their steps. NaN, infinities and absent steps leave a gap; the table names them. */
export function alignLines(lines: ChartGroup['lines']): AlignedLines {
  const x = [...new Set(lines.flatMap(line => line.history.points.map(point => point.step)))].toSorted(
    (left, right) => left - right,
  )
  return {
    x,
    lines: lines.map(({ name, history }) => {
      const at = new Map(history.points.map(point => [point.step, point.value]))
      return {
        name,
        y: x.map(step => {
          const value = at.get(step)
          return typeof value === 'number' ? value : null
        }),
      }
    }),
  }
}
