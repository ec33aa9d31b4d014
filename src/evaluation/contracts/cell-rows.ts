import { type ContractMetric, contractMetrics } from '../../definitions/index.ts'
import { lookSizes } from '../../kernel/statistics/index.ts'
import type { JudgedRows, ModelOutputs } from '../rows.ts'

/** Which rows a metric is over. */
export type Denominator = 'rows' | 'matured' | 'negatives' | 'positives' | 'acted'

const denominators: Partial<Record<ContractMetric | 'selection_rate' | 'tpr', Denominator>> = {
  action_rate: 'rows',
  score_mean: 'rows',
  selection_rate: 'rows',
  fpr: 'negatives',
  recall: 'positives',
  tpr: 'positives',
}

export function denominatorOf(metric: string): Denominator {
  return denominators[metric as ContractMetric] ?? 'matured'
}

/** Why a metric over nothing has no value. */
export const emptyReasons: Readonly<Record<Denominator, string>> = {
  rows: 'no-rows',
  matured: 'no-labels',
  negatives: 'no-negatives',
  positives: 'no-positives',
  acted: 'nothing-acted',
}

/** The rows of a cell that the denominator counts, ascending. */
export function rowsOver(
  { labels }: JudgedRows,
  members: Int32Array,
  { over, actions }: { readonly over: Denominator; readonly actions?: Uint8Array },
): Int32Array {
  if (over === 'rows') return members
  const found = new Int32Array(members.length)
  let size = 0
  for (let at = 0; at < members.length; at++) {
    const row = members[at] as number
    const label = labels[row] as number
    const counts =
      over === 'negatives'
        ? label === 0
        : over === 'positives'
          ? label === 1
          : !Number.isNaN(label) && (over === 'matured' || actions?.[row] === 1)
    if (counts) found[size++] = row
  }
  return found.subarray(0, size)
}

/**
 * The rows that a look is at: the first `planned`, or twice, four times, … as many up to the number of looks, whatever comes
 * in between. All where there are fewer, or nothing is planned.
 */
export function rowsAtLook(rows: Int32Array, planned: number | undefined, looks: number): Int32Array {
  if (planned === undefined) return rows
  const sizes = lookSizes(planned, looks).filter(size => size <= rows.length)
  return rows.subarray(0, sizes.at(-1) ?? rows.length)
}

/** Rows of a cell and what their labels are like; those that are left out (3) are none of them. */
export interface LabelState {
  readonly matured: number
  readonly immature: number
  readonly unobservable: number
}

export function labelState({ labels, unlabelled }: JudgedRows, members: Int32Array): LabelState {
  let [matured, unobservable, leftOut] = [0, 0, 0]
  for (let at = 0; at < members.length; at++) {
    const row = members[at] as number
    if (!Number.isNaN(labels[row])) matured++
    else if (unlabelled?.[row] === 2) unobservable++
    else if (unlabelled?.[row] === 3) leftOut++
  }
  return { matured, immature: members.length - matured - unobservable - leftOut, unobservable }
}

/** What a metric needs of the rows and the two models. */
export interface NeededRows {
  readonly rows: JudgedRows
  readonly members: Int32Array
  readonly labels: LabelState
  readonly outputs: readonly ModelOutputs[]
  readonly maturity: number
}

/**
 * Why the rows of a cell cannot measure a metric whatever their number: labels that are never seen or not yet, scores that
 * are no numbers or no probabilities, a model that does nothing. Undefined where they can.
 */
export function flawOf(
  metric: ContractMetric | 'selection_rate' | 'tpr' | 'accuracy',
  { rows, members, labels, outputs, maturity }: NeededRows,
): string | undefined {
  const facts = metric in contractMetrics ? contractMetrics[metric as ContractMetric] : undefined
  if (facts && !facts.tasks.includes(rows.task)) return 'not-of-this-task'
  const acts = facts === undefined || facts.needs === 'action' || facts.needs === 'costs'
  if (acts && outputs.some(({ actions }) => actions === undefined)) return 'no-actions'
  if (denominatorOf(metric) !== 'rows') {
    // Explored rows carry the weight of those whose label was never seen.
    if (labels.unobservable > 0 && rows.weights === undefined) return 'labels-unobservable'
    if (labels.matured < maturity * (labels.matured + labels.immature)) return 'labels-immature'
  }
  const probabilities = metric === 'log_loss' || metric === 'brier' || metric === 'ece'
  return outputs.map(({ scores }) => scoreFlaw(scores, members, probabilities)).find(Boolean)
}

function scoreFlaw(scores: Float64Array, members: Int32Array, probabilities: boolean): string | undefined {
  for (let at = 0; at < members.length; at++) {
    const score = scores[members[at] as number] as number
    if (!(Math.abs(score) < Number.POSITIVE_INFINITY)) return 'not-a-number'
    if (probabilities && (score < 0 || score > 1)) return 'not-a-probability'
  }
  return undefined
}
