import { canonicalJson, sha256Hex } from '../kernel/canonical.ts'
import { formatTimestamp } from '../kernel/time.ts'
import type { AuditEvent, AuditLink } from './model.ts'

/** What the first event is linked to. */
export const auditRoot = '0'.repeat(64)

/** SHA-256 in hex of `fettle.audit.v1`, a line feed, the hash before, and the canonical JSON of the event. */
export function auditHash(previous: string, event: AuditEvent): string {
  const { seq, at, principal, action, object, details } = event
  const text = canonicalJson({ seq, at: formatTimestamp(at), principal, action, object, details })
  return sha256Hex(`fettle.audit.v1\n${previous}${text}`)
}

export interface AuditFault {
  readonly seq: number
  /** `missing`: a number is skipped. `edited`: the event, or one before it, is not what was written. */
  readonly kind: 'missing' | 'edited'
}

/** The first event that does not follow from the one before; undefined if the chain is whole. */
export function findAuditFault(
  links: readonly AuditLink[],
  before: { readonly seq: number; readonly hash: string } = { seq: 0, hash: auditRoot },
): AuditFault | undefined {
  let { seq, hash } = before
  for (const link of links) {
    seq += 1
    if (link.seq !== seq) return { seq, kind: 'missing' }
    if (auditHash(hash, link) !== link.hash) return { seq, kind: 'edited' }
    hash = link.hash
  }
  return undefined
}
