import { type Quantity, ratio } from '../../kernel/statistics/index.ts'
import type { DecisionCount } from './ports.ts'
import { hastySeconds } from './record.ts'

/** How carefully people decide: what was decided in under 2 s, or in one act with many others, was hardly looked at. */
export interface Pace {
  readonly decisions: number
  /** Of those decided one by one, how many told their time. */
  readonly measured: number
  readonly hasty: number
  /** Share of the measured ones under 2 s. */
  readonly hastyShare: Quantity
  readonly medianSeconds: Quantity
  /** Share of all that was accepted in a batch, without its audit sample. */
  readonly batchShare: Quantity
}

export interface PacePerPerson {
  readonly overall: Pace
  readonly people: readonly (Pace & { readonly by: string })[]
}

export function paceOf(counts: readonly DecisionCount[]): PacePerPerson {
  const people = [...new Set(counts.map(({ by }) => by))].sort()
  return {
    overall: paceOver(counts),
    people: people.map(by => ({ by, ...paceOver(counts.filter(each => each.by === by)) })),
  }
}

function paceOver(counts: readonly DecisionCount[]): Pace {
  const total = (some: readonly DecisionCount[]) => some.reduce((sum, { count }) => sum + count, 0)
  const timed = counts.flatMap(({ millis, count }) => (millis === null ? [] : [{ millis, count }]))
  const measured = timed.reduce((sum, { count }) => sum + count, 0)
  const hasty = timed
    .filter(({ millis }) => millis < hastySeconds * 1000)
    .reduce((sum, { count }) => sum + count, 0)
  const decisions = total(counts)
  return {
    ...{ decisions, measured, hasty },
    hastyShare: ratio(hasty, measured, 'no time was measured'),
    medianSeconds: median(timed),
    batchShare: ratio(total(counts.filter(({ batched }) => batched)), decisions, 'nothing was decided'),
  }
}

/** Of weighted values: the middle one, or the mean of the two in the middle. */
function median(timed: readonly { readonly millis: number; readonly count: number }[]): Quantity {
  const sorted = [...timed].sort((a, b) => a.millis - b.millis)
  const n = sorted.reduce((sum, { count }) => sum + count, 0)
  if (n === 0) return { undefined: 'no time was measured' }
  const at = (rank: number): number => {
    let passed = 0
    for (const { millis, count } of sorted) {
      passed += count
      if (passed > rank) return millis
    }
    return 0
  }
  return (at(Math.floor((n - 1) / 2)) + at(Math.floor(n / 2))) / 2000
}
