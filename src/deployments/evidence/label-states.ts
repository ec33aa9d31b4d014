import {
  isDefined,
  maturityCurve,
  type Quantity,
  ratio,
  undefinedBecause,
} from '../../kernel/statistics/index.ts'
import type { JoinedLabel } from './model.ts'
import type { RowTable } from './row-table.ts'

/** Why a row has no label, as evaluations count it. */
const [labelled, immature, unobservable, leftOut] = [0, 1, 2, 3]

export interface RowLabels {
  /** What is known so far; NaN where nothing is. */
  readonly known: Float64Array
  /** Those of matured cohorts alone. */
  readonly labels: Float64Array
  readonly unlabelled: Uint8Array
  /** Fewer labels have come than of former decisions at this age. */
  readonly late: boolean
  readonly matured: { readonly rows: number; readonly labelled: number; readonly share: Quantity }
}

/** Of fewer rows nobody can say that their labels are never seen, or late. */
const leastCompared = 30
/** Less of the labels that were to be expected is late. */
const leastExpected = 0.9

interface LabelTimes {
  readonly now: number
  /** Ages at which labels of old enough decisions came; NaN: never. */
  readonly delays: Float64Array
  readonly maturity: number
}

/**
 * Labels of the rows of cohorts whose labels are known to a declared share (releases.md §12): younger rows count in no metric
 * over labels, even where the label is there already, for what comes early is not like the rest. Older rows without a label
 * are left out too, as so many as ever have none; where fewer labels have come than should have, they are immature. Rows that
 * were acted on and whose labels come less than half as often as those of the others are unobservable.
 */
export function labelRows(table: RowTable, joined: readonly JoinedLabel[], times: LabelTimes): RowLabels {
  const known = new Float64Array(table.length).fill(Number.NaN)
  for (const { predictionId, value } of joined) {
    const row = table.rowOf(predictionId)
    if (row >= 0) known[row] = value
  }
  const cohort = cohortOf(table, known, times)
  const acted = table.acted()
  const hidden = isHidden(cohort)
  const missing = cohort.late ? immature : leftOut
  const labels = known.slice()
  const unlabelled = new Uint8Array(table.length).fill(labelled)
  const at = table.times
  for (let row = 0; row < labels.length; row++) {
    if (!((at[row] as number) <= cohort.latest)) {
      labels[row] = Number.NaN
      unlabelled[row] = leftOut
    } else if (Number.isNaN(labels[row]))
      unlabelled[row] = hidden && acted[row] === 1 ? unobservable : missing
  }
  return {
    ...{ known, labels, unlabelled, late: cohort.late },
    matured: {
      rows: table.length,
      labelled: known.reduce((count, label) => count + Number(!Number.isNaN(label)), 0),
      share: cohort.share,
    },
  }
}

interface Cohort {
  /** Rows up to this time are judged. */
  readonly latest: number
  /** Rows of the cohort with and without a label, not acted on and acted on. */
  readonly seen: readonly [number, number]
  readonly missing: readonly [number, number]
  readonly late: boolean
  /** Share of the labels that ever come that are to be expected by now, over all rows. */
  readonly share: Quantity
}

function cohortOf(table: RowTable, known: Float64Array, { now, delays, maturity }: LabelTimes): Cohort {
  const eventual = delays.filter(delay => !Number.isNaN(delay))
  const curve = maturityCurve(eventual)
  const latest = now - maturityAge(delays, maturity)
  const [seen, missing]: [[number, number], [number, number]] = [
    [0, 0],
    [0, 0],
  ]
  const [acted, at] = [table.acted(), table.times]
  let [expected, due] = [0, 0]
  for (let row = 0; row < known.length; row++) {
    const time = at[row] as number
    const share = Number(curve(now - time))
    expected += share
    if (!(time <= latest)) continue
    due += share
    const counts = Number.isNaN(known[row]) ? missing : seen
    counts[acted[row] === 1 ? 1 : 0]++
  }
  due *= eventual.length / delays.length
  return {
    ...{ latest, seen, missing },
    late: due >= leastCompared && seen[0] + seen[1] < leastExpected * due,
    share: eventual.length === 0 ? undefinedBecause('no-labels') : ratio(expected, known.length, 'no-rows'),
  }
}

function isHidden({ seen, missing }: Cohort): boolean {
  const rows = (acted: 0 | 1): number => seen[acted] + missing[acted]
  const share = (acted: 0 | 1): number => seen[acted] / rows(acted)
  return Math.min(rows(0), rows(1)) >= leastCompared && share(1) < share(0) / 2
}

/** The least age at which the declared share of the labels that ever come is known; Infinity where none is known to come. */
export function maturityAge(delays: Float64Array, maturity: number): number {
  const eventual = delays.filter(delay => !Number.isNaN(delay)).sort()
  const curve = maturityCurve(eventual)
  let [low, high] = [0, eventual.length - 1]
  if (high < 0) return Number.POSITIVE_INFINITY
  while (low < high) {
    const middle = (low + high) >> 1
    const share = curve(eventual[middle] as number)
    if (isDefined(share) && share >= maturity) high = middle
    else low = middle + 1
  }
  return eventual[high] as number
}
