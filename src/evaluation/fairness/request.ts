import type { ContractData, FairnessData } from '../../definitions/index.ts'
import {
  type Confusion,
  type FairMetric,
  type GroupRate,
  metricRates,
} from '../../kernel/statistics/index.ts'
import type { JudgedRows } from '../rows.ts'
import type { GroupCount } from './count-groups.ts'

export interface FairnessRequest {
  readonly rows: JudgedRows
  /** Rows to count: those that chose no threshold. Absent: all. */
  readonly judge?: Int32Array
  /** 1 where the deployment acts; absent where nothing acts: rates are then undefined. */
  readonly actions?: Uint8Array | undefined
  readonly scores: Float64Array
  readonly fairness: FairnessData
  /** Inputs of the model by name, NaN = missing, for the search for proxies. */
  readonly features?: Readonly<Record<string, Float64Array>>
  /** Those with a `fair` claim give limits. */
  readonly contracts?: readonly ContractData[]
}

/** What is known of one column when its numbers are computed. */
export interface FairnessContext extends FairnessRequest {
  readonly column: string
  readonly counts: readonly GroupCount[]
  readonly minDenominator: number
}

/** Counts of a metric per group; selection counts every row, the others those with a label. */
export function ratesOf(
  metric: FairMetric,
  { counts, actions, rows }: FairnessContext,
): { rates: GroupRate[]; empty: string } {
  if (actions === undefined) return { rates: nothing(counts), empty: 'nothing-acts' }
  if (metric === 'selection_rate')
    return {
      rates: counts.map(each => ({ group: each.group, x: each.acted, n: each.rows })),
      empty: 'no-rows',
    }
  if (rows.task !== 'binary') return { rates: nothing(counts), empty: 'not-binary' }
  const { rates, empty } = metricRates(tablesOf(counts), metric)
  return { rates: [...rates], empty }
}

const nothing = (counts: readonly GroupCount[]): GroupRate[] =>
  counts.map(({ group }) => ({ group, x: 0, n: 0 }))

const tablesOf = (counts: readonly GroupCount[]): Readonly<Record<string, Confusion>> =>
  Object.fromEntries(counts.map(({ group, table }) => [group, table]))
