import type { Micros } from '../../kernel/time.ts'

/** Whom an erasure is about: a key of an entity. The key's text is kept in no table and on no receipt. */
export interface ErasureSubject {
  readonly entity: string
  readonly key: readonly string[]
  /** The keyed hash that stands for the key, 64 hex digits. */
  readonly token: string
}

/** What one place said: what was there before, and what a read after the act still found. */
export interface PlaceResult {
  readonly store: string
  readonly act: 'deleted' | 'rewritten'
  readonly found: number
  readonly left: number | null
}

/** What the erasure comes to beyond the places: filled in when they are done. */
export interface ErasureFacts {
  /** Stored training sets that lost rows. */
  readonly datasets: readonly { readonly id: string; readonly name: string; readonly rows: number }[]
  /** Model versions trained on them. No unlearning is claimed. */
  readonly models: readonly { readonly version: string; readonly trainingSet: string }[]
  /** Sources that are not Fettle's, each with the statement its owner should run; `:key` stands for the key. */
  readonly outside: readonly { readonly source: string; readonly where: string; readonly statement: string }[]
  /** What is not erased yet, and why. */
  readonly open: readonly { readonly what: string; readonly why: string }[]
}

export interface ErasureReceipt extends ErasureFacts {
  readonly schema: 1
  /** `ers_…`. */
  readonly receipt: string
  readonly project: string
  readonly entity: string
  /** `hmac:<64 hex>`. */
  readonly subject: string
  readonly basis: 'request'
  readonly requested: string
  /** From when on no read answered. */
  readonly effective: string
  /** When the places were done; null while anything is open. */
  readonly completed: string | null
  readonly by: readonly string[]
  readonly stores: readonly PlaceResult[]
  /** Event of the audit that names this erasure. */
  readonly audit: { readonly seq: number; readonly hash: string }
  /** Ed25519 over the canonical JSON of the rest, `ed25519:<base64url>`. */
  readonly signature: string
}

/** One erasure as it is remembered. */
export interface Erasure {
  readonly id: string
  readonly entity: string
  readonly token: string
  readonly state: 'running' | 'done'
  readonly reason: string
  readonly principal: string
  readonly requestedAt: Micros
  readonly effectiveAt: Micros | null
  /** One entry for each place; `left` is null until its act was verified. */
  readonly places: readonly PlaceResult[]
  /** What kept the last try from ending; it is tried again. */
  readonly problem: string | null
  readonly receipt: ErasureReceipt | null
}
