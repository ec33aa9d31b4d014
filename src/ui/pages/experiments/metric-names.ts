import { metricWord } from '../../texts.ts'

/** A metric's key in its parts: `curve.judge.roc_auc` is the curve of `roc_auc` on the split that judges. */
export interface MetricName {
  readonly key: string
  /** What is measured, the last part of the key. */
  readonly metric: string
  /** On what, `train` or `judge` say; empty when the key does not tell. */
  readonly on: string
  readonly curve: boolean
}

export function metricName(key: string): MetricName {
  const [first = '', second = '', third] = key.split('.')
  if (first === 'curve' && third) return { key, metric: third, on: second, curve: true }
  if (second && third === undefined) return { key, metric: second, on: first, curve: false }
  return { key, metric: key, on: '', curve: false }
}

const onWords: Readonly<Record<string, string>> = { judge: 'judged', train: 'in training' }

/** `judge.roc_auc` → `ROC AUC, judged`; the last point of a curve says that it is one. */
export function metricLabel(key: string): string {
  const { metric, on, curve } = metricName(key)
  const word = metricWord(metric)
  if (!on) return word
  return curve ? `${word}, ${on} curve` : `${word}, ${onWords[on] ?? on}`
}

/** Finished measurements first, those that judge before all others; curves last. Otherwise as logged. */
export function orderMetrics(keys: readonly string[]): readonly string[] {
  const rank = (key: string) => {
    const { on, curve } = metricName(key)
    return (curve ? 2 : 0) + (on === 'judge' || on === '' ? 0 : 1)
  }
  const lead = (key: string) => (metricName(key).metric === 'roc_auc' ? 0 : 1)
  return keys.toSorted((left, right) => rank(left) - rank(right) || lead(left) - lead(right))
}

/** What sums a run up: all that is no curve; the last points of its curves when there is nothing else. */
export function headlineMetrics(keys: readonly string[]): readonly string[] {
  const results = keys.filter(key => !metricName(key).curve)
  return results.length > 0 ? results : keys
}
