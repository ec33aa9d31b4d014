/**
 * A transaction over several stores. What `work` did is all there after it resolves, none of it after it rejects or
 * the process dies; when it resolves, it is durable (acknowledged means written). `read` is outside a transaction.
 * Transactions of one process on SQLite run one after another: keep them short, and never call out inside one.
 */
export interface UnitOfWork<Stores> {
  transaction<Result>(work: (stores: Stores) => Promise<Result>): Promise<Result>
  readonly read: Stores
}

/** A keyset page; `next` is the opaque cursor of the following page. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next?: string
}

export interface PageRequest {
  readonly cursor?: string
  /** At most 500; 50 when left out. */
  readonly limit?: number
}
