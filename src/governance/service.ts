import type { Clock } from '../kernel/clock.ts'
import type { Page, PageRequest, UnitOfWork } from '../kernel/unit-of-work.ts'
import { type AuditEvidence, type AuditVerification, verifyAuditChain } from './audit-verify.ts'
import type { AuditEvent, AuditLink, Principal } from './model.ts'
import type { AuditStore } from './ports.ts'

/** The part of the platform's stores that audit uses. */
export interface AuditStores {
  readonly audit: AuditStore
}

export interface AuditService {
  list(page: PageRequest & { readonly objectPrefix?: string }): Promise<Page<AuditEvent>>
  /** Oldest first. */
  links(): AsyncIterable<AuditLink>
  /** Recomputes the whole chain and compares it with signed anchors: only these show that its newest events were cut off. */
  verify(evidence?: AuditEvidence): Promise<AuditVerification>
  /** The last event; undefined before the first. */
  head(): Promise<{ readonly seq: number; readonly hash: string } | undefined>
}

const batch = 1_000

export function createAuditService({ uow }: { readonly uow: UnitOfWork<AuditStores> }): AuditService {
  const { audit } = uow.read
  async function* allLinks(): AsyncGenerator<AuditLink> {
    for (let after = 0; ; ) {
      const links = await audit.links({ after, limit: batch })
      yield* links
      after = links.at(-1)?.seq ?? after
      if (links.length < batch) return
    }
  }
  return {
    list: page => audit.list(page),
    links: allLinks,
    verify: evidence => verifyAuditChain(allLinks(), evidence),
    async head() {
      const [last] = (await audit.list({ limit: 1 })).items
      if (last === undefined) return undefined
      const [link] = await audit.links({ after: last.seq - 1, limit: 1 })
      return link && { seq: link.seq, hash: link.hash }
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
