import type { Micros } from '../../kernel/time.ts'
import type { DatasetInput, LoggedBatch, RunStatus } from '../tracking/model.ts'

/** One thing a client did to one run, as its spool has it. Times are the client's. */
export type Operation =
  | {
      readonly kind: 'run'
      readonly run: string
      /** By name; made when there is none. */
      readonly experiment: string
      readonly name?: string
      readonly user?: string
      readonly startedAt: Micros
      readonly tags: Readonly<Record<string, string>>
      readonly forkOf?: { readonly run: string; readonly step: number }
    }
  | { readonly kind: 'log'; readonly run: string; readonly batch: LoggedBatch }
  | { readonly kind: 'inputs'; readonly run: string; readonly datasets: readonly DatasetInput[] }
  | { readonly kind: 'status'; readonly run: string; readonly status: RunStatus; readonly at: Micros }
  /** The bytes were sent before. */
  | { readonly kind: 'file'; readonly run: string; readonly path: string; readonly hash: string }

/** Operations of one client that follow each other, numbered from `from`. */
export interface Shipment {
  readonly client: string
  /** The server the spool belongs to; any while it has met none. */
  readonly server?: { readonly id: string; readonly name: string }
  readonly from: number
  /** Checksum of the operation before `from`, and of the last one sent: two spools under one client id differ in them. */
  readonly after: string
  readonly last: string
  /** The client's clock. */
  readonly sentAt: Micros
  /** As sent: what cannot be read is refused alone. */
  readonly operations: readonly unknown[]
}

/** An operation that was read and not done. The client keeps it. */
export interface RefusedOperation {
  readonly sequence: number
  readonly run: string | null
  readonly code: string
  readonly message: string
}

export interface Receipt {
  readonly server: ServerIdentity
  /** All up to and with this number are done or refused. */
  readonly acknowledged: number
  /** Of the operations that were sent. */
  readonly refused: readonly RefusedOperation[]
  /** The server's clock less the client's, with the way here. */
  readonly skew: Micros
}

/** Which store answers: its id is made with it and moves with its backups. */
export interface ServerIdentity {
  readonly id: string
  readonly name: string
}
