/** Bytes as the store keeps them. */
export type Bytes = Uint8Array

/** One key's part of an update. */
export interface Change {
  readonly key: Bytes
  /**
   * Given what the key holds now, inside the transaction: the bytes to hold next, null to remove the key, undefined to
   * leave it. Must be pure: a store may call it again when another writer came first.
   */
  next(current: Bytes | undefined): Bytes | null | undefined
}

export interface OnlineCapabilities {
  /** `readMany` answers at once instead of with a promise. */
  readonly synchronousReads: boolean
  /** Other processes may read, and write, the same store at the same time. */
  readonly sharedBetweenProcesses: boolean
  /** `durable`: an acknowledged update survives a power cut. `rebuildable`: it may have to be materialised again. */
  readonly durability: 'durable' | 'rebuildable'
}

/** A lock that is held until it is released or its process dies. */
export interface StoreLock {
  release(): Promise<void>
}

/**
 * The online store: bytes by key. What the bytes mean (rows, tiles, generations, watermarks, checkpoints) is decided
 * above this port and is the same on every store.
 *
 * Errors are FettleErrors: STORE_UNAVAILABLE (503) when it cannot be reached, STORE_FULL (507) when nothing more fits;
 * after either, no part of the update is there.
 */
export interface OnlineStore {
  readonly capabilities: OnlineCapabilities
  /**
   * Values in the order of the keys, undefined where there is none: one round trip, one snapshot. Sees every update
   * acknowledged before the call, by whichever process. The bytes are the caller's.
   */
  readMany(keys: readonly Bytes[]): readonly (Bytes | undefined)[] | Promise<readonly (Bytes | undefined)[]>
  /** All changes or none. Resolves when they are there for every reader, as durable as the capabilities say. */
  update(changes: readonly Change[]): Promise<void>
  /**
   * Keys that start with a prefix, in byte order, after (exclusive) the given key. What is written or removed between two
   * pages may or may not be seen.
   */
  list(prefix: Bytes, page: { readonly after?: Bytes; readonly limit: number }): Promise<readonly Bytes[]>
  /** Removes every key that starts with the prefix, in pieces; says how many. */
  removeAll(prefix: Bytes): Promise<number>
  /** Takes the named lock, or says who holds it. The lock of a dead process is free. */
  lock(name: string): Promise<StoreLock | { readonly heldBy: string }>
  close(): Promise<void>
}
