import { type Confusion, clarify, fairlearn, type Quantity } from '../../kernel/statistics/index.ts'
import type { FairnessColumn } from '../reports/fairness.ts'
import { isKnownGroup } from './groups.ts'
import type { FairnessContext } from './request.ts'

/** The same rows as Fairlearn and SageMaker Clarify see them, where there is something to see. */
export function inOtherWords({
  counts,
  actions,
  rows,
}: FairnessContext): Pick<FairnessColumn, 'fairlearn' | 'clarify'> {
  if (actions === undefined || rows.task !== 'binary') return { fairlearn: {}, clarify: {} }
  const present = counts.filter(({ group, matured }) => matured > 0 && isKnownGroup(group))
  if (present.length < 2) return { fairlearn: {}, clarify: {} }
  const all = present.map(({ table }) => table).reduce(added)
  return {
    fairlearn: asQuantities(fairlearn(present.map(({ table }) => table))),
    clarify: Object.fromEntries(
      present.map(({ group, table }) => [
        group,
        asQuantities(clarify({ sensitive: table, rest: less(all, table) })),
      ]),
    ),
  }
}

const added = (a: Confusion, b: Confusion): Confusion => ({
  ...{ tp: a.tp + b.tp, fp: a.fp + b.fp, fn: a.fn + b.fn, tn: a.tn + b.tn },
})
const less = (a: Confusion, b: Confusion): Confusion => ({
  ...{ tp: a.tp - b.tp, fp: a.fp - b.fp, fn: a.fn - b.fn, tn: a.tn - b.tn },
})

/** JSON has no NaN and no ∞. */
function asQuantities(numbers: Readonly<Record<string, number>>): Readonly<Record<string, Quantity>> {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [
      name,
      Number.isFinite(value)
        ? value
        : { undefined: Number.isNaN(value) ? 'nan' : value > 0 ? 'infinity' : '-infinity' },
    ]),
  )
}
