import type { Micros } from '../../kernel/time.ts'
import type { RefusedOperation } from './model.ts'

/** How far a client has come. */
export interface ClientMark {
  readonly client: string
  /** Number of the last operation that was done or refused; 0 before the first. */
  readonly sequence: number
  /** Checksum of that operation. */
  readonly digest: string
  readonly skew: Micros
  readonly principal: string
  readonly seenAt: Micros
}

export interface SyncStore {
  /** Of this store; undefined before it was given one. */
  identity(): Promise<string | undefined>
  /** Keeps the one it has. */
  identify(id: string): Promise<void>
  mark(client: string): Promise<ClientMark | undefined>
  setMark(mark: ClientMark): Promise<void>
  /** Newest first. */
  marks(limit: number): Promise<readonly ClientMark[]>
  addRefusals(client: string, refused: readonly RefusedOperation[], at: Micros): Promise<void>
  /** Those numbered from `from` up to and with `to`, in order. */
  refusals(
    client: string,
    range: { readonly from: number; readonly to: number },
  ): Promise<readonly RefusedOperation[]>
}
