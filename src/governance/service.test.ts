import { describe, expect, it } from 'vitest'
import { auditHash, auditRoot } from './audit-chain.ts'
import type { AuditLink } from './model.ts'
import { createAuditService } from './service.ts'

const links: AuditLink[] = []
for (let seq = 1; seq <= 2_500; seq++) {
  const event = { seq, at: 0n, principal: 'ada', action: 'tested', object: 'o', details: null }
  links.push({ ...event, hash: auditHash(links.at(-1)?.hash ?? auditRoot, event) })
}

/** A log that answers the given links and can do nothing else. */
function verify(stored: readonly AuditLink[]) {
  const refuse = () => Promise.reject(new Error('only links are read'))
  const query = async ({ after, limit }: { after: number; limit: number }) =>
    stored.filter(({ seq }) => seq > after).slice(0, limit)
  const uow = {
    read: { audit: { append: refuse, appendAll: refuse, list: refuse, links: query } },
    transaction: refuse,
  }
  return createAuditService({ uow }).verify()
}

describe('verification of the audit log', () => {
  it('goes through a log longer than one batch and answers its head', async () => {
    expect(await verify(links)).toMatchObject({ count: 2_500, head: links.at(-1)?.hash, fault: null })
    expect(await verify(links.slice(0, 2_000))).toMatchObject({ count: 2_000, fault: null })
    expect(await verify([])).toMatchObject({ count: 0, head: auditRoot, fault: null })
  })

  it('stops at the first fault, wherever it lies', async () => {
    for (const seq of [1, 1_000, 1_001, 1_700, 2_500]) {
      const edited = links.map(link => (link.seq === seq ? { ...link, principal: 'eve' } : link))
      const head = links[seq - 2]?.hash ?? auditRoot
      expect(await verify(edited)).toMatchObject({ count: seq - 1, head, fault: { seq, kind: 'edited' } })
    }
    expect(await verify(links.filter(({ seq }) => seq !== 1_001))).toMatchObject({
      count: 1_000,
      fault: { seq: 1_001, kind: 'missing' },
    })
  })
})
