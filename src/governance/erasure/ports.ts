import type { Erasure, ErasureFacts, ErasureSubject, PlaceResult } from './model.ts'

/** Where erasures are remembered. */
export interface ErasureStore {
  insert(erasure: Erasure): Promise<void>
  update(erasure: Erasure): Promise<void>
  find(id: string): Promise<Erasure | undefined>
  findToken(entity: string, token: string): Promise<Erasure | undefined>
  /** Newest first. */
  list(): Promise<readonly Erasure[]>
}

/** A place that keeps what a person's key stands on. Both calls may be repeated. */
export interface ErasurePlace {
  readonly store: string
  readonly act: PlaceResult['act']
  /** What is there now, counted by reading. */
  count(subject: ErasureSubject): Promise<number>
  remove(subject: ErasureSubject, receipt: string): Promise<void>
}

/** Keys of erasures that are under way: the only place a key is written to, and only until the erasure is done. */
export interface PendingKeys {
  put(id: string, subject: ErasureSubject): Promise<void>
  get(id: string): Promise<ErasureSubject | undefined>
  remove(id: string): Promise<void>
  ids(): Promise<readonly string[]>
}

/** What the protocol needs of those who know the places. */
export interface ErasureGround {
  /** Throws ENTITY_UNKNOWN, KEY_MISSING, TYPE_MISMATCH. */
  subject(entity: string, key: readonly string[]): Promise<ErasureSubject>
  readonly places: readonly ErasurePlace[]
  /** From when it resolves on, no read answers for the key and no write brings it back. */
  suppress(entry: {
    readonly entity: string
    readonly token: string
    readonly receipt: string
    readonly effective: string
  }): Promise<void>
  facts(entity: string, receipt: string): Promise<ErasureFacts>
  readonly pending: PendingKeys
}

/** Signs and checks receipts with the project's key. */
export interface ReceiptSigner {
  sign(content: string): string
  verify(content: string, signature: string): boolean
}
