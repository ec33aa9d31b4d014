import { metricName } from './metric-names.ts'

export interface KeyGroup {
  readonly metric: string
  readonly lines: readonly { readonly name: string; readonly key: string }[]
}

/** Curves of one measure share a chart: `curve.train.log_loss` and `curve.judge.log_loss`. */
export function groupKeys(keys: readonly string[]): readonly KeyGroup[] {
  const groups = new Map<string, { name: string; key: string }[]>()
  for (const key of keys) {
    const { metric, on } = metricName(key)
    const lines = groups.get(metric) ?? []
    groups.set(metric, [...lines, { name: on || key, key }])
  }
  // By name from the end, so that `train` has the same colour in every chart.
  return [...groups].map(([metric, lines]) => ({
    metric,
    lines: lines.toSorted((left, right) => right.name.localeCompare(left.name)),
  }))
}
