import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { auditHash, auditRoot, findAuditFault } from './audit-chain.ts'
import type { AuditLink } from './model.ts'

function chain(count: number): AuditLink[] {
  const links: AuditLink[] = []
  for (let seq = 1; seq <= count; seq++) {
    const event = {
      seq,
      at: BigInt(seq),
      principal: 'ada',
      action: 'tested',
      object: `o:${seq}`,
      details: { seq },
    }
    links.push({ ...event, hash: auditHash(links.at(-1)?.hash ?? auditRoot, event) })
  }
  return links
}

const edits: readonly ((link: AuditLink) => AuditLink)[] = [
  link => ({ ...link, at: link.at + 1n }),
  link => ({ ...link, principal: 'eve' }),
  link => ({ ...link, details: null }),
  link => ({ ...link, hash: auditRoot }),
]

describe('the audit chain', () => {
  it('hashes the documented bytes', () => {
    expect(
      auditHash(auditRoot, { seq: 1, at: 0n, principal: 'ada', action: 'a', object: 'o', details: {} }),
    ).toBe('eaffe689eecf5a92dcf9dba0a64d97ff8627cedacfcda4a564732cea6f4df69a')
  })

  it('is whole when nothing was touched', () => {
    expect(findAuditFault(chain(5))).toBeUndefined()
    expect(findAuditFault([])).toBeUndefined()
  })

  it('names the first event that was edited, removed or swapped', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 8 }), fc.nat(), fc.constantFrom(...edits), (count, any, edit) => {
        const links = chain(count)
        const at = any % (count - 1)
        const edited = links.map((link, i) => (i === at ? edit(link) : link))
        expect(findAuditFault(edited)).toEqual({ seq: at + 1, kind: 'edited' })
        expect(findAuditFault(links.filter((_, i) => i !== at))).toEqual({ seq: at + 1, kind: 'missing' })
        const [one, two] = [links[at], links[at + 1]]
        if (one === undefined || two === undefined) throw new Error('unreachable')
        const swapped = links.with(at, { ...two, seq: one.seq }).with(at + 1, { ...one, seq: two.seq })
        expect(findAuditFault(swapped)).toEqual({ seq: at + 1, kind: 'edited' })
      }),
    )
  })
})
