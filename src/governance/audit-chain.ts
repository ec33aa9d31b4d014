import { canonicalJson, sha256Hex } from '../kernel/canonical.ts'
import { formatTimestamp } from '../kernel/time.ts'
import type { AuditEvent } from './model.ts'

/** What the first event is linked to. */
export const auditRoot = '0'.repeat(64)

/** SHA-256 in hex of `fettle.audit.v1`, a line feed, the hash before, and the canonical JSON of the event. */
export function auditHash(previous: string, event: AuditEvent): string {
  const { seq, at, principal, action, object, details } = event
  const text = canonicalJson({ seq, at: formatTimestamp(at), principal, action, object, details })
  return sha256Hex(`fettle.audit.v1\n${previous}${text}`)
}
