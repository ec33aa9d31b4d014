import { isObject } from '../data/json.ts'
import { formatNumber } from '../format.ts'

export interface Bounds {
  readonly lower: number
  readonly upper: number
}

/** Three significant digits: what an interval can carry. */
export const shortNumber = (value: number) =>
  Math.abs(value) >= 1000 ? formatNumber(Math.round(value)) : formatNumber(value, 3)

/** How much larger an error is, at the least: `40 %`, and `8.5 times` from twice on. */
export function harmText(harm: number): string {
  if (harm <= 0) return 'none proven'
  if (harm < 0.01) return 'under 1 %'
  return harm < 1 ? `${Math.round(harm * 100)} %` : `${(1 + harm).toFixed(1)} times`
}

/** A probability; what is as good as none is not written as 0. */
export function smallText(p: number): string {
  return p < 1e-12 ? 'below 1e-12' : shortNumber(p)
}

/** `0.21 to 0.24`. */
export function boundsText({ lower, upper }: Bounds, show: (value: number) => string = shortNumber): string {
  return `${show(lower)} to ${show(upper)}`
}

/** A number with its interval below, or in words why there is none. Never 0 for what was not measured. */
export function Measured(props: {
  value: unknown
  bounds?: Bounds | null | undefined
  show?: (value: number) => string
}) {
  const { value, bounds, show = shortNumber } = props
  if (typeof value !== 'number') return <span className="muted why-not">{whyUndefined(value)}</span>
  return (
    <span className="measured">
      <span className="num">{show(value)}</span>
      {bounds ? <span className="num tiny muted">{boundsText(bounds, show)}</span> : null}
    </span>
  )
}

const reasons: Readonly<Record<string, string>> = {
  'no-champion': 'there is no champion to compare with',
  'labels-immature': 'too many labels are not known yet',
  'labels-unobservable': 'labels of acted rows are never seen',
  'no-labels': 'no row has a label',
  'no-rows': 'there are no rows',
  'no-positives': 'no row is positive',
  'no-negatives': 'no row is negative',
  'one-class': 'all labels are of one class',
  'nothing-acted': 'nothing was acted on',
  'zero-variance': 'all labels are equal',
  'too-few': 'there are too few rows',
  unstable: 'it differs too much between draws of the same rows',
  'no-holdback': 'no randomised group shows what would have been without it',
}

/** `undefined: no row is positive`; what is no reason is `not measured`. */
export function whyUndefined(value: unknown): string {
  const reason = isObject(value) ? value['undefined'] : undefined
  if (typeof reason !== 'string') return 'not measured'
  return `undefined: ${reasonText(reason)}`
}

/** A reason of the reports in plain words. */
export function reasonText(reason: string): string {
  return reasons[reason] ?? reason.replaceAll('-', ' ')
}
