import type { Micros } from '../../kernel/time.ts'

export interface StoredSignature {
  /** Of the version: equal content has one signature. */
  readonly digest: string
  readonly kind: 'signature' | 'provenance'
  /** A sigstore bundle, as JSON text. */
  readonly bundle: string
  readonly at: Micros
  readonly by: string
}

/** Signatures by what they are over; a later one of a kind takes the place of the former. */
export interface SignatureStore {
  putSignature(signature: StoredSignature): Promise<void>
  findSignature(digest: string, kind: StoredSignature['kind']): Promise<StoredSignature | undefined>
}
