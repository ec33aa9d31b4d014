import type { Clock } from '../kernel/clock.ts'
import type { Page, PageRequest, UnitOfWork } from '../kernel/unit-of-work.ts'
import { auditRoot, findAuditFault } from './audit-chain.ts'
import type { AuditEvent, Principal } from './model.ts'
import type { AuditStore } from './ports.ts'

/** The part of the platform's stores that audit uses. */
export interface AuditStores {
  readonly audit: AuditStore
}

export interface AuditVerification {
  /** Events looked at. */
  readonly count: number
  /** Hash of the last good event: keep it elsewhere, and a later cut-off tail shows. */
  readonly head: string
  readonly fault: { readonly seq: number; readonly kind: 'missing' | 'edited' } | null
}

export interface AuditService {
  list(page: PageRequest & { readonly objectPrefix?: string }): Promise<Page<AuditEvent>>
  /** Recomputes the whole chain. A chain alone cannot show that its newest events were cut off: compare `head`. */
  verify(): Promise<AuditVerification>
}

const batch = 1_000

export function createAuditService({ uow }: { readonly uow: UnitOfWork<AuditStores> }): AuditService {
  return {
    list: page => uow.read.audit.list(page),
    async verify() {
      let before = { seq: 0, hash: auditRoot }
      for (;;) {
        const links = await uow.read.audit.links({ after: before.seq, limit: batch })
        const fault = findAuditFault(links, before)
        const good = fault === undefined ? links : links.slice(0, fault.seq - before.seq - 1)
        before = good.at(-1) ?? before
        if (fault !== undefined || links.length < batch)
          return { count: before.seq, head: before.hash, fault: fault ?? null }
      }
    },
  }
}

/** Who did what, without the time: what a service writes beside each change. */
export type AuditEntry = Pick<AuditEvent, 'action' | 'object' | 'details'>

/** Writes an event with the clock's time into the transaction that makes the change. */
export function auditWriter(clock: Clock, principal: Principal) {
  return async (stores: AuditStores, entry: AuditEntry): Promise<void> => {
    await stores.audit.append({ ...entry, at: clock.nowMicros(), principal: principal.name })
  }
}

/** The person of `fettle dev`. */
export const localPrincipal: Principal = { name: 'local' }
