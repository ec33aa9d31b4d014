import type { ContractData } from '../../definitions/index.ts'
import { type CellMeasurement, type Quantity, undefinedBecause } from '../../kernel/statistics/index.ts'
import type { ResolvedSlice } from '../rows.ts'
import type { CodedColumn } from '../slices/coded-column.ts'
import type { LabelState } from './cell-rows.ts'
import type { ContractsRequest } from './request.ts'

/** A cell of the slice set with the rows that judge it. */
export interface JudgedCellRows {
  readonly slice: ResolvedSlice
  readonly members: Int32Array
  readonly labels: LabelState
}

/** Where a test is measured. */
export interface Place {
  readonly request: ContractsRequest
  readonly contract: ContractData
  readonly cell: JudgedCellRows
  /** The units that repeat. */
  readonly entities: CodedColumn | undefined
  /** One-sided, of this look. */
  readonly alpha: number
  /** Rows of the first look; absent: any number. */
  readonly planned: number | undefined
  /** What several tests of a cell need is made once. */
  remember<Value>(key: string, make: () => Value): Value
}

/** What was observed of one test on one cell. */
export interface Observed {
  readonly measurement: CellMeasurement
  readonly champion: Quantity
  readonly challenger: Quantity
  /** Rows in the denominator. */
  readonly n: number
  /** For planning: share of pairs that differ, null where the claim is not about pairs of actions; design effect. */
  readonly disagreement: number | null
  readonly deff: number
  /** (Σw)²/Σw² of weighted rows; null where every row counts as one. */
  readonly weighed: number | null
  /** Said beside the verdict: who is worse off, what is left out. */
  readonly remark: string | null
}

export function unmeasured(reason: string, values: Partial<Observed> = {}): Observed {
  const none = undefinedBecause(reason)
  return {
    measurement: { kind: 'unmeasured', reason },
    champion: none,
    challenger: none,
    n: 0,
    disagreement: null,
    deff: 1,
    weighed: null,
    remark: null,
    ...values,
  }
}
