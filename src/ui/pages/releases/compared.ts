import type { ComparedSliceView } from '../../../api/judged.ts'
import { domainOf, type Range } from '../../components/interval-bar.tsx'
import { inReadingOrder } from '../../texts.ts'

export type ComparedMetricView = ComparedSliceView['metrics'][number]

/** What a difference of two models says: proven one way, or not told apart. */
export function changeOf({ interval, better }: ComparedMetricView): 'better' | 'worse' | 'moved' | 'even' {
  if (interval === null) return 'even'
  if (interval.lower <= 0 && interval.upper >= 0) return 'even'
  if (better === null) return 'moved'
  return (better === 'higher') === interval.lower > 0 ? 'better' : 'worse'
}

export const changeWords = {
  better: 'better',
  worse: 'worse',
  moved: 'moved',
  even: 'not told apart',
} as const

/** Looks of the state table for them. */
export const changeLooks = { better: 'good', worse: 'fail', moved: 'info', even: 'idle' } as const

/** Tones of the interval bar for them. */
export const changeTones = { better: 'pass', worse: 'fail', moved: 'plain', even: 'plain' } as const

/** The metric that lost most, for its own noise, on the most harmed slice; what a reader wants to see first. */
export function mostHarmedMetric(slices: readonly ComparedSliceView[]): string | undefined {
  const [slice] = slices
  const worst = inReadingOrder((slice?.metrics ?? []).map(each => each.metric)).flatMap(name => {
    const metric = slice?.metrics.find(each => each.metric === name)
    if (metric === undefined) return []
    const { difference, interval, better } = metric
    if (typeof difference !== 'number' || interval === null || better === null) return []
    const half = (interval.upper - interval.lower) / 2 || 1
    // A rate and its complement lose alike: rounded, the one that is read more often comes first.
    const loss = ((better === 'higher' ? -1 : 1) * difference) / half
    return [{ name, loss: Math.round(loss * 10) }]
  })
  return worst.toSorted((a, b) => b.loss - a.loss)[0]?.name
}

/** One scale for a metric over all slices; worse is to the right. */
export function domainOfMetric(metrics: readonly ComparedMetricView[]): Range {
  const drawn = metrics.flatMap(({ interval, difference }) =>
    interval === null
      ? []
      : [{ ...interval, ...(typeof difference === 'number' && { estimate: difference }) }],
  )
  const [least, most] = domainOf(drawn, [0])
  return metrics[0]?.better === 'higher' ? [most, least] : [least, most]
}
