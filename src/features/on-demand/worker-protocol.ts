import type { OnDemandData } from '../../definitions/model.ts'
import type { ErrorCode } from '../../kernel/errors/index.ts'
import type { Value } from '../../kernel/values/model.ts'

/** One batch. A definition is sent once to each worker; afterwards its number stands for it. */
export interface WorkerRequest {
  readonly number: number
  readonly definition?: OnDemandData
  readonly rows: readonly Readonly<Record<string, Value>>[]
}

export interface WorkerFault {
  readonly code: ErrorCode
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
}

/** `fault`: the function is no use at all. */
export type WorkerReply =
  | { readonly outcomes: readonly (Readonly<{ values: Record<string, Value> }> | { fault: WorkerFault })[] }
  | { readonly fault: WorkerFault }
