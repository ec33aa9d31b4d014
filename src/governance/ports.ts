import type { Page, PageRequest } from '../kernel/unit-of-work.ts'
import type { AuditEvent, AuditLink } from './model.ts'

/**
 * Append-only: events are written in the transaction of the change they tell of, never altered or removed. Each carries a
 * hash over itself and the hash before, so that an altered or removed one shows.
 */
export interface AuditStore {
  append(event: Omit<AuditEvent, 'seq'>): Promise<AuditEvent>
  /** As many times `append`, in one statement. */
  appendAll(events: readonly Omit<AuditEvent, 'seq'>[]): Promise<void>
  /** Newest first. */
  list(page: PageRequest & { readonly objectPrefix?: string }): Promise<Page<AuditEvent>>
  /** Oldest first, from the event after `after`. */
  links(query: { readonly after: number; readonly limit: number }): Promise<readonly AuditLink[]>
}
