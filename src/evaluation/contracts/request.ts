import type { ContractData, DeploymentData, SliceData } from '../../definitions/index.ts'
import type { JudgedRows, ModelOutputs, ResolvedSlice } from '../rows.ts'

/** Requests of one arm, counted where they were answered. */
export interface RequestCounts {
  readonly requests: number
  readonly failed: number
  /** Slower than the frozen p99 of the champion. */
  readonly slow: number
  readonly degraded: number
}

/** What a set of contracts is judged on. */
export interface ContractsRequest {
  readonly rows: JudgedRows
  /** null for a first release. */
  readonly champion: ModelOutputs | null
  readonly challenger: ModelOutputs
  /** Row numbers, ascending. */
  readonly judge: Int32Array
  /** Rows that chose thresholds and calibration: none of them may judge. */
  readonly choose: Int32Array
  /** All of the deployment; those of other stages wait. */
  readonly contracts: readonly ContractData[]
  readonly slices: readonly SliceData[]
  /** The slices on these rows, where they are resolved already. */
  readonly cells?: readonly ResolvedSlice[]
  readonly costs?: DeploymentData['costs']
  /** Least denominator of a group, for `fair`; default 30. */
  readonly minDenominator?: number
  readonly stage: ContractData['stage']
  /** Challengers that share the error rate; default 1. */
  readonly maxChallengers?: number
  /** Releases that each dry-run contract has observed, by its name. */
  readonly observed?: Readonly<Record<string, number>>
  /** Margins that were resolved when the rollout started, by `contract|cell`; others are resolved here. */
  readonly margins?: Readonly<Record<string, number>>
  /** Requests by cell of the slice set, for error_rate, slow_rate and degraded_share. */
  readonly requests?: Readonly<
    Record<string, { readonly challenger: RequestCounts; readonly champion: RequestCounts | null }>
  >
  /** Where the rows come from, in words. */
  readonly basis: string
  /**
   * 1 where the challenger answered, 0 where the champion did: two arms of different rows, compared unpaired. The outputs of
   * both are then what was answered. Absent: both scored every row.
   */
  readonly arms?: Uint8Array
  /**
   * Rows of its denominator at which a cell is looked at first, by `contract|cell`; later looks are at twice as many. Each is
   * judged on the first so many rows, and decides nothing before them. Others are judged on all rows.
   */
  readonly planned?: Readonly<Record<string, number>>
}

/** Defaults of the contract language (releases.md §3). */
export function errorsOf(contract: ContractData): {
  readonly alpha: number
  readonly power: number
  readonly looks: number
} {
  return {
    alpha: contract.alpha ?? 0.05,
    power: contract.power ?? 0.8,
    looks: contract.looks ?? (contract.stage === 'offline' ? 1 : 2),
  }
}
