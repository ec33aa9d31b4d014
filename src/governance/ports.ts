import type { Page, PageRequest } from '../kernel/unit-of-work.ts'
import type { AuditEvent } from './model.ts'

/** Append-only: events are written in the transaction of the change they tell of, never altered or removed. */
export interface AuditStore {
  append(event: Omit<AuditEvent, 'seq'>): Promise<AuditEvent>
  list(page: PageRequest & { readonly objectPrefix?: string }): Promise<Page<AuditEvent>>
}
