import { type ClaimData, contractMetrics } from '../../definitions/index.ts'
import { isDefined, type Quantity } from '../../kernel/statistics/index.ts'
import { type CellTest, harmSign, testsOf } from './cell-tests.ts'

/** Three digits, without an exponent where one can do without. */
export function shown(value: number): string {
  if (value !== 0 && Math.abs(value) < 1e-4) return value.toExponential(1)
  return String(Number(value.toPrecision(3)))
}

/** Whole numbers with a space between thousands. */
export function counted(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ' ')
}

const groupWords = {
  selection_rate: 'share acted on',
  tpr: 'recall',
  fpr: 'false-positive rate',
  accuracy: 'accuracy',
  precision: 'precision',
} as const

export function metricWords(test: CellTest): string {
  return test.kind === 'fair' ? groupWords[test.metric] : contractMetrics[test.metric].words
}

/** The claim as a reader says it: `recall may not fall by more than 0.02`. A relative margin without a champion is null. */
export function claimWords(test: CellTest, bound: number | null): string {
  const metric = metricWords(test)
  const amount = bound === null ? relativeWords(test) : shown(bound)
  const by = bound === 0 ? '' : ` by more than ${amount}`
  switch (test.form) {
    case 'atMost':
      return `${metric} is at most ${amount}`
    case 'atLeast':
      return `${metric} is at least ${amount}`
    case 'within':
      return `${metric} may not move${by}`
    case 'noWorse':
      return `${metric} may not ${harmSign(test.metric) > 0 ? 'rise' : 'fall'}${by}`
    case 'better':
      return `${metric} must ${harmSign(test.metric) > 0 ? 'fall' : 'rise'}${bound === 0 ? '' : ` by at least ${amount}`}`
    default:
      return `${metric} may not differ between groups of ${test.column}${by}`
  }
}

/** A claim as it is declared, in words. */
export function declaredWords(claim: ClaimData): string {
  return testsOf(claim)
    .map(test => claimWords(test, declaredBound(test)))
    .join(', and ')
}

function declaredBound(test: CellTest): number | null {
  if ('limit' in test) return test.limit
  if ('by' in test) return test.by
  return typeof test.margin === 'number' ? test.margin : null
}

function relativeWords(test: CellTest): string {
  const share = 'margin' in test && typeof test.margin === 'object' ? test.margin.relative : 0
  return `${shown(100 * share)} % of the champion's`
}

/** What was seen: `recall fell by 0.12 (at least 0.08)`. */
export function seenWords(
  test: CellTest,
  {
    estimate,
    lower,
    upper,
  }: { readonly estimate: Quantity; readonly lower: Quantity; readonly upper: Quantity },
): string {
  const metric = metricWords(test)
  if (!isDefined(estimate) || !isDefined(lower) || !isDefined(upper)) return `${metric} has no value`
  if (test.kind === 'absolute')
    return `${metric} is ${shown(estimate)} (between ${shown(lower)} and ${shown(upper)})`
  if (test.kind === 'fair')
    return `${metric} differs by ${shown(estimate)} between groups (at least ${shown(Math.max(0, lower))})`
  if (estimate === 0) return `${metric} did not move (at most ${shown(Math.max(-lower, upper))} either way)`
  const up = estimate * harmSign(test.metric) > 0
  const [least, most] = estimate > 0 ? [lower, upper] : [-upper, -lower]
  const range = least > 0 ? `at least ${shown(least)}` : `at most ${shown(most)}`
  return `${metric} ${up ? 'rose' : 'fell'} by ${shown(Math.abs(estimate))} (${range})`
}

const reasonWords: Readonly<Record<string, string>> = {
  'no-champion': 'There is no champion yet to compare with.',
  'not-of-this-task': 'The task of these rows has no such metric.',
  'no-actions': 'A model does not say what it would do.',
  'labels-unobservable': 'Labels of acted rows are never seen, so who was wrongly acted on is unknown.',
  'labels-immature': 'Too many labels are not known yet.',
  'not-a-number': 'A model gave scores that are no numbers.',
  'not-a-probability': 'A model gave scores that are no probabilities.',
  'measuring-error': 'The requests of this cell were not counted.',
  'no-requests': 'There were no requests.',
  'no-rows': 'There are no rows.',
  'no-labels': 'No row has a label.',
  'no-negatives': 'No row is a negative.',
  'no-positives': 'No row is a positive.',
  'nothing-acted': 'Nothing was acted on.',
  'zero-variance': 'All labels are equal.',
  'fewer-than-two-groups': 'Fewer than two groups have enough rows to compare.',
  'too-many-groups': 'The column has too many values to compare each with each.',
  'too-uneven': 'Explored rows stand for so many others that too few rows count.',
  'too-few': 'There are too few rows.',
  'before-planned': 'The rows it was planned for are not all there yet.',
  unstable: 'The metric has no value in too many draws of the same rows.',
}

export function reasonSentence(reason: string): string {
  return reasonWords[reason] ?? `It could not be measured: ${reason}.`
}

const reasonAdvice: Readonly<Record<string, string>> = {
  'no-champion': 'From the next release on this contract decides.',
  'no-actions': 'Give the deployment an action.',
  'labels-unobservable': 'Declare an exploration arm, or a contract on the action rate.',
  'labels-immature': 'Judge older rows, or wait.',
  'not-a-number': 'Find what the model makes of these rows before anything else.',
  'not-a-probability': 'Calibrate the model, or contract a metric of ranks.',
  'measuring-error': 'Repair the measurement; nothing is decided meanwhile.',
  'not-of-this-task': 'Contract a metric of the task.',
  'too-many-groups': 'Name a column with fewer values.',
  'too-uneven': 'Explore more, or wait.',
}

/** What to do about a cell that could not be measured. */
export function adviceFor(reason: string): string {
  return reasonAdvice[reason] ?? 'Lengthen the window, or put the contract on a larger slice.'
}
